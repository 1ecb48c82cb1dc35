"""What each tier adds to the others, and each doubling of a size or of a time to live."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.designs import levels, longer, resized, without
from perfweek.caching.worth.outcome import Outcome, tried
from perfweek.caching.worth.workload import Workload
from perfweek.stats import Estimate

LEAST_SAVED = 0.05
"""A tier that saves less than this share of the mean response time is not worth its upkeep, unless it saves money."""


@dataclass(frozen=True)
class Step:
    """A change of a design: what it is in words, before and after it. `level`: the tier that it is about."""

    change: str
    level: str
    before: Outcome
    after: Outcome

    def saved(self, figure: str) -> Estimate:
        """What the change saves of a figure (see Outcome.less); negative where it costs."""
        return self.after.less(self.before, figure)

    @property
    def verdict(self) -> str:
        """'worth it', 'not worth it' or 'cannot tell': it saves money, or at least LEAST_SAVED of the mean response time, clear of chance."""
        time, money = self.saved("mean"), self.saved("dollars")
        enough = LEAST_SAVED * self.before.mean().value
        if money.low > 0 or time.low >= enough:
            return "worth it"
        known = not (math.isnan(money.high) or math.isnan(time.high))
        return "not worth it" if known and money.high <= 0 and time.high < enough else "cannot tell"


def of_tiers(workload: Workload, design: Design) -> list[Step]:
    """Each tier of the design put back into the design without it: what it saves on the requests that the other tiers leave."""
    whole = tried(workload, design)
    return [Step(f"{level.upper()} added to the others", level, tried(workload, without(design, level)), whole) for level in levels(design)]


def of_doublings(workload: Workload, design: Design, sizes: Sequence[float] = (0.25, 0.5, 1.0, 2.0)) -> list[Step]:
    """Doublings of l1 and of l2 from `sizes` times theirs, with the other tiers as they are."""
    return [
        step
        for level in levels(design)
        if level in ("l1", "l2")
        for step in _doubled(level, [tried(workload, resized(design, level, size)) for size in (*sizes, 2 * sizes[-1])])
    ]


def _doubled(level: str, outcomes: Sequence[Outcome]) -> list[Step]:
    return [Step(f"{level.upper()} twice as large", level, before, after) for before, after in pairwise(outcomes)]


def of_lives(workload: Workload, design: Design, factors: Sequence[float] = (0.25, 1.0, 4.0)) -> list[Step]:
    """Times to live of l1, l2 and l4 four times as long."""
    return [
        Step(f"{level.upper()} kept four times as long", level, before, after)
        for level in levels(design)
        if level != "l3" and not math.isinf(_life(design, level))
        for before, after in pairwise(
            [tried(workload, longer(design, level, factor), ages=True) for factor in factors if _allowed(design, level, factor)]
        )
    ]


def _life(design: Design, level: str) -> float:
    tier = {"l1": design.process, "l2": design.shared, "l4": design.edge}[level]
    return tier.ttl_s if tier else math.inf


def _allowed(design: Design, level: str, factor: float) -> bool:
    return level != "l4" or _life(design, level) * factor >= 60
