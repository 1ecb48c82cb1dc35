"""What each tier adds to the others, and each doubling of a size or of a time to live."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.designs import levels, longer, megabytes, seconds, sized, with_tier_of, without, without_all
from perfweek.caching.worth.outcome import Outcome, tried
from perfweek.caching.worth.workload import Workload
from perfweek.stats import Estimate
from perfweek.wording import listed

HALVINGS = (4, 3, 2, 1, 0)
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


def in_turn(workload: Workload, design: Design) -> list[Step]:
    """The tiers added one after the other, l1 first: what each saves on the misses of those before it."""
    built = [without_all(design)]
    for level in levels(design):
        built.append(with_tier_of(built[-1], design, level))
    outcomes = [tried(workload, one) for one in built]
    behind = [listed([level.upper() for level in levels(one)]) for one in built]
    names = [
        f"{level.upper()} added to {before}" if before else f"{level.upper()} alone" for level, before in zip(levels(design), behind, strict=False)
    ]
    return [Step(name, level, *pair) for name, level, pair in zip(names, levels(design), pairwise(outcomes), strict=True)]


def beside_others(workload: Workload, design: Design) -> list[Step]:
    """Each tier put back into the design without it: what it saves on the requests that all the other tiers leave."""
    whole = tried(workload, design)
    return [Step(f"{level.upper()} added to all others", level, tried(workload, without(design, level)), whole) for level in levels(design)]


def of_doublings(workload: Workload, design: Design) -> list[Step]:
    """Doublings of l1 with nothing behind it, and of l2 behind l1 as designed, up to the size that holds every entry."""
    bare = without_all(design)
    found = []
    for level, start, every in (("l1", bare, workload.largest[0]), ("l2", replace(bare, process=design.process), workload.largest[1])):
        if level in levels(design):
            base = with_tier_of(start, design, level)
            outcomes = [tried(workload, sized(base, level, max(1.0, every / 2**halvings))) for halvings in HALVINGS]
            found += [Step(f"{level.upper()} doubled to {_size(pair[1], level)}", level, *pair) for pair in pairwise(outcomes)]
    return found


def of_lives(workload: Workload, design: Design, factors: Sequence[float] = (0.25, 1.0, 4.0)) -> list[Step]:
    """Times to live of l1, l2 and l4 four times as long; those of l1 and l2 without an edge, which would hide them."""
    found = []
    for level in levels(design):
        base = design if level == "l4" else without(design, "l4")
        if level != "l3" and not math.isinf(_life(design, level)):
            outcomes = [tried(workload, longer(base, level, factor), ages=True) for factor in factors if _allowed(design, level, factor)]
            found += [Step(f"{level.upper()} kept {seconds(_life(pair[1].design, level))}", level, *pair) for pair in pairwise(outcomes)]
    return found


def _size(outcome: Outcome, level: str) -> str:
    store = outcome.design.process if level == "l1" else outcome.design.shared
    return megabytes(store.capacity) if store else ""


def _life(design: Design, level: str) -> float:
    tier = {"l1": design.process, "l2": design.shared, "l4": design.edge}[level]
    return tier.ttl_s if tier else math.inf


def _allowed(design: Design, level: str, factor: float) -> bool:
    return level != "l4" or _life(design, level) * factor >= 60
