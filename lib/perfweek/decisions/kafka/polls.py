"""How many requests only ask whether anything is new, and are told that nothing is."""

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-001",
    id="poll-waste",
    quantity="requests that ask again and get the same answer",
    unit="1",
    formula="reads answered 304, or with the body of the same session's last read of that key, over all answered requests",
    threshold=Threshold("at least", 0.1, 0.1, "J", "from a tenth of the requests on, telling callers is cheaper than being asked"),
    role="supporting",
    instead="answer 304 to If-None-Match, or state for how long an answer holds",
    fewest=100,
    measure="log session, key, and a hash of the answer (digest) or the status 304",
)


def poll_waste(evidence: Evidence) -> Criterion:
    """The share of all requests that were needless polls."""
    return criterion(RULE, evidence.requests, _observe)


def _observe(requests: Requests) -> Observation | Missing:
    frame = requests.frame
    reads = requests.reads
    sessions = reads[(reads["session"] != "") & (reads["key"] != "")]
    digests = sessions.get("digest", None)
    if not (reads["status"] == 304).any() and (digests is None or (digests == "").all()):
        return Missing("the log has neither 304 nor a hash of answers, so an unchanged answer cannot be told")
    same = reads["status"] == 304
    if digests is not None:
        before = digests.groupby([sessions["session"], sessions["key"]], sort=False).shift()
        same |= ((digests == before) & (digests != "")).reindex(reads.index, fill_value=False)
    wasted = same.reindex(frame.index, fill_value=False).to_numpy(float)
    found = joint.share(requests.blocks, frame["time"], wasted, np.ones(len(frame)))
    return Observation.of(
        found, requests.kept, requests.mix, f"{bracketed(found.estimate, '%')} of the requests get the answer that their session has"
    )
