"""What Friday's measurement says of the week: everything that the notebook shows, computed once."""

import math
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from perfweek.load.baseline import Baseline
from perfweek.progress.compare import Comparison, compare
from perfweek.progress.control import Control, control_of
from perfweek.progress.environment import differences, refusal
from perfweek.progress.measure import Pair, Sides
from perfweek.progress.shifts import shifts_of
from perfweek.stats import Estimate


@dataclass(frozen=True)
class Progress:
    """Two versions compared. `smallest_effect`: a relative change below it counts as the same. `budget_ms`: for the 95th percentile of each
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
        """Why the runs cannot be compared; '' where they can. Runs in turn were asked the same, whatever Monday's was."""
        return "" if self.sides.in_turn else refusal(self.differences)

    @property
    def sides(self) -> Sides:
        """The runs that are compared."""
        return self.pair.sides

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every quantity of every endpoint, and the figures of whole runs; none for no data."""
        if not self.pair.friday:
            return []
        sides = self.sides
        return compare(sides.before, sides.after, self.smallest_effect, bool(self.refused), sides.commands)

    @cached_property
    def control(self) -> Control:
        """Runs of one version against each other."""
        return control_of((self.sides.before, self.sides.after), self.smallest_effect)

    @cached_property
    def shifts(self) -> dict[str, pd.DataFrame]:
        """endpoint -> quantile, ratio, low, high, for endpoints of both sides."""
        return shifts_of(self.sides.before, self.sides.after) if self.pair.friday else {}

    @cached_property
    def baselines(self) -> tuple[Baseline, Baseline] | None:
        """Monday's run and Friday's, each judged by the budget; None for no data."""
        return (Baseline(self.pair.monday, self.budget_ms), Baseline(self.pair.friday, self.budget_ms)) if self.pair.friday else None

    @property
    def p95(self) -> Estimate:
        """The 95th percentile of all of Friday's requests, as the budget takes them."""
        return self.baselines[1].overall.p95 if self.baselines else Estimate(math.nan, math.nan, math.nan, 0, "no data")
