"""What a warehouse bills for a list of statements: from the first one on until it suspends, by the second, a minute at least each time.

https://docs.snowflake.com/en/user-guide/warehouses-overview: each start is billed for 60 seconds or more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perfweek.blocks import Blocks
from perfweek.stats import FEWEST_BLOCKS

Floats = NDArray[np.float64]
LEAST_S = 60.0
"""Of each start."""
CHOICES_S = (60, 120, 300, 600)
RESAMPLES = 1000


@dataclass(frozen=True)
class Suspending:
    """With suspending after `after_s` idle seconds: `on_s`, the seconds billed, and how often the warehouse is `resumed`."""

    after_s: float
    on_s: float
    resumed: int


@dataclass(frozen=True)
class Gaps:
    """The time between statements: each idle stretch's beginning and length (s, the last one without an end), and how long the warehouse had
    worked without a break before it."""

    begins_s: Floats
    lengths_s: Floats
    worked_s: Floats

    @classmethod
    def of(cls, starts_s: Floats, ends_s: Floats) -> "Gaps":
        """Of statements in any order, at least one."""
        order = np.argsort(starts_s, kind="stable")
        reached = np.maximum.accumulate(ends_s[order])
        idle = starts_s[order][1:] - reached[:-1]
        breaks = np.flatnonzero(idle > 0)
        firsts = starts_s[order][np.concatenate([[0], breaks + 1])]
        lasts = reached[np.concatenate([breaks, [len(reached) - 1]])]
        return cls(lasts, np.concatenate([idle[breaks], [np.inf]]), lasts - firsts)

    def billed(self, after_s: float) -> Suspending:
        """A replay with that time to suspend."""
        stops = self.lengths_s > after_s
        on = self._on(after_s)
        return Suspending(after_s, float(on.sum()), int(stops.sum()))

    def saved(self, now_s: float, then_s: float) -> tuple[float, float, float]:
        """Seconds billed less with `then_s` in place of `now_s`: low, likely, high of a moving-block bootstrap over the stretches, NaN bounds where
        the history is too short for one."""
        less = self._on(min(now_s, self.longest_s + 1)) - self._on(then_s)
        less[-1] = 0.0  # nobody knows how long nothing came after the history's end
        blocks = Blocks.of(self.begins_s)
        if blocks.blocks < FEWEST_BLOCKS or len(less) < FEWEST_BLOCKS:
            return float("nan"), float(less.sum()), float("nan")
        drawn = blocks.resampled(blocks.sums(self.begins_s, less[:, None])[:, 0], RESAMPLES, 1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        return float(low), float(less.sum()), float(high)

    @property
    def longest_s(self) -> float:
        """The longest idle time between statements; 0 without one."""
        return float(self.lengths_s[:-1].max(initial=0.0))

    def _on(self, after_s: float) -> Floats:
        """Seconds billed for each stretch of work with the idle time after it; a start's missing seconds to a minute fall on its last one."""
        billed = self.worked_s + np.minimum(self.lengths_s, after_s)
        stops = self.lengths_s > after_s
        began = np.concatenate([[0], np.flatnonzero(stops)[:-1] + 1])
        whole = np.add.reduceat(billed, began)
        billed[stops] += np.maximum(0.0, LEAST_S - whole)
        return billed


def nearest(gaps: Gaps, on_s: float, choices_s: tuple[int, ...] = (*CHOICES_S, 900, 1800, 3600)) -> int:
    """The time to suspend with which the replay bills about `on_s` seconds: what a warehouse is set to, where only its bill is known."""
    return min(choices_s, key=lambda after: abs(gaps.billed(after).on_s - on_s))
