"""ADR-002, CQRS: is there so much more reading than writing that a model of its own for reads could pay?

Both criteria are necessary, neither is sufficient: any cache-friendly service reads far more than it writes. Ratios of
100:1 are quoted without data; "for most systems CQRS adds risky complexity" (Fowler, bliki/CQRS).
"""

import pandas as pd

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed, number

_INSTEAD = "keep one model; serve the heaviest read from a materialised view or a replica"
BY_COUNT = Rule(
    record="ADR-002",
    id="reads-by-count",
    quantity="reads in all requests",
    unit="1",
    formula="answered GET and HEAD requests over all answered reads and writes",
    threshold=Threshold("at least", 10 / 11, 10 / 11, "P", "separate models begin to pay at ten reads for each write, 90.9 %"),
    role="necessary",
    instead=_INSTEAD,
    fewest=100,
    measure="log method, status and database time of every request",
)
BY_DATABASE_TIME = Rule(
    record="ADR-002",
    id="reads-by-database-time",
    quantity="reads in the database time",
    unit="1",
    formula="database time of answered reads over that of all answered reads and writes",
    threshold=Threshold("at least", 0.8, 0.8, "P", "reads should take 80 % of the database time"),
    role="necessary",
    instead=_INSTEAD,
    fewest=100,
    measure="log method, status and database time of every request",
)


def reads_by_count(evidence: Evidence) -> Criterion:
    """The share of reads in the requests, by HTTP verb."""
    return criterion(BY_COUNT, evidence.requests, _by_count)


def reads_by_database_time(evidence: Evidence) -> Criterion:
    """The share of reads in the time that requests spent in the database."""
    return criterion(BY_DATABASE_TIME, evidence.requests, _by_database_time)


def _by_count(requests: Requests) -> Observation:
    answered, is_read = _answered(requests)
    found = joint.share(requests.blocks, answered["time"], is_read, is_read | ~is_read)
    writes = int((~is_read).sum())
    ratio = f"{number(round(is_read.sum() / writes, 1))} reads for each write" if writes else "no write at all"
    return Observation.of(found, requests.kept, requests.mix, f"{bracketed(found.estimate, '%')} of the requests were reads ({ratio})")


def _by_database_time(requests: Requests) -> Observation | Missing:
    answered, is_read = _answered(requests)
    if not answered["database_ms"].any():
        return Missing("the access log records no database time")
    found = joint.share(requests.blocks, answered["time"], answered["database_ms"].where(is_read, 0), answered["database_ms"])
    return Observation.of(found, requests.kept, "measured", f"reads took {bracketed(found.estimate, '%')} of the database time")


def _answered(requests: Requests) -> tuple[pd.DataFrame, pd.Series]:
    """The answered reads and writes, and which of them are reads."""
    answered = requests.frame.loc[requests.reads.index.union(requests.writes.index)]
    return answered, answered["method"].isin(("GET", "HEAD"))
