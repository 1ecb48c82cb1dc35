"""How many calls a view makes, and how many of them wait for one another: what aggregation would save a caller."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target_decisions import Decisions
from perfweek.wording import bracketed, number

CALLS = Rule(
    record="ADR-005",
    id="calls-a-view",
    quantity="calls of a view",
    unit="calls",
    formula="requests of a session with less than the gap between them are one view; 75th percentile of their number",
    threshold=Threshold("at least", 5, 5, "J", "from five calls a view on, composing them pays"),
    role="necessary",
    instead="a batch endpoint for the calls of a view",
    fewest=100,
    measure="log a session with every request, from real callers: a load test makes views of its own",
)
WATERFALL = Rule(
    record="ADR-005",
    id="waterfall",
    quantity="calls of a view that wait for one another",
    unit="stages",
    formula="stages of a view: a call that begins after one of the stage before has ended begins the next; 75th percentile",
    threshold=Threshold("at least", 3, 3, "J", "from three stages on, round trips are what the caller waits for"),
    role="necessary",
    instead="ask for what does not depend on each other at once",
    fewest=100,
    measure=CALLS.measure,
)
Q = 0.75


def calls_a_view(evidence: Evidence) -> Criterion:
    """The number of calls of three views in four."""
    return criterion(CALLS, evidence.requests, lambda requests: _observe(requests, evidence.known, "calls"))


def waterfall(evidence: Evidence) -> Criterion:
    """The number of stages of three views in four, with the round trips that aggregation would spare."""
    return criterion(WATERFALL, evidence.requests, lambda requests: _observe(requests, evidence.known, "stages"))


def views(requests: Requests, gap_s: float) -> pd.DataFrame:
    """One row a view: time (of its first call), calls, stages. Requests without a session belong to no view."""
    frame = requests.frame[requests.frame["session"] != ""].sort_values(["session", "time"], kind="stable")
    ends = frame["time"] + frame["duration_ms"] / 1000
    same = frame["session"].eq(frame["session"].shift())
    latest = ends.groupby(frame["session"], sort=False).cummax().shift()
    new = ~same | (frame["time"] - latest > gap_s)
    view = new.cumsum()
    stage = _stages(frame["time"].to_numpy(float), ends.to_numpy(float), new.to_numpy(bool))
    grouped = frame["time"].groupby(view.to_numpy())
    return pd.DataFrame({"time": grouped.min(), "calls": grouped.size(), "stages": pd.Series(stage).groupby(view.to_numpy()).max()})


def _stages(begins: joint.Floats, ends: joint.Floats, new: NDArray[np.bool_]) -> joint.Floats:
    """The stage of each call: one more where it begins after a call of the stage has ended, from whose answer it may stem."""
    found = np.ones(len(begins))
    stage, first_end = 1, np.inf
    for place in range(len(begins)):
        if new[place]:
            stage, first_end = 1, ends[place]
        elif begins[place] >= first_end:
            stage, first_end = stage + 1, ends[place]
        else:
            first_end = min(first_end, ends[place])
        found[place] = stage
    return found


def _observe(requests: Requests, known: Decisions, which: str) -> Observation | Missing:
    if (requests.frame["session"] == "").all():
        return Missing("the access log names no session")
    table = views(requests, known.view_gap_s)
    found = joint.quantile(requests.blocks, table["time"], table[which], Q)
    covered = requests.kept * float((requests.frame["session"] != "").mean())
    if which == "calls":
        return Observation.of(found, covered, requests.mix, f"three views in four make at most {bracketed(found.estimate)} calls")
    spared = max(0.0, found.estimate.value - 1) * known.rtt_ms
    finding = f"in three views in four at most {bracketed(found.estimate)} calls wait for one another; one call would spare {number(spared)} ms"
    return Observation.of(found, covered, requests.mix, finding)
