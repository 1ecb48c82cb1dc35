"""Intervals from blocks of time: windows of the trace are drawn again, neighbours together, the same draws for every design that is compared."""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate
from perfweek.student import student_from_normal

WINDOWS = 60
LENGTH = math.ceil(math.sqrt(WINDOWS))
DRAWS = 400
Draws = npt.NDArray[np.float64]
_NORMAL = NormalDist()


def window_of(times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The window of each time, of WINDOWS equal ones."""
    if not times_s.size:
        return np.zeros(0, np.int64)
    span = float(np.ptp(times_s)) or 1.0
    return np.minimum((times_s - times_s.min()) / span * WINDOWS, WINDOWS - 1).astype(np.int64)


def drawn(seed: int = 1) -> Draws:
    """How often each draw takes each window: an array (DRAWS, WINDOWS) of circular moving blocks of LENGTH windows (Politis and Romano 1992)."""
    starts = np.random.default_rng(seed).integers(0, WINDOWS, (DRAWS, math.ceil(WINDOWS / LENGTH)))
    places = ((starts[:, :, None] + np.arange(LENGTH)) % WINDOWS).reshape(DRAWS, -1)[:, :WINDOWS]
    return np.apply_along_axis(np.bincount, 1, places, minlength=WINDOWS).astype(float)


def estimate(amounts: npt.NDArray[np.float64], figure: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], n: int) -> Estimate:
    """`figure` of the totals of `amounts` (windows x columns), with the interval of the draws; `figure` takes rows of totals (any x columns).

    No bounds where fewer than 5 blocks of windows hold anything.
    """
    value = float(figure(amounts.sum(axis=0)[None, :])[0])
    method = f"moving-block bootstrap over {WINDOWS} windows of time, blocks of {LENGTH}, {DRAWS} draws"
    filled = np.count_nonzero(amounts.any(axis=1))
    if math.isnan(value) or filled < LENGTH * FEWEST_BLOCKS:
        return Estimate(value, math.nan, math.nan, n, f"{method}; too short for an interval" if n else "no data")
    found = figure(_DRAWN @ amounts)
    return Estimate(value, *bounds(value, found), n, method)


def bounds(value: float, found: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The interval of resampled values, widened for the number of blocks (Hesterberg 2015, section 4.3); it holds the value."""
    blocks = WINDOWS / LENGTH
    tail = _NORMAL.cdf(-student_from_normal(_NORMAL.inv_cdf((1 + CONFIDENCE) / 2), int(blocks) - 1) * math.sqrt(blocks / (blocks - 1)))
    ordered = np.sort(found[~np.isnan(found)])
    if not ordered.size:
        return math.nan, math.nan
    low, high = (float(ordered[round(place * (ordered.size - 1))]) for place in (tail, 1 - tail))
    return min(low, value), max(high, value)


_DRAWN = drawn()
