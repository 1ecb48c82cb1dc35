"""How probable it is that all necessary conditions of a decision hold, and how much the inputs allow to be believed of that."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perfweek.decisions.criteria import Criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import InputGrade
from perfweek.resampling import Floats

CAPS: dict[InputGrade, float] = {"measured": 0.99, "estimated": 0.9, "assumed": 0.75}
"""Nobody should be surer than this of what rests on such an input; our defaults."""


@dataclass(frozen=True)
class Confidence:
    """`share`: of the joint resamples those in which all necessary criteria lie on the supporting side, within the cap; NaN where one of them has
    no data. `raw` is the same without the cap. `capped_by`: the grade of the worst input where that made it less, '' else."""

    share: float
    raw: float
    capped_by: str = ""


def confidence(criteria: Sequence[Criterion]) -> Confidence:
    """P(all necessary ones and vetoes hold), from draws that were made together; a waived one counts as its waiver. No weighted sum.

    Each draw is held against the middle of a threshold that is a range.
    """
    deciding = [one for one in criteria if one.rule.role != "supporting"]
    if not deciding or any(one.verdict == "no data" or one.observation is None for one in deciding):
        return Confidence(math.nan, math.nan)
    by_id = {one.rule.id: one for one in criteria if one.verdict != "no data"}
    raw = float(np.mean(np.all([_holds(one, by_id) for one in deciding], axis=0)))
    grades: list[InputGrade] = [one.observation.input_grade for one in deciding if one.observation]
    worst = min(grades, key=CAPS.__getitem__)
    kept = min(raw, CAPS[worst])
    return Confidence(kept, raw, worst if kept != raw else "")


def _holds(one: Criterion, known: dict[str, Criterion]) -> Floats:
    """1 in each resample in which the criterion, or one that waives it, is on the supporting side."""
    held = [_side(one), *(_side(known[name]) for name in one.rule.waived_by if name in known)]
    return np.max(held, axis=0)


def _side(one: Criterion) -> Floats:
    threshold, observed = one.rule.threshold, one.observation
    middle = threshold.supports if math.isinf(threshold.opposes) else (threshold.supports + threshold.opposes) / 2
    draws = of_interval(one.estimate).draws if observed is None or observed.draws is None else observed.draws
    return (draws >= middle if threshold.direction == "at least" else draws <= middle).astype(float)
