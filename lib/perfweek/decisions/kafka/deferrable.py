"""How much of a write's response time could be taken off the path that its caller waits for."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Evidence, Missing, Traces
from perfweek.decisions.traces import Trace
from perfweek.stats import block_quantile
from perfweek.wording import bracketed, count, listed

RULE = Rule(
    record="ADR-001",
    id="deferrable-share",
    quantity="response time of slow writes that could be deferred",
    unit="1",
    formula="critical-path time in spans named as deferrable, less the time to hand an event on, over the root's time; median of the writes "
    "from the 90th percentile of their duration on (critical path: CRISP, USENIX ATC 2022)",
    threshold=Threshold("at least", 0.2, 0.2, "J", "deferring pays from a fifth of the response time on"),
    role="necessary",
    instead="make the calls of a write concurrent and give each a time limit",
    fewest=20,
    measure="export traces of writes (OTLP JSON), name them under decisions.traces and what can be deferred under decisions.deferrable",
)
WRITES = ("POST", "PUT", "PATCH", "DELETE")
SLOW = 0.9


def deferrable_share(evidence: Evidence) -> Criterion:
    """The share of slow writes' time that a caller would no longer wait for. Spans beside the critical path count nothing."""
    return criterion(RULE, evidence.traces, lambda traces: _observe(traces, evidence.known.deferrable, evidence.known.produce_ms))


def is_write(trace: Trace) -> bool:
    """By the HTTP verb of the root, from its attributes or its name."""
    attributes = trace.root.attributes
    verb = attributes.get("http.request.method") or attributes.get("http.method") or trace.root.name.split(" ")[0]
    return verb.upper() in WRITES


def saved(trace: Trace, patterns: Sequence[str], produce_ms: float) -> float:
    """Share of the root's time that is left out when deferrable spans, with all that they call, become one hand-over; not below 0."""
    deferred = deferred_ids(trace, patterns)
    spent = sum(ms for span, ms in trace.critical_ms.items() if span in deferred)
    return max(0.0, spent - produce_ms * (spent > 0)) / trace.root.ms if trace.root.ms > 0 else 0.0


def deferred_ids(trace: Trace, patterns: Sequence[str]) -> set[str]:
    """The spans whose name or service fits a pattern, and all below them; never the root itself."""
    tops = [one for one in trace.spans if one.id != trace.root.id and _fits(one.name, patterns) | _fits(one.service, patterns)]
    found: set[str] = set()
    waiting = tops
    while waiting:
        span = waiting.pop()
        if span.id not in found:
            found.add(span.id)
            waiting.extend(trace.children.get(span.id, ()))
    return found


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _observe(traces: Traces, patterns: Sequence[str], produce_ms: float) -> Observation | Missing:
    writes = [trace for trace in traces.traces if is_write(trace)]
    if not writes:
        return Missing("the traces hold no write")
    slow = float(np.quantile([trace.root.ms for trace in writes], SLOW))
    kept = [trace for trace in writes if trace.root.ms >= slow] if len(writes) >= 2 * RULE.fewest / (1 - SLOW) else writes
    shares = [saved(trace, patterns, produce_ms) for trace in kept]
    found = block_quantile(shares, [trace.root.start / 1000 for trace in kept], 0.5)
    found = replace(found, low=max(0.0, found.low) if not math.isnan(found.low) else found.low)
    names = sorted({span.name for trace in kept for span in trace.spans if span.id in deferred_ids(trace, patterns)})[:3]
    which = f" ({listed([f'`{name}`' for name in names])})" if names else ""
    finding = f"{bracketed(found, '%')} of the time of {count(len(kept), 'write')} could be deferred{which}"
    return Observation.of(of_interval(found), 1.0, "assumed", finding)
