"""How far one run's figure is from another's, with its interval and the p-value of 'no change'.

Each knows how a run varied within itself. How much two runs of the same thing differ is not in them: that takes several
runs a side.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import fisher_exact
from scipy.stats import t as student

from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate, block_ratio, block_seconds, wilson

WINDOWS = 20


@dataclass(frozen=True)
class Effect(Estimate):
    """A 'ratio' (after over before) or a 'difference' (after less before); `p` is two-sided, NaN where the interval is."""

    p: float
    kind: Literal["ratio", "difference"]


Run = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Latencies and when they were observed, in seconds."""


def latency_ratio(before: Run, after: Run, q: float) -> Effect:
    """The `q`-quantile of a run's latencies over that of another's (moving-block bootstrap)."""
    spans = [float(np.ptp(times)) for _, times in (before, after) if len(times)]
    shortest = min(spans, default=0.0)
    found = block_ratio(before, after, q)
    p = _p_of_interval(found, int(shortest / block_seconds(shortest)) - 1)
    return Effect(found.value, found.low, found.high, found.n, found.method, p, "ratio")


def _p_of_interval(ratio: Estimate, freedom: int) -> float:
    """The p-value of 'the ratio is 1' from the interval's bound on the side of 1, its logarithm taken as Student's t.

    A thousand resamples by themselves can say no more than p < 0.001 before, and about 0.03 after, it is widened for six blocks: too
    little to survive a correction for many comparisons, however far the ratio is from 1.
    """
    if math.isnan(ratio.low) or math.isnan(ratio.high) or not ratio.value > 0:
        return math.nan
    toward_one = ratio.high / ratio.value if ratio.value < 1 else ratio.value / ratio.low if ratio.low > 0 else math.inf
    if toward_one == 1:
        return 1.0 if ratio.value == 1 else 0.0
    error = math.log(toward_one) / float(student.ppf((1 + CONFIDENCE) / 2, freedom))
    return 2 * float(student.sf(abs(math.log(ratio.value)) / error, freedom))


def error_difference(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> Effect:
    """The share of failed requests less that of the other run: no failure at all on one side has a difference, but no ratio.

    Interval from both Wilson intervals (Newcombe 1998, method 10), p from Fisher's exact test; failures are taken as independent.
    """
    first, second = wilson(int(before.sum()), before.size), wilson(int(after.sum()), after.size)
    n = first.n + second.n
    if not first.n or not second.n:
        return Effect(math.nan, math.nan, math.nan, n, "no data", math.nan, "difference")
    change = second.value - first.value
    low = change - math.hypot(second.value - second.low, first.high - first.value)
    high = change + math.hypot(second.high - second.value, first.value - first.low)
    table = [[before.sum(), before.size - before.sum()], [after.sum(), after.size - after.sum()]]
    return Effect(change, low, high, n, "difference of shares, Newcombe interval", float(fisher_exact(table).pvalue), "difference")


def rate_ratio(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> Effect:
    """Requests a second over those of the other run, from the times of arrival.

    The counts of 20 equal windows a run give the spread, so that bursts count; the interval is Welch's for the difference of the
    logarithms (the delta method). Bounds are NaN where a run has fewer than 5 requests.
    """
    n = before.size + after.size
    if min(before.size, after.size) < FEWEST_BLOCKS or not np.ptp(before) or not np.ptp(after):
        return Effect(math.nan, math.nan, math.nan, n, "too few requests for a rate", math.nan, "ratio")
    (first, first_variance), (second, second_variance) = _log_rate(before), _log_rate(after)
    change, error = second - first, math.sqrt(first_variance + second_variance)
    if not error:
        return Effect(math.exp(change), math.exp(change), math.exp(change), n, "equal counts in all windows", float(change == 0), "ratio")
    freedom = (first_variance + second_variance) ** 2 * (WINDOWS - 1) / (first_variance**2 + second_variance**2)
    half = float(student.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    method = f"t interval over {WINDOWS} windows a run"
    p = 2 * float(student.sf(abs(change) / error, freedom))
    return Effect(math.exp(change), math.exp(change - half), math.exp(change + half), n, method, p, "ratio")


def _log_rate(times: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The logarithm of the requests a second, and its variance."""
    counts = np.histogram(times, WINDOWS)[0]
    mean = float(counts.mean())
    return math.log((times.size - 1) / float(np.ptp(times))), float(counts.var(ddof=1)) / (WINDOWS * mean**2)
