"""Both diagrams of a week: what Monday's log, its query history and traces show, against what the target and its API declare."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from perfweek import evidence
from perfweek.decisions.diagrams.build import build, shortened
from perfweek.decisions.diagrams.calls import Observed
from perfweek.decisions.diagrams.declared import architecture_of, flow_of
from perfweek.decisions.diagrams.inputs import architecture_calls, flow_calls, job_calls
from perfweek.decisions.diagrams.model import Diagram
from perfweek.decisions.material import Missing, Requests
from perfweek.decisions.measure import MEASUREMENT, QUERY_HISTORY
from perfweek.errors import EvidenceError
from perfweek.target import Target
from perfweek.warehouse.history import load_history
from perfweek.week import Week

Routes = Mapping[str, float | None]


@dataclass(frozen=True)
class Diagrams:
    """`left_out`: parts of each diagram that were too many to draw; the tables of the diagrams as drawn lack them too."""

    architecture: Diagram
    flow: Diagram
    left_out: tuple[int, int]


def read_history_of_load(week: Week) -> pd.DataFrame | None:
    """The statements that the warehouse recorded during Monday's load; None without any that can be read."""
    path = evidence.read(week, MEASUREMENT).folder / QUERY_HISTORY
    try:
        return load_history(path) if path.is_file() else None
    except EvidenceError:
        return None


def diagrams_of(
    target: Target, requests: Requests | Missing, history: pd.DataFrame | None, routes: Routes | None, traces: Observed | None = None
) -> Diagrams | Missing:
    """The two diagrams, or why there are none. `routes`: declared route -> its budget in ms, None without an OpenAPI document; `traces`:
    calls between services, see `calls.observed_of`."""
    if isinstance(requests, Missing):
        return requests
    frame, tiers, source, assumed = requests.frame, target.cache.tiers, requests.dataset.source, requests.generated
    seen = architecture_calls(frame, tiers)
    if history is not None:
        seen |= job_calls(history, frame)
    if traces is not None:
        seen |= traces
    flow = flow_calls(frame, tiers, history)
    pairs = list(dict.fromkeys(zip(flow.calls["source"], flow.calls["target"], strict=True)))
    architecture, fewer = shortened(build("High-level architecture", architecture_of(target), seen, source, assumed=assumed))
    declared = flow_of(target, routes, pairs)
    drawn, less = shortened(build("Data flow", declared, flow, source, routes_declared=routes is not None, assumed=assumed, ranked=True))
    return Diagrams(architecture, drawn, (fewer, less))
