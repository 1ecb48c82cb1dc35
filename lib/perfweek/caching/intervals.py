"""How sure a hit ratio of a finite trace is."""

import math

import numpy as np
import numpy.typing as npt

from perfweek.stats import Estimate, ratio_of_windows

WINDOWS = 20
FEWEST_WINDOWS = 5


def share_over_windows(hits: npt.ArrayLike, times: npt.ArrayLike, windows: int = WINDOWS) -> Estimate:
    """The share of true `hits` (booleans at `times`, seconds), with a t interval over equal windows of time.

    A cache's hits depend on all that was requested before: they cannot be resampled as if they were independent, nor can the
    requests be shuffled. Windows without requests do not count; the filling of an empty cache at the start is part of the
    spread. Bounds are NaN for fewer than 5 windows, and kept within 0 and 1. n counts requests.
    """
    hit, time = np.asarray(hits, bool), np.asarray(times, float)
    if not hit.size:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    span = float(np.ptp(time)) or 1.0
    window = np.minimum((time - time.min()) / span * windows, windows - 1).astype(int)
    found = ratio_of_windows(np.bincount(window, weights=hit), np.bincount(window))
    if found.n < FEWEST_WINDOWS:
        return Estimate(found.value, math.nan, math.nan, hit.size, f"share over {found.n} windows, too few for an interval")
    return Estimate(found.value, max(0.0, found.low), min(1.0, found.high), hit.size, f"{found.method} of {span / windows:.3g} s")
