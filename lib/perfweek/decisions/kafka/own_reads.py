"""How often somebody reads what he has just written, before a deferred result is there."""

from dataclasses import replace

import numpy as np
import pandas as pd

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-001",
    id="own-reads",
    quantity="writes whose writer reads them within the lag",
    unit="1",
    formula="answered writes followed by a read of the same key in the same session sooner than the lag, over answered writes with key and session",
    threshold=Threshold("at most", 0.05, 0.05, "J", "more than 5 % of writers would see an old state"),
    role="veto",
    instead="answer such a write only when its followers are done",
    fewest=100,
    measure="log session and key of every request, writes too",
)


def own_reads(evidence: Evidence) -> Criterion:
    """The share of writes whose result is asked for too soon; where the interface shows that it is pending, that is no harm."""
    known = evidence.known
    return criterion(_rule(known.pending_shown), evidence.requests, lambda requests: _observe(requests, known.lag_s))


def _rule(pending_shown: bool) -> Rule:
    return replace(RULE, role="supporting") if pending_shown else RULE


def delays_s(requests: Requests) -> pd.DataFrame:
    """One row an answered write with session and key: time, and delay_s until the same session reads that key; infinite for never."""
    rows = pd.concat([requests.writes.assign(write=True), requests.reads.assign(write=False)])
    rows = rows[(rows["session"] != "") & (rows["key"] != "")].sort_values("time", kind="stable")
    read_at = rows["time"].where(~rows["write"])
    following = read_at.groupby([rows["session"], rows["key"]], sort=False).bfill()
    writes = rows[rows["write"]]
    return pd.DataFrame({"time": writes["time"], "delay_s": (following[writes.index] - writes["time"]).fillna(np.inf)}).reset_index(drop=True)


def _observe(requests: Requests, lag_s: float) -> Observation | Missing:
    if (requests.frame["session"] == "").all():
        return Missing("the access log names no session")
    delays = delays_s(requests)
    if delays.empty:
        return Missing("no answered write carries both a session and a key")
    soon = (delays["delay_s"].to_numpy(float) < lag_s).astype(float)
    found = joint.share(requests.blocks, delays["time"], soon, np.ones_like(soon))
    covered = requests.kept * len(delays) / max(1, len(requests.writes))
    finding = f"{bracketed(found.estimate, '%')} of the writes are read by their writer within {lag_s:g} s"
    return Observation.of(found, covered, requests.mix, finding)
