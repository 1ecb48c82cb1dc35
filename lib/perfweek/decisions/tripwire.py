"""When a criterion that is not met today would be met, if it goes on as in the weeks before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.stats import t

from perfweek.decisions.criteria import Criterion
from perfweek.stats import CONFIDENCE

FEWEST_WEEKS, FARTHEST_WEEKS, DRAWS = 4, 104, 4000


@dataclass(frozen=True)
class Tripwire:
    """Weeks until the criterion crosses its threshold: middle, and the ends of the 95 % interval (infinite: not within two years); NaN where
    fewer than four weeks are known. `times`: how many times today's value the threshold is."""

    criterion: Criterion
    weeks: float
    low: float
    high: float
    n: int
    times: float


def tripwires(criteria: Sequence[Criterion], logged: Sequence[Mapping[str, Any]], week: str) -> tuple[Tripwire, ...]:
    """Of every criterion that has data and does not support; `logged`: the evidence of earlier weeks."""
    return tuple(_tripwire(one, logged, week) for one in criteria if one.verdict in ("opposes", "inconclusive"))


def weeks_between(first: str, second: str) -> int:
    """From one ISO week such as '2026-W48' to another."""
    days = [date.fromisocalendar(int(name[:4]), int(name[6:]), 1) for name in (first, second)]
    return (days[1] - days[0]).days // 7


def series_of(one: Criterion, logged: Sequence[Mapping[str, Any]], week: str) -> list[tuple[int, float]]:
    """(weeks ago as a number up to 0, value), oldest first, this week last. A week whose criterion had no data is left out."""
    found = {}
    for content in logged:
        for row in content["criteria"]:
            same = (row.get("record"), row.get("id")) == (one.rule.record, one.rule.id)
            if same and row.get("verdict") != "no data" and isinstance(row.get("value"), int | float):
                found[-weeks_between(str(content["week"]), week)] = float(row["value"])
    return [*sorted(found.items()), (0, one.estimate.value)]


def crossing(points: Sequence[tuple[float, float]], threshold: float, *, seed: int = 1) -> tuple[float, float, float]:
    """(middle, low, high) weeks until a straight line through (week, value) meets the threshold; the slope and today's level are drawn from their
    Student's t distributions by least squares. Infinite where the line does not meet it within two years; NaN for fewer than four points.
    """
    if len(points) < FEWEST_WEEKS:
        return math.nan, math.nan, math.nan
    x, y = np.array(points, float).T
    centred = x - x.mean()
    spread = float((centred**2).sum())
    slope = float((centred * y).sum()) / spread
    level = float(y.mean() - slope * x.mean())
    error = math.sqrt(float(((y - level - slope * x) ** 2).sum()) / (len(x) - 2))
    random = np.random.default_rng(seed)
    drawn = t.rvs(len(x) - 2, size=(2, DRAWS), random_state=random)
    slopes = slope + drawn[0] * error / math.sqrt(spread)
    today = y.mean() + drawn[1] * error / math.sqrt(len(x)) + slopes * (0 - x.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        weeks = (threshold - today) / slopes
    weeks = np.where(np.isfinite(weeks) & (weeks >= 0) & (weeks <= FARTHEST_WEEKS), weeks, np.inf)
    low, middle, high = np.quantile(weeks, ((1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2), method="nearest")
    return float(middle), float(low), float(high)


def _tripwire(one: Criterion, logged: Sequence[Mapping[str, Any]], week: str) -> Tripwire:
    points, threshold = series_of(one, logged, week), one.rule.threshold.supports
    value = one.estimate.value
    return Tripwire(one, *crossing(points, threshold), len(points), threshold / value if value else math.inf)
