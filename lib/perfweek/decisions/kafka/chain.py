"""How often a request fails because one of the services behind it does: tails and failures add up along a chain.

With k calls that each go wrong with probability p, 1 - (1 - p)^k of the requests meet one (Dean and Barroso, The Tail at Scale, 2013).
"""

import math
from collections import defaultdict

import numpy as np

from perfweek.blocks import Blocks
from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Traces
from perfweek.decisions.traces import Span, Trace
from perfweek.wording import bracketed, number

RULE = Rule(
    record="ADR-001",
    id="chain-failures",
    quantity="requests that meet a failing call in their chain",
    unit="1",
    formula="1 - product over the services of (share of their calls that succeed) to the power of calls a request; traces with their errors",
    threshold=Threshold("at least", 0.05, 0.001, "L", "a chain in which 5 % of the requests meet a failure is too fragile to wait for"),
    role="supporting",
    instead="give every call a time limit and a fallback",
    fewest=100,
    measure="export traces with the status of every span (OTLP JSON) and name them under decisions.traces",
)


def chain_failures(evidence: Evidence) -> Criterion:
    """The share of requests that at least one failing downstream call would hit, from each service's own failures."""
    return criterion(RULE, evidence.traces, _observe)


def calls(trace: Trace) -> list[Span]:
    """The spans that answer for another service: those whose parent belongs to another one."""
    service = {span.id: span.service for span in trace.spans}
    return [span for span in trace.spans if span.parent in service and service[span.parent] != span.service]


def _observe(traces: Traces) -> Observation | Missing:
    made = [(trace.root.start / 1000, calls(trace)) for trace in traces.traces]
    services = sorted({span.service for _, spans in made for span in spans})
    if not services:
        return Missing("no request in the traces calls another service")
    columns = np.array([_row(spans, services) for _, spans in made], float)
    times = [time for time, _ in made]
    found = joint.of_sums(Blocks.of(times), times, columns, _any_fails)
    if found.estimate.value == 0:
        n = found.estimate.n
        found = joint.of_interval(type(found.estimate)(0.0, 0.0, 3 / n, n, "no failure: rule of three"))
    failed: dict[str, int] = defaultdict(int)
    for _, spans in made:
        for span in spans:
            failed[span.service] += span.failed
    worst = max(services, key=lambda one: failed[one])
    said = f"; most fail in `{worst}`" if failed[worst] else ""
    mean = number(float(columns[:, 1 : 1 + len(services)].sum(axis=1).mean()))
    return Observation.of(found, 1.0, "measured", f"{bracketed(found.estimate, '%')} of the requests meet a failure in {mean} calls{said}")


def _row(spans: list[Span], services: list[str]) -> list[float]:
    """1, then calls of each service, then failures of each."""
    numbers = [[float(span.failed) for span in spans if span.service == name] for name in services]
    return [1.0, *(float(len(one)) for one in numbers), *(math.fsum(one) for one in numbers)]


def _any_fails(sums: joint.Floats) -> joint.Floats:
    services = (sums.shape[-1] - 1) // 2
    requests, made, failed = sums[..., :1], sums[..., 1 : 1 + services], sums[..., 1 + services :]
    good = np.where(made > 0, 1 - failed / np.maximum(made, 1), 1.0)
    return 1 - np.prod(good ** (made / requests), axis=-1)
