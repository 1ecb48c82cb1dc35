"""Whether a verdict depends on where exactly a threshold was put: each is halved and doubled, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfweek.decisions.criteria import Criterion, Threshold, Verdict, verdict
from perfweek.decisions.judge import Decision, decided

FACTORS = (0.5, 0.59, 0.71, 0.84, 1.0, 1.19, 1.41, 1.68, 2.0)
"""From half to twice the threshold in equal ratios."""


@dataclass(frozen=True)
class Sensitivity:
    """A criterion and, for each of FACTORS, its own verdict and the record's."""

    criterion: Criterion
    own: tuple[Verdict, ...]
    record: tuple[Verdict, ...]

    @property
    def robust(self) -> bool:
        """Whether the record's verdict is the same at every threshold from half to twice."""
        return len(set(self.record)) == 1


def sensitivities(decision: Decision) -> tuple[Sensitivity, ...]:
    """Of every criterion of a decision that has data."""
    return tuple(_sensitivity(decision, one) for one in decision.criteria if one.verdict != "no data")


def scaled(threshold: Threshold, factor: float, is_share: bool) -> Threshold:
    """The threshold that many times as large; of a share above one half the odds are scaled, so that it stays a share."""

    def times(value: float) -> float:
        if not is_share or value <= 0.5 or value >= 1:
            return value * factor
        odds = factor * value / (1 - value)
        return odds / (1 + odds)

    return replace(threshold, supports=times(threshold.supports), opposes=times(threshold.opposes))


def _sensitivity(decision: Decision, one: Criterion) -> Sensitivity:
    thresholds = [scaled(one.rule.threshold, factor, one.rule.unit == "1") for factor in FACTORS]
    moved = [replace(one, rule=replace(one.rule, threshold=threshold), verdict=verdict(threshold, one.estimate)) for threshold in thresholds]
    records = [decided(decision.record, with_one(decision.criteria, other)).verdict for other in moved]
    return Sensitivity(one, tuple(other.verdict for other in moved), tuple(records))


def with_one(criteria: Sequence[Criterion], other: Criterion) -> list[Criterion]:
    """The criteria with the one of the same id replaced."""
    return [other if one.rule.id == other.rule.id else one for one in criteria]
