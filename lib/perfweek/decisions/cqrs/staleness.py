"""How many reads come for what their reader has written, and how soon: the staleness curve F(delay)."""

import numpy as np
import pandas as pd

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed, listed, percent

RULE = Rule(
    record="ADR-002",
    id="stale-reads",
    quantity="reads of what the same session wrote within the lag",
    unit="1",
    formula="reads of a key sooner than the lag after its last write in the same session, over reads with key and session",
    threshold=Threshold("at most", 0.01, 0.1, "J", "up to 1 % of reads may go to the write model; from 10 % on most would have to"),
    role="veto",
    instead="send readers to the write model until the other has caught up",
    fewest=100,
    measure="log session and key of every request, writes too",
)
DELAYS_S = (0.1, 1.0, 5.0, 30.0)


def stale_reads(evidence: Evidence) -> Criterion:
    """F at the lag that the target states; the finding gives the curve."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.known.lag_s))


def ages_s(requests: Requests) -> pd.DataFrame:
    """One row a read with session and key: time, and age_s since the same session last wrote the key; infinite for never."""
    rows = pd.concat([requests.writes.assign(write=True), requests.reads.assign(write=False)])
    rows = rows[(rows["session"] != "") & (rows["key"] != "")].sort_values("time", kind="stable")
    written = rows["time"].where(rows["write"]).groupby([rows["session"], rows["key"]], sort=False).ffill()
    reads = rows[~rows["write"]]
    return pd.DataFrame({"time": reads["time"], "age_s": (reads["time"] - written[reads.index]).fillna(np.inf)}).reset_index(drop=True)


def _observe(requests: Requests, lag_s: float) -> Observation | Missing:
    if (requests.frame["session"] == "").all():
        return Missing("the access log names no session")
    if not len(requests.writes) or (requests.writes["key"] == "").all():
        return Missing("no answered write carries a key, so nobody can be seen to read his own")
    ages = ages_s(requests)
    if ages.empty:
        return Missing("no answered read carries both a session and a key")
    found = joint.share(requests.blocks, ages["time"], (ages["age_s"] < lag_s).to_numpy(float), np.ones(len(ages)))
    curve = [f"{percent(float((ages['age_s'] < delay).mean()))} within {delay:g} s" for delay in DELAYS_S]
    covered = requests.kept * len(ages) / max(1, len(requests.reads))
    finding = f"{bracketed(found.estimate, '%')} of the reads come within {lag_s:g} s for what their session wrote ({listed(curve)})"
    return Observation.of(found, covered, requests.mix, finding)
