"""What is worth measuring next: the unknown whose answer would change a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfweek.candidates import Candidate
from perfweek.decisions.criteria import Criterion, Verdict
from perfweek.decisions.judge import Decision, decided
from perfweek.decisions.sensitivity import with_one


@dataclass(frozen=True)
class Unknown:
    """A criterion without a clear answer, and how many parts of its record's verdict turn with it: `if_supports`, `if_opposes` of the record."""

    decision: Decision
    criterion: Criterion
    if_supports: Verdict
    if_opposes: Verdict
    moved: int

    @property
    def decides(self) -> bool:
        """Whether its answer alone changes what the evidence says of the record."""
        return len({self.decision.verdict, self.if_supports, self.if_opposes}) > 1


def unknowns(decisions: Sequence[Decision]) -> tuple[Unknown, ...]:
    """Every criterion that is inconclusive or without data: those that decide a record first, then those that decide more of its parts."""
    found = [_unknown(decision, one) for decision in decisions for one in decision.criteria if one.verdict in ("no data", "inconclusive")]
    return tuple(sorted((one for one in found if one.moved or one.decides), key=lambda one: (-one.decides, -one.moved, one.criterion.rule.name)))


def candidates_of(found: Sequence[Unknown], decisions: int, most: int = 5) -> list[Candidate]:
    """The measurements as work for next week; what one would give is the share of open decisions that it may decide."""
    return [
        Candidate(
            id=f"measure-{one.criterion.rule.name}",
            title=f"Find out: {one.criterion.rule.quantity} ({one.decision.record.id})",
            day="tuesday",
            adviser="decisions",
            of="knowledge",
            low=0.0,
            likely=0.5 / decisions if one.decides else 0.0,
            high=1 / decisions,
            effort="measurement",
            success=f"{one.criterion.rule.name} has a verdict: {one.criterion.rule.measure}",
            source=one.criterion.source,
        )
        for one in found[:most]
        if one.criterion.source
    ]


def _unknown(decision: Decision, one: Criterion) -> Unknown:
    supports, opposes = (decided(decision.record, with_one(decision.criteria, replace(one, verdict=verdict))) for verdict in _ANSWERS)
    moved = sum(first.verdict != second.verdict for first, second in zip(supports.parts, opposes.parts, strict=True))
    return Unknown(decision, one, supports.verdict, opposes.verdict, moved)


_ANSWERS: tuple[Verdict, Verdict] = ("supports", "opposes")
