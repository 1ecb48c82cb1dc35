"""What the cheapest adequate alternative of each record scores on the same data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from perfweek.decisions.criteria import Criterion
from perfweek.decisions.judge import Decision
from perfweek.stats import Estimate
from perfweek.wording import bracketed, number

QUEUE_TABLE = 5015.0
"""Messages a second that a table in Postgres carried as a queue, on three small machines (2minutestreaming, 2025; p99 of a write 153 ms)."""


@dataclass(frozen=True)
class Alternative:
    """The option, what it scores in words ('no data' with what to measure where it cannot be told), and the criterion that says so."""

    record: str
    option: str
    score: str
    criterion: Criterion


def alternatives(decisions: Sequence[Decision]) -> tuple[Alternative, ...]:
    """One a record whose criteria are known."""
    return tuple(_scored(decision) for decision in decisions if decision.subject and decision.criteria)


def _scored(decision: Decision) -> Alternative:
    id_, words = _SCORES[decision.subject]
    one = next(criterion for criterion in decision.criteria if criterion.rule.id == id_)
    score = f"no data; {one.rule.measure}" if one.verdict == "no data" else words(one.estimate)
    return Alternative(decision.record.id, _OPTIONS[decision.subject], score, one)


def _outbox(peak: Estimate) -> str:
    used = Estimate(peak.value / QUEUE_TABLE, peak.low / QUEUE_TABLE, peak.high / QUEUE_TABLE, peak.n, peak.method)
    return f"a queue table would run at {bracketed(used, '%')} of the {number(QUEUE_TABLE)} a second that one was seen to carry"


def _views(share: Estimate) -> str:
    return f"views that are kept ready would take {bracketed(share, '%')} of the read time, the rest stays"


def _origin(hits: Estimate) -> str:
    misses = Estimate(1 - hits.value, 1 - hits.high, 1 - hits.low, hits.n, hits.method)
    return f"a faster miss helps {bracketed(misses, '%')} of the reads, and the p95 with them while that is over 5 %"


def _filters(share: Estimate) -> str:
    spared = Estimate(1 - share.value, 1 - share.high, 1 - share.low, share.n, share.method)
    return f"path filters spare the median change {bracketed(spared, '%')} of the packages, the same as Turborepo on a cold cache"


def _batch(slope: Estimate) -> str:
    return f"one batched lookup spares {bracketed(slope)} statements for each further item of a list"


_OPTIONS = {
    "ADR-001": "outbox table and a worker",
    "ADR-002": "aggregates kept ready (dynamic table, view)",
    "ADR-003": "faster misses and HTTP cache headers",
    "ADR-004": "path filters and a cache in the pipeline",
    "ADR-005": "batch endpoint and sparse fields",
}
_SCORES: Mapping[str, tuple[str, Callable[[Estimate], str]]] = {
    "ADR-001": ("peak-write-rate", _outbox),
    "ADR-002": ("model-mismatch", _views),
    "ADR-003": ("percentile-rule", _origin),
    "ADR-004": ("affected-median", _filters),
    "ADR-005": ("repeats-per-item", _batch),
}
