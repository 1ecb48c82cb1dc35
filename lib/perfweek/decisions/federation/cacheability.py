"""How many answers HTTP caches give today that a POST to a graph would no longer get from them."""

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-005",
    id="lost-cacheability",
    quantity="requests that HTTP caches answer today",
    unit="1",
    formula="reads answered 304 or by the edge (l4) over all answered requests; GraphQL asks by POST, which no HTTP cache keeps",
    threshold=Threshold("at most", 0.3, 0.3, "J", "with more than 30 % cached by URL, persisted queries by GET come first"),
    role="veto",
    instead="keep resources with URLs of their own, or persist queries and ask by GET",
    fewest=100,
    measure="log the status and which tier answered, of the requests that the edge answers too",
)


def lost_cacheability(evidence: Evidence) -> Criterion:
    """The share of requests whose cached answer would be lost."""
    return criterion(RULE, evidence.requests, _observe)


def _observe(requests: Requests) -> Observation | Missing:
    reads, frame = requests.reads, requests.frame
    lost = ((reads["status"] == 304) | (reads["tier"] == "l4")).reindex(frame.index, fill_value=False)
    answered = frame["status"] < 400
    if not answered.any():
        return Missing("no request was answered")
    found = joint.share(requests.blocks, frame["time"], (lost & answered).to_numpy(float), answered.to_numpy(float))
    value = found.estimate
    said = f"HTTP caches answer {bracketed(value, '%')} of the requests" if np.isfinite(value.low) else "the log is too short to tell"
    return Observation.of(found, requests.kept, requests.mix, said)
