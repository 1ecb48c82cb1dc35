"""From criteria to a verdict on each decision record.

One measurement can refuse a decision; to support it takes every necessary one. Nothing is added up: a large read ratio
does not buy off a failed veto.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfweek.decisions import caching, cqrs, federation, kafka, turborepo
from perfweek.decisions.criteria import Criterion, Verdict
from perfweek.decisions.material import Evidence
from perfweek.decisions.records import Record
from perfweek.errors import RecordError

CRITERIA: tuple[Callable[[Evidence], Criterion], ...] = (
    kafka.peak_write_rate,
    cqrs.reads_by_count,
    cqrs.reads_by_database_time,
    caching.percentile_rule,
    turborepo.affected_median,
    turborepo.affected_p90,
    turborepo.javascript_share,
    federation.repeats_per_item,
    federation.statements_per_item,
)
OPEN: dict[str, tuple[str, ...]] = {
    "ADR-001": kafka.OPEN,
    "ADR-002": cqrs.OPEN,
    "ADR-003": caching.OPEN,
    "ADR-004": turborepo.OPEN,
    "ADR-005": federation.OPEN,
}
"""What else a decision needs before evidence can support it, and nothing here measures yet."""


@dataclass(frozen=True)
class Decision:
    """A record with its criteria, what is still open, and what the evidence says in sum."""

    record: Record
    criteria: tuple[Criterion, ...]
    open: tuple[str, ...]
    verdict: Verdict

    @property
    def deciding(self) -> tuple[Criterion, ...]:
        """The criteria that the verdict rests on: the opposing ones where they refuse it, else all."""
        refusing = tuple(criterion for criterion in self.criteria if refuses(criterion))
        return refusing or self.criteria


def judge(records: Sequence[Record], evidence: Evidence) -> tuple[Decision, ...]:
    """The verdict on every record, in their order; a record without criteria has no data."""
    criteria = [compute(evidence) for compute in CRITERIA]
    return tuple(_decision(record, [found for found in criteria if found.rule.record == record.id]) for record in records)


def decision_of(decisions: Sequence[Decision], record: str) -> Decision:
    """The decision of a record such as 'ADR-001'. Raises RecordError where there is none."""
    found = next((decision for decision in decisions if decision.record.id == record), None)
    if found is None:
        folder = str(decisions[0].record.path.parent) if decisions else ""
        raise RecordError(f"there is no record {record}", folder, "Bring the file back: records are superseded, not deleted.")
    return found


def _decision(record: Record, criteria: Sequence[Criterion]) -> Decision:
    still_open = OPEN.get(record.id, ())
    return Decision(record, tuple(criteria), still_open, combined(criteria, still_open))


def refuses(criterion: Criterion) -> bool:
    """A veto that opposes, or a necessary condition that clearly fails: nothing else can make up for either."""
    return criterion.verdict == "opposes" and criterion.rule.role != "supporting"


def combined(criteria: Sequence[Criterion], still_open: Sequence[str]) -> Verdict:
    """Opposes where one criterion refuses; supports where all necessary ones and vetoes support and nothing is open; else inconclusive."""
    if any(map(refuses, criteria)):
        return "opposes"
    if all(criterion.verdict == "no data" for criterion in criteria):
        return "no data"
    deciding = [criterion for criterion in criteria if criterion.rule.role != "supporting"]
    supported = bool(deciding) and not still_open and all(criterion.verdict == "supports" for criterion in deciding)
    return "supports" if supported else "inconclusive"
