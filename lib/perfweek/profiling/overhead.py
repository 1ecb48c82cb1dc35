"""What the profiler costs the service: each window with it over its neighbour without it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from perfweek.profiling.run import ProfileRun, Window
from perfweek.stats import Estimate, mean_of_windows

FEWEST_REQUESTS = 20
"""A window with fewer answers has no 95th percentile worth a ratio."""


@dataclass(frozen=True)
class Overhead:
    """Ratios with / without the profiler of median and 95th percentile of the response times and of CPU time a request, and how many cores the
    profiler itself keeps busy."""

    p50: Estimate
    p95: Estimate
    cpu: Estimate
    profiler_cores: Estimate


def overhead(run: ProfileRun) -> Overhead:
    """The profiler's cost with t intervals over pairs of windows; NaN where no pair has requests."""
    cores = [window.slot.profiler_cpu_s / (window.slot.ended - window.slot.started) for window in run.on if window.slot.ended > window.slot.started]
    return Overhead(
        _ratio(run, lambda window: _quantile(window, 0.5)),
        _ratio(run, lambda window: _quantile(window, 0.95)),
        _ratio(run, _cpu),
        _never_negative(mean_of_windows(cores)),
    )


def _never_negative(cores: Estimate) -> Estimate:
    return cores if math.isnan(cores.low) else replace(cores, low=max(0.0, cores.low))


def _ratio(run: ProfileRun, quantity: Callable[[Window], float]) -> Estimate:
    """The geometric mean of the ratios of the pairs, since twice as slow and half as slow cancel."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log([quantity(on) for _, on in run.pairs]) - np.log([quantity(off) for off, _ in run.pairs])
    found = mean_of_windows(logs[np.isfinite(logs)])
    method = f"geometric mean and t interval over {found.n} pairs of windows" if found.n else "no data"
    return replace(found, value=math.exp(found.value), low=math.exp(found.low), high=math.exp(found.high), method=method)


def _quantile(window: Window, q: float) -> float:
    answered = window.requests.loc[~window.requests["failed"].astype(bool), "duration_ms"]
    return float(answered.quantile(q)) if len(answered) >= FEWEST_REQUESTS else math.nan


def _cpu(window: Window) -> float:
    requests = sum(window.served.values())
    return window.slot.cpu_s / requests if requests else math.nan
