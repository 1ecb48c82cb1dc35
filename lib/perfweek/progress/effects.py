"""Effects that are no quantile: failures as a difference of shares, throughput as a ratio of rates; each over several runs a side."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact
from scipy.stats import t as student

from perfweek.progress.replicates import Effect, figure_ratio, nothing, standard_error
from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, wilson

WINDOWS = 20
Flags = NDArray[np.bool_]
Times = NDArray[np.float64]


def error_difference(before: Sequence[Flags], after: Sequence[Flags]) -> Effect:
    """The share of failed requests less that of the other side: no failure at all on one side has a difference, but no ratio.

    Interval from both Wilson intervals (Newcombe 1998, method 10) and p from Fisher's exact test, as if failures were independent; where the
    shares of several runs a side differ by more than that, Welch's interval and p between the runs.
    """
    first, second = (np.concatenate(side) if len(side) else np.array([], dtype=bool) for side in (before, after))
    if not first.size or not second.size:
        return nothing("difference", first.size + second.size)
    low, high = _newcombe(first, second)
    change = float(second.mean() - first.mean())
    table = [[first.sum(), first.size - first.sum()], [second.sum(), second.size - second.sum()]]
    p = float(fisher_exact(table).pvalue)
    runs, n = (len(before), len(after)), first.size + second.size
    if min(runs) < 2:
        return Effect(change, low, high, n, "difference of shares, Newcombe interval; one run a side", p, "difference", runs=runs)
    levels = [np.array([run.mean() for run in side if run.size]) for side in (before, after)]
    error, freedom = standard_error(levels, [0.0, 0.0], 2)
    half = float(student.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    spread = math.sqrt(float(np.mean([np.var(side, ddof=1) if len(side) > 1 else 0.0 for side in levels])))
    bounds = min(low, change - half), max(high, change + half)
    p_runs = 2 * float(student.sf(abs(change) / error, freedom)) if error else 0.0
    method = f"difference of shares, {runs[0]} and {runs[1]} runs, the wider of Newcombe's interval and Welch's"
    return Effect(change, *bounds, n, method, max(p, p_runs), "difference", error, freedom, runs, spread)


def rate_ratio(before: Sequence[Times], after: Sequence[Times]) -> Effect:
    """Requests a second over those of the other side, from the times of arrival of each run.

    Within a run the counts of 20 equal windows give the spread, so that bursts count (the delta method, for the logarithm). A run of fewer
    than 5 requests has no rate.
    """
    n = sum(times.size for side in (before, after) for times in side)
    rates = [[_log_rate(times) for times in side if times.size >= FEWEST_BLOCKS and np.ptp(times)] for side in (before, after)]
    if not all(rates):
        return Effect(math.nan, math.nan, math.nan, n, "too few requests for a rate", math.nan, "ratio", runs=(len(before), len(after)))
    values = [[math.exp(level) for level, _ in side] for side in rates]
    within = tuple(float(np.mean([variance for _, variance in side])) for side in rates)
    if not any(within) and min(map(len, values)) == 1:
        ratio = values[1][0] / values[0][0]
        return Effect(ratio, ratio, ratio, n, "equal counts in all windows", float(ratio == 1), "ratio", runs=(len(before), len(after)))
    return figure_ratio(values[0], values[1], (within[0], within[1]), n, WINDOWS)


def _newcombe(before: Flags, after: Flags) -> tuple[float, float]:
    first, second = wilson(int(before.sum()), before.size), wilson(int(after.sum()), after.size)
    change = second.value - first.value
    low = change - math.hypot(second.value - second.low, first.high - first.value)
    return low, change + math.hypot(second.high - second.value, first.value - first.low)


def _log_rate(times: Times) -> tuple[float, float]:
    """The logarithm of the requests a second, and its variance."""
    counts = np.histogram(times, WINDOWS)[0]
    mean = float(counts.mean())
    return math.log((times.size - 1) / float(np.ptp(times))), float(counts.var(ddof=1)) / (WINDOWS * mean**2)
