"""A ratio of two sums over statements, with an interval that allows for neighbouring statements being alike."""

import math

import numpy as np
from numpy.typing import ArrayLike

from perfweek.stats import FEWEST_BLOCKS, Estimate


def ratio_of_sums(parts: ArrayLike, wholes: ArrayLike, times: ArrayLike, *, block_s: float = 1.0, resamples: int = 1000, seed: int = 1) -> Estimate:
    """sum(parts) / sum(wholes) over observations at `times` (seconds); missing values and wholes of 0 count for nothing.

    Interval: percentiles of `resamples` draws of blocks of `block_s` seconds with replacement (Carlstein 1986); none below
    5 blocks. Where every observation has the same ratio the bounds are that ratio. n counts the observations used.
    """
    part, whole, time = (np.asarray(values, dtype=float) for values in (parts, wholes, times))
    used = np.isfinite(part) & np.isfinite(whole) & (whole > 0)
    if not used.any():
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    part, whole, time = part[used], whole[used], time[used]
    value = float(part.sum() / whole.sum())
    _, blocks = np.unique(np.floor((time - time.min()) / block_s), return_inverse=True)
    count = int(blocks.max()) + 1
    method = f"ratio of sums, {resamples:,} resamples of blocks of {block_s:g} s"
    if count < FEWEST_BLOCKS:
        return Estimate(value, math.nan, math.nan, len(part), "ratio of sums, too short for an interval")
    sums = np.stack([np.bincount(blocks, part, count), np.bincount(blocks, whole, count)])
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples) @ sums.T
    ratios = drawn[:, 0] / drawn[:, 1]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return Estimate(value, min(float(low), value), max(float(high), value), len(part), method)
