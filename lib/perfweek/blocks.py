"""Intervals for what is computed from sums over requests (shares, means, slopes), by a moving-block bootstrap over time.

Requests follow each other, so whole blocks of time are resampled (circular: Politis and Romano 1992) and the percentile
interval is widened for the number of blocks (Hesterberg 2015, section 4.3), as for the quantiles in perfweek.stats.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from perfweek.resampling import CELLS_A_BLOCK, Floats, Integers, Sample, dependence
from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate, block_seconds, wilson

RESAMPLES = 2000


@dataclass(frozen=True)
class Blocks:
    """A stretch of time as a circle of cells, four to a block; a block is as long as `stats.block_seconds` says."""

    start: float
    span: float
    blocks: int

    @classmethod
    def of(cls, times: ArrayLike) -> "Blocks":
        """The stretch of `times` (seconds, at least one)."""
        time = np.asarray(times, float)
        span = float(np.ptp(time))
        return cls(float(time.min()), span, max(1, round(span / block_seconds(span))))

    @property
    def cells(self) -> int:
        return self.blocks * CELLS_A_BLOCK

    def cell(self, times: ArrayLike) -> Integers:
        """The cell of each of `times`."""
        offset = np.asarray(times, float) - self.start
        return np.clip(offset * (self.cells / (self.span or 1.0)), 0, self.cells - 1).astype(np.int64)

    def weights(self, resamples: int, seed: int) -> Floats:
        """(resamples, cells): how often each resample covers each cell."""
        starts = self._starts(resamples, seed) + np.arange(resamples)[:, None] * self.cells
        begun = np.bincount(starts.ravel(), minlength=resamples * self.cells).reshape(resamples, self.cells).astype(float)
        return np.sum([np.roll(begun, shift, axis=1) for shift in range(CELLS_A_BLOCK)], axis=0)

    def resampled(self, sums: Floats, resamples: int, seed: int) -> Floats:
        """(resamples,): `weights` @ `sums` (cells,), without the weights: of many blocks they would take hundreds of megabytes."""
        windows = np.sum([np.roll(sums, -shift) for shift in range(CELLS_A_BLOCK)], axis=0)
        return np.asarray(windows[self._starts(resamples, seed)].sum(axis=1))

    def _starts(self, resamples: int, seed: int) -> Integers:
        """(resamples, blocks): the cell in which each block begins."""
        return np.random.default_rng(seed).integers(self.cells, size=(resamples, self.blocks))

    def sums(self, times: ArrayLike, columns: ArrayLike) -> Floats:
        """(cells, columns): the sums of `columns` in each cell."""
        cell, column = self.cell(times), np.asarray(columns, float)
        return np.column_stack([np.bincount(cell, weights=one, minlength=self.cells) for one in column.T])

    def method(self, resamples: int) -> str:
        return f"moving-block bootstrap, {self.blocks} blocks of {self.span / self.blocks:.2g} s, {resamples:,} resamples"

    def widening(self, values: ArrayLike, times: ArrayLike, q: float) -> float:
        """By how much blocks of this length understate the error of the `q`-quantile of `values`: the run stays on one level for longer."""
        return dependence(Sample.of(np.asarray(values, float), np.asarray(times, float), self.span / self.blocks or 1.0), q).widening

    def interval(self, point: float, drawn: Floats, n: int, widening: float = 1.0, within: tuple[float, float] = (-math.inf, math.inf)) -> Estimate:
        """`point` with the widened percentile interval of `drawn`, cut to what is possible (`within`); no bounds for fewer than 5 blocks,
        or where more than one resample in twenty has no value."""
        method = self.method(len(drawn))
        if self.blocks < FEWEST_BLOCKS or math.isnan(point) or np.isnan(drawn).mean() > 1 - CONFIDENCE:
            return Estimate(point, math.nan, math.nan, n, f"{method}; too little for an interval")
        tail = norm.cdf(t.ppf((1 - CONFIDENCE) / 2, self.blocks - 1) * math.sqrt(self.blocks / (self.blocks - 1)))
        low, high = np.nanquantile(_widened(drawn, point, widening), (tail, 1 - tail))
        return Estimate(point, min(max(float(low), within[0]), point), max(min(float(high), within[1]), point), n, method)


def of_sums(times: ArrayLike, columns: ArrayLike, value: Callable[[Floats], Any], *, seed: int = 1) -> Estimate:
    """`value` of the column sums, with its interval; one observation a row of `columns`, at `times` (seconds).

    `value` takes sums of shape (..., columns) and gives (...), NaN where they do not determine it. Bounds as in `Blocks.interval`.
    """
    time, column = np.asarray(times, float), np.asarray(columns, float)
    if not time.size:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    blocks = Blocks.of(time)
    with np.errstate(divide="ignore", invalid="ignore"):
        point = float(value(column.sum(axis=0)))
        drawn = value(blocks.weights(RESAMPLES, seed) @ blocks.sums(time, column))
    return blocks.interval(point, drawn, time.size)


def ratio(times: ArrayLike, part: ArrayLike, whole: ArrayLike) -> Estimate:
    """sum(part) / sum(whole); NaN where the whole is 0."""
    columns = np.column_stack([np.asarray(part, float), np.asarray(whole, float)])
    return of_sums(times, columns, lambda sums: np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan))


def share(times: ArrayLike, part: ArrayLike, whole: ArrayLike) -> Estimate:
    """sum(part) / sum(whole). All or nothing has no spread to resample: there the interval is Wilson's, with blocks as observations."""
    found = ratio(times, part, whole)
    if math.isnan(found.low) or 0 < found.value < 1:
        return found
    blocks = Blocks.of(times).blocks
    bounds = wilson(round(found.value) * blocks, blocks)
    return Estimate(found.value, bounds.low, bounds.high, found.n, f"Wilson interval over {blocks} blocks of time")


def slope(times: ArrayLike, x: ArrayLike, y: ArrayLike) -> Estimate:
    """The least-squares slope of y on x; NaN where x never varies."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return of_sums(times, np.column_stack([np.ones_like(x), x, y, x * x, x * y]), _slope_of_sums)


def _widened(drawn: Floats, point: float, factor: float) -> Floats:
    """`drawn` as far from `point` as `factor` says, by ratio where all are positive."""
    if factor == 1:
        return drawn
    positive = point > 0 and np.nanmin(drawn) > 0
    return point * (drawn / point) ** factor if positive else point + (drawn - point) * factor


def _slope_of_sums(sums: Floats) -> Floats:
    n, x, y, xx, xy = np.moveaxis(sums, -1, 0)
    spread = n * xx - x * x
    return np.where(spread > 0, (n * xy - x * y) / spread, np.nan)
