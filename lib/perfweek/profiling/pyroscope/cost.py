"""CPU-milliseconds a request, from a continuous profile and the requests of the load."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from perfweek.profiling.pyroscope.study import Continuous
from perfweek.profiling.shares import tabulate
from perfweek.stats import Estimate, ratio_of_windows


def function_costs(study: Continuous, requests: pd.DataFrame) -> dict[str, Estimate]:
    """function -> CPU-milliseconds of its own a request, with t intervals over the windows; `requests` has a row each with `time` (epoch s)."""
    served = [float(counts.sum()) for counts in _served(study, requests)]
    if not sum(served):
        return {}
    table = tabulate([window.stacks for window in study.windows])
    ms = 1000 * study.sample_s
    return {function: _cost([ms * count for count in own], served) for function, own in zip(table.functions, table.own, strict=True)}


def endpoint_costs(study: Continuous, requests: pd.DataFrame) -> dict[str, Estimate]:
    """endpoint -> CPU-milliseconds of one of its requests; `requests` has a row each: `time` (epoch s), `endpoint`.

    Only endpoints that are both tagged in the profile and asked for under the same name.
    """
    windows, ms = _served(study, requests), 1000 * study.sample_s
    names = [name for name in study.endpoints if any(name in counts for counts in windows)]
    return {
        name: _cost([ms * one.endpoints.get(name, 0) for one in study.windows], [float(counts.get(name, 0)) for counts in windows]) for name in names
    }


def _served(study: Continuous, requests: pd.DataFrame) -> "list[pd.Series[int]]":
    """endpoint -> requests that started in the window, of each window."""
    return [requests["endpoint"][(requests["time"] >= one.started) & (requests["time"] < one.ended)].value_counts() for one in study.windows]


def _cost(cpu_ms: Sequence[float], served: Sequence[float]) -> Estimate:
    """Never below 0, n the requests."""
    found = ratio_of_windows(cpu_ms, served)
    return replace(found, low=found.low if math.isnan(found.low) else max(0.0, found.low), n=round(sum(served)))
