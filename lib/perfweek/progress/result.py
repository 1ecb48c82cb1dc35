"""What Friday's measurement says of the week: everything that the notebook shows, computed once."""

import math
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from perfweek.load.baseline import Baseline
from perfweek.progress.compare import Comparison, compare, latencies
from perfweek.progress.effects import latency_ratio
from perfweek.progress.environment import differences, refusal
from perfweek.progress.measure import Pair
from perfweek.stats import Estimate

SHIFTS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Progress:
    """Two runs compared. `smallest_effect`: a relative change below it counts as the same. `budget_ms`: for the 95th percentile of each
    endpoint. Without a run on Friday everything in it is empty, or 'no data'."""

    pair: Pair
    smallest_effect: float
    budget_ms: float

    @property
    def source(self) -> str:
        """The evidence file: Friday's, or Monday's where that is the only one."""
        return self.pair.friday.source if self.pair.friday else self.pair.monday.source

    @cached_property
    def differences(self) -> pd.DataFrame:
        """What the runs asked of the service, and what differs (environment.differences); no rows for no data."""
        return differences(*self.pair.asked) if self.pair.friday else differences({}, {}).head(0)

    @cached_property
    def refused(self) -> str:
        """Why the runs cannot be compared; '' where they can."""
        return refusal(self.differences)

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every quantity of every endpoint on the plateau; none for no data."""
        if not self.pair.friday:
            return []
        return compare(self.pair.monday.plateau, self.pair.friday.plateau, self.smallest_effect, bool(self.refused))

    @cached_property
    def shifts(self) -> dict[str, pd.DataFrame]:
        """endpoint -> quantile, ratio, low, high at SHIFTS, for endpoints of both runs."""
        if not self.pair.friday:
            return {}
        before, after = self.pair.monday.plateau, self.pair.friday.plateau
        endpoints = sorted({*before["endpoint"]} & {*after["endpoint"]})
        return {name: _shift(before[before["endpoint"] == name], after[after["endpoint"] == name]) for name in endpoints}

    @cached_property
    def baselines(self) -> tuple[Baseline, Baseline] | None:
        """Monday's run and Friday's, each judged by the budget; None for no data."""
        return (Baseline(self.pair.monday, self.budget_ms), Baseline(self.pair.friday, self.budget_ms)) if self.pair.friday else None

    @property
    def p95(self) -> Estimate:
        """The 95th percentile of all of Friday's requests, as the budget takes them."""
        return self.baselines[1].overall.p95 if self.baselines else Estimate(math.nan, math.nan, math.nan, 0, "no data")


def _shift(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    effects = [(q, latency_ratio(latencies(before), latencies(after), q)) for q in SHIFTS]
    rows = [(q, effect.value, effect.low, effect.high) for q, effect in effects]
    return pd.DataFrame(rows, columns=["quantile", "ratio", "low", "high"])
