"""How sure a hit ratio of a finite trace is."""

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from perfweek.stats import Estimate

WINDOWS = 20
FEWEST_WINDOWS = 5


def share_over_windows(hits: npt.ArrayLike, times: npt.ArrayLike, windows: int = WINDOWS) -> Estimate:
    """The share of true `hits` (booleans at `times`, seconds), with a t interval over equal windows of time.

    A cache's hits depend on all that was requested before: they cannot be resampled as if they were independent, nor can the
    requests be shuffled. The share is a ratio of sums over windows, its standard error that of the ratio estimator
    (Cochran, Sampling Techniques, 1977, section 2.11); windows without requests do not count. The filling of an empty cache at
    the start is part of the spread. Bounds are NaN for fewer than 5 windows, and kept within 0 and 1.
    """
    hit, time = np.asarray(hits, bool), np.asarray(times, float)
    if not hit.size:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    span = float(time.max() - time.min()) or 1.0
    window = np.minimum((time - time.min()) / span * windows, windows - 1).astype(int)
    requests, answered = np.bincount(window), np.bincount(window, weights=hit)
    full = requests > 0
    share, used = float(hit.mean()), int(full.sum())
    if used < FEWEST_WINDOWS:
        return Estimate(share, math.nan, math.nan, hit.size, f"share over {used} windows, too few for an interval")
    residuals = answered[full] - share * requests[full]
    error = math.sqrt(used / (used - 1) * float(residuals @ residuals)) / hit.size
    half = float(student.ppf(0.975, used - 1)) * error
    return Estimate(share, max(0.0, share - half), min(1.0, share + half), hit.size, f"t interval over {used} windows of {span / windows:.3g} s")
