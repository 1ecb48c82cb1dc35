"""Intervals for what is computed from sums over requests (shares, slopes), by a moving-block bootstrap over time.

Requests follow each other, so whole blocks of time are resampled (circular: Politis and Romano 1992) and the percentile
interval is widened for the number of blocks (Hesterberg 2015, section 4.3), as for the quantiles in perfweek.stats.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate, wilson

Floats = NDArray[np.float64]
BLOCKS = 30
SHORTEST_S = 1.0
RESAMPLES = 2000
_CELLS_A_BLOCK = 4


def of_sums(times: ArrayLike, columns: ArrayLike, value: Callable[[Floats], Any], *, seed: int = 1) -> Estimate:
    """`value` of the column sums, with its interval; one observation a row of `columns`, at `times` (seconds).

    `value` takes sums of shape (..., columns) and gives (...), NaN where they do not determine it. Bounds are NaN for fewer than
    5 blocks, or where more than one resample in twenty has no value.
    """
    time, column = np.asarray(times, float), np.asarray(columns, float)
    if not time.size:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    sums, blocks, block_s = _block_sums(time, column)
    method = f"moving-block bootstrap, {blocks} blocks of {block_s:.2g} s, {RESAMPLES} resamples"
    with np.errstate(divide="ignore", invalid="ignore"):
        point = float(value(column.sum(axis=0)))
        starts = np.random.default_rng(seed).integers(len(sums), size=(RESAMPLES, blocks))
        drawn = value(sums[starts].sum(axis=1))
    if blocks < FEWEST_BLOCKS or math.isnan(point) or np.isnan(drawn).mean() > 1 - CONFIDENCE:
        return Estimate(point, math.nan, math.nan, time.size, f"{method}; too little for an interval")
    tail = norm.cdf(t.ppf((1 - CONFIDENCE) / 2, blocks - 1) * math.sqrt(blocks / (blocks - 1)))
    low, high = np.nanquantile(drawn, (tail, 1 - tail))
    return Estimate(point, min(float(low), point), max(float(high), point), time.size, method)


def share(times: ArrayLike, part: ArrayLike, whole: ArrayLike) -> Estimate:
    """sum(part) / sum(whole). All or nothing has no spread to resample: there the interval is Wilson's, with blocks as observations."""
    columns = np.column_stack([np.asarray(part, float), np.asarray(whole, float)])
    found = of_sums(times, columns, lambda sums: sums[..., 0] / sums[..., 1])
    if math.isnan(found.low) or 0 < found.value < 1:
        return found
    blocks = _blocks(np.asarray(times, float))[0]
    bounds = wilson(round(found.value) * blocks, blocks)
    return Estimate(found.value, bounds.low, bounds.high, found.n, f"Wilson interval over {blocks} blocks of time")


def slope(times: ArrayLike, x: ArrayLike, y: ArrayLike) -> Estimate:
    """The least-squares slope of y on x; NaN where x never varies."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return of_sums(times, np.column_stack([np.ones_like(x), x, y, x * x, x * y]), _slope_of_sums)


def _slope_of_sums(sums: Floats) -> Floats:
    n, x, y, xx, xy = np.moveaxis(sums, -1, 0)
    spread = n * xx - x * x
    return np.where(spread > 0, (n * xy - x * y) / spread, np.nan)


def _blocks(time: Floats) -> tuple[int, float]:
    """How many blocks, and how long one is: a thirtieth of the time, at least a second."""
    span = float(time.max() - time.min())
    blocks = max(1, min(BLOCKS, math.floor(span / SHORTEST_S)))
    return blocks, span / blocks


def _block_sums(time: Floats, columns: Floats) -> tuple[Floats, int, float]:
    """The column sums of every block of the circle of time, starting at each quarter of a block."""
    blocks, block_s = _blocks(time)
    cells = blocks * _CELLS_A_BLOCK
    cell = np.minimum((time - time.min()) * (cells / (block_s * blocks or 1.0)), cells - 1).astype(int)
    sums = np.column_stack([np.bincount(cell, weights=column, minlength=cells) for column in columns.T])
    return np.sum([np.roll(sums, -shift, axis=0) for shift in range(_CELLS_A_BLOCK)], axis=0), blocks, block_s
