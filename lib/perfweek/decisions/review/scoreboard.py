"""Which metrics changed or miss their budget: this week's facts against last week's, the first week's and the weeks between.

A metric changed where the intervals of both weeks lie apart. Two 95 % intervals that just touch differ at about the 0.5 % level
(Schenker and Gentleman 2001), so the meeting hears little that is chance; what is not on the board has not been shown to be the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perfweek import facts
from perfweek.metrics import CATALOGUE
from perfweek.week import Week

DAY = "monday"
BUDGET_METRIC = "http.latency.p95"
WEEKS_IN_MEAN = 4
Standing = Literal["better", "worse", "changed", "over budget"]
Key = tuple[str, tuple[tuple[str, str], ...]]
Facts = Mapping[Key, "Figure"]


@dataclass(frozen=True)
class Figure:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A metric of the board: its figure now and a week ago, the first week's value, the mean of up to four weeks before this one.

    `weeks_over`: for how many weeks in a row, this one included, its p95 was over the budget with its whole interval.
    """

    metric: str
    labels: Mapping[str, str]
    now: Figure
    before: Figure | None
    first: float
    mean: float
    standing: Standing
    weeks_over: int = 0

    @property
    def name(self) -> str:
        """Such as 'response time, 95th percentile (GET /assets)'."""
        told = ", ".join(self.labels.values())
        return CATALOGUE[self.metric].title + (f" ({told})" if told else "")


def read_facts(week: Week) -> Facts:
    """Monday's facts of a week by metric and labels; none where Monday has not run."""
    rows = [row for row in facts.read(week, DAY).to_dict("records") if row["metric"] in CATALOGUE and not math.isnan(row["value"])]
    return {_key(row["metric"], row["labels"]): Figure(row["value"], row["low"], row["high"]) for row in rows}


def _key(metric: str, labels: Mapping[str, str]) -> Key:
    return metric, tuple(sorted(labels.items()))


def scoreboard(weeks: Sequence[Facts], budget_ms: float) -> list[Row]:
    """The rows to talk about, over budget first, then worse, better, changed; `weeks` from the first to this one."""
    now, earlier = weeks[-1], weeks[:-1]
    order: tuple[Standing, ...] = ("over budget", "worse", "better", "changed")
    rows = [row for key, figure in now.items() if (row := _row(key, figure, weeks, earlier, budget_ms))]
    return sorted(rows, key=lambda row: (order.index(row.standing), -abs(_change(row))))


def _row(key: Key, now: Figure, weeks: Sequence[Facts], earlier: Sequence[Facts], budget_ms: float) -> Row | None:
    before = earlier[-1].get(key) if earlier else None
    over = _weeks_over(key, weeks, budget_ms)
    standing: Standing | None = "over budget" if over else _moved(key[0], before, now) if before else None
    if standing is None:
        return None
    known = [week[key].value for week in earlier if key in week]
    recent = known[-WEEKS_IN_MEAN:]
    first, mean = (known[0], sum(recent) / len(recent)) if known else (math.nan, math.nan)
    return Row(key[0], dict(key[1]), now, before, first, mean, standing, over)


def _moved(metric: str, before: Figure, now: Figure) -> Standing | None:
    if not (now.low > before.high or now.high < before.low):
        return None
    better = CATALOGUE[metric].better
    if better == "neither":
        return "changed"
    return "better" if (now.value < before.value) == (better == "lower") else "worse"


def _weeks_over(key: Key, weeks: Sequence[Facts], budget_ms: float) -> int:
    if key[0] != BUDGET_METRIC:
        return 0
    count = 0
    for week in reversed(weeks):
        if key not in week or not week[key].low > budget_ms:
            break
        count += 1
    return count


def _change(row: Row) -> float:
    if row.before is None or not row.before.value or not row.now.value or row.now.value / row.before.value <= 0:
        return 0.0
    return math.log(row.now.value / row.before.value)
