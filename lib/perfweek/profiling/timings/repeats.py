"""What repeated runs of one thing say: the median with its interval, and how much the runs differ."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from perfweek.stats import CONFIDENCE, Estimate

FEWEST_RANKS = 6
"""From six runs on the smallest and the largest hold the median between them with 95 %, whatever the distribution: 1 - 2 / 2^6 = 97 %."""


def median_of_runs(values: Sequence[float]) -> Estimate:
    """The median of a few runs with a 95 % interval.

    From six runs on the interval is a pair of order statistics, which needs no distribution (David and Nagaraja 2003, section 7.1);
    below that a t interval of the mean of the logarithms, which is the median where the times are log-normal. One run, or a run
    of 0 s among fewer than six, gives no bounds.
    """
    runs = np.sort(np.asarray(values, dtype=float))
    n = len(runs)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    value = float(np.median(runs))
    if n >= FEWEST_RANKS:
        place = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5)) - 1
        return Estimate(value, float(runs[place]), float(runs[-1 - place]), n, f"order statistics of {n} runs")
    if n == 1:
        return Estimate(value, math.nan, math.nan, 1, "one run: no interval")
    if runs[0] <= 0:
        return Estimate(value, math.nan, math.nan, n, f"{n} runs, too short for an interval")
    logs = np.log(runs)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * logs.std(ddof=1) / math.sqrt(n))
    low, high = (math.exp(float(logs.mean()) + side * half) for side in (-1, 1))
    return Estimate(value, min(low, value), max(high, value), n, f"t interval of the logarithms of {n} runs")


def variation(values: Sequence[float]) -> float:
    """The coefficient of variation: standard deviation over mean; NaN for fewer than two runs or a mean of 0."""
    runs = np.asarray(values, dtype=float)
    return float(runs.std(ddof=1) / runs.mean()) if len(runs) > 1 and runs.mean() > 0 else math.nan
