"""Intervals of criteria that are resampled together: one moving-block bootstrap over the time of the log, the same blocks for each.

What every criterion would have been in each resample is kept, so that the share of resamples in which all necessary ones hold knows
how they depend on each other and on the hour (circular blocks: Politis and Romano 1992; widened as in perfweek.blocks).
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from perfweek.blocks import Blocks
from perfweek.resampling import Floats, Sample, resampled_quantiles
from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate, identified, wilson

RESAMPLES = 1000
SEED = 1
_Z = norm.ppf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Drawn:
    """An estimate and its value in each resample; NaN where a resample does not determine it."""

    estimate: Estimate
    draws: Floats

    def map(self, change: Callable[[Any], Any]) -> "Drawn":
        """The same of an increasing or decreasing function of the value."""
        one = self.estimate
        low, high = sorted((float(change(one.low)), float(change(one.high))))
        return Drawn(replace(one, value=float(change(one.value)), low=low, high=high), change(self.draws))


def of_sums(blocks: Blocks, times: ArrayLike, columns: ArrayLike, value: Callable[[Floats], Any]) -> Drawn:
    """`value` of the column sums; see perfweek.blocks.of_sums."""
    time, column = np.asarray(times, float), np.asarray(columns, float)
    if not time.size:
        return nothing()
    with np.errstate(divide="ignore", invalid="ignore"):
        point = float(value(column.sum(axis=0)))
        drawn = np.asarray(value(blocks.weights(RESAMPLES, SEED) @ blocks.sums(time, column)), float)
    return _widened(blocks, point, drawn, time.size)


def share(blocks: Blocks, times: ArrayLike, part: ArrayLike, whole: ArrayLike) -> Drawn:
    """sum(part) / sum(whole). All or nothing has no spread to resample: there the interval is Wilson's, of the
    requests where each counts the same, else of the blocks."""
    columns = np.column_stack([np.asarray(part, float), np.asarray(whole, float)])
    found = of_sums(blocks, times, columns, lambda sums: np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan))
    value = found.estimate.value
    if math.isnan(found.estimate.low) or 0 < value < 1:
        return found
    counted = bool(np.all(columns[:, 1] == columns[0, 1]))
    n = found.estimate.n if counted else blocks.blocks
    bounds = wilson(round(value) * n, n)
    return of_interval(
        Estimate(value, bounds.low, bounds.high, found.estimate.n, f"Wilson interval over {n:,} {'requests' if counted else 'blocks of time'}")
    )


def slope(blocks: Blocks, times: ArrayLike, x: ArrayLike, y: ArrayLike) -> Drawn:
    """The least-squares slope of y on x; NaN where x never varies."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return of_sums(blocks, times, np.column_stack([np.ones_like(x), x, y, x * x, x * y]), _slope_of_sums)


def quantile(blocks: Blocks, times: ArrayLike, values: ArrayLike, q: float) -> Drawn:
    """The `q`-quantile; without an interval where so few observations do not bound it."""
    value, time = np.asarray(values, float), np.asarray(times, float)
    if not value.size:
        return nothing()
    order = np.argsort(value)
    sample = Sample(value[order], blocks.cell(time)[order], blocks.blocks)
    drawn = resampled_quantiles(sample, (q,), resamples=RESAMPLES, seed=SEED)[:, 0]
    found = _widened(blocks, sample.quantile(q), drawn, value.size)
    if identified(q, value.size):
        return found
    return Drawn(replace(found.estimate, low=math.nan, high=math.nan, method="too few observations for an interval"), found.draws)


def of_interval(estimate: Estimate) -> Drawn:
    """Draws for an estimate that comes with an interval only: normal on either side of the value, as wide as the interval says."""
    normal = np.random.default_rng(zlib.crc32(f"{estimate}".encode())).standard_normal(RESAMPLES)
    below, above = (0.0 if math.isnan(side) else side / _Z for side in (estimate.value - estimate.low, estimate.high - estimate.value))
    return Drawn(estimate, estimate.value + np.where(normal < 0, normal * below, normal * above))


def exact(value: float, n: int, method: str) -> Drawn:
    """What was counted and not sampled, or what people state."""
    return Drawn(Estimate(value, value, value, n, method), np.full(RESAMPLES, value))


def nothing() -> Drawn:
    return Drawn(Estimate(math.nan, math.nan, math.nan, 0, "no data"), np.full(RESAMPLES, math.nan))


def _widened(blocks: Blocks, point: float, drawn: Floats, n: int) -> Drawn:
    estimate = blocks.interval(point, drawn, n)
    if blocks.blocks < FEWEST_BLOCKS:
        return Drawn(estimate, drawn)
    factor = t.ppf((1 + CONFIDENCE) / 2, blocks.blocks - 1) * math.sqrt(blocks.blocks / (blocks.blocks - 1)) / _Z
    return Drawn(estimate, point + (drawn - point) * factor)


def _slope_of_sums(sums: Floats) -> Floats:
    n, x, y, xx, xy = np.moveaxis(sums, -1, 0)
    spread = n * xx - x * x
    return np.where(spread > 1e-9, (n * xy - x * y) / spread, np.nan)
