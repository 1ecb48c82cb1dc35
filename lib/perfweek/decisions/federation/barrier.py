"""What waiting for whole stages costs: a router's plan asks the next stage when the slowest call of the one before has answered.

https://github.com/apollographql/federation/issues/2653 has the case; with a hop of 4 ms it made such a plan a third slower.
"""

import numpy as np

from perfweek.blocks import Blocks
from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.kafka.chain import calls
from perfweek.decisions.material import Evidence, Missing, Traces
from perfweek.decisions.traces import Span, Trace
from perfweek.resampling import Floats
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-005",
    id="barrier-penalty",
    quantity="slower at the 95th percentile by waiting for whole stages",
    unit="1",
    formula="p95 of (sum over the depths of the slowest call's own time, and a hop each) over p95 of (slowest path of own times), less 1; traces",
    threshold=Threshold("at most", 0.1, 0.1, "J", "federation that makes the slow end 10 % slower is opposed"),
    role="veto",
    instead="one GraphQL server, which goes on with each path as soon as it can",
    fewest=60,
    measure="export traces of requests that call several services (OTLP JSON) under decisions.traces",
)


def barrier_penalty(evidence: Evidence) -> Criterion:
    """From traces of what is called today, laid out again as stages with a router's hop."""
    return criterion(RULE, evidence.traces, lambda traces: _observe(traces, evidence.known.hop_ms))


def path_and_stages(trace: Trace, hop_ms: float) -> tuple[float, float] | None:
    """(ms of the slowest path, ms of the stages) of the calls below the root; None where it calls no other service.

    A call's own time is what it takes less the slowest of what it calls itself. Without stages a call begins when its parent is done.
    """
    outside = {span.id for span in calls(trace)}
    levels: dict[int, list[float]] = {}

    def walk(span: Span, depth: int) -> float:
        below = trace.children.get(span.id, ()) if depth < 50 else ()
        deeper = depth + (span.id in outside)
        longest = max((walk(child, deeper) for child in below), default=0.0)
        if span.id not in outside:
            return longest
        own = max(0.0, span.ms - max((child.ms for child in below), default=0.0))
        levels.setdefault(deeper, []).append(own)
        return own + longest

    path = walk(trace.root, 0)
    return (path, sum(max(own) + hop_ms for own in levels.values())) if levels else None


def _observe(traces: Traces, hop_ms: float) -> Observation | Missing:
    laid = [(trace.root.start / 1000, both) for trace in traces.traces if (both := path_and_stages(trace, hop_ms))]
    if not laid:
        return Missing("no request in the traces calls another service")
    times = np.array([time for time, _ in laid])
    blocks = Blocks.of(times)
    path, staged = (joint.quantile(blocks, times, [both[place] for _, both in laid], 0.95) for place in (0, 1))
    if not path.estimate.value > 0:
        return Missing("the calls in the traces take no time")
    found = _over(blocks, staged, path, len(laid))
    return Observation.of(found, 1.0, "estimated", f"waiting for whole stages makes the 95th percentile {bracketed(found.estimate, '%')} slower")


def _over(blocks: Blocks, staged: joint.Drawn, path: joint.Drawn, n: int) -> joint.Drawn:
    with np.errstate(divide="ignore", invalid="ignore"):
        draws: Floats = staged.draws / path.draws - 1
    value = staged.estimate.value / path.estimate.value - 1
    known = np.isfinite(staged.estimate.low + path.estimate.low)
    low, high = np.nanquantile(draws, (0.025, 0.975)) if known else (np.nan, np.nan)
    estimate = joint.Estimate(value, min(float(low), value), max(float(high), value), n, blocks.method(joint.RESAMPLES))
    return joint.Drawn(estimate, draws)
