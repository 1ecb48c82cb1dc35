"""CPU time a request of each endpoint: by the handler's frame in the stacks where the service says which function that is, else by regression."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from perfweek.profiling.cost import counted, cpu_per_request, per_request, per_window
from perfweek.profiling.handlers import endpoint_frames, endpoint_of
from perfweek.profiling.regression import cells, costs_by_regression
from perfweek.profiling.run import ProfileRun, Window
from perfweek.profiling.stacks import Stacks
from perfweek.stats import Estimate

Method = Literal["stacks", "regression", "none"]


@dataclass(frozen=True)
class EndpointCost:
    """CPU-milliseconds a request of one endpoint; `requests` of it behind the figure."""

    endpoint: str
    cost: Estimate
    requests: int


@dataclass(frozen=True)
class EndpointCosts:
    """The endpoints, the most expensive request first, and `method`: 'stacks' counts what ran below each handler, and `rest` is what a request
    of any endpoint costs outside of them (NaN for 'regression', which charges it to the endpoints)."""

    method: Method
    rows: tuple[EndpointCost, ...]
    rest: Estimate
    all: Estimate


def endpoint_costs(run: ProfileRun, requests: pd.DataFrame | None = None, process: pd.DataFrame | None = None) -> EndpointCosts:
    """CPU time by endpoint, from the stacks where handlers are known and sampled, else by regression over `requests` and `process` (columns as
    LoadRun has them; default: those of the profile run)."""
    windows = counted(run.on)
    frames = endpoint_frames(run.stacks, run.handlers)
    names = sorted({name for window in windows for name in window.served})
    if windows and set(frames.values()) & set(names):
        return _by_stacks(run, windows, frames, names)
    asked = run.requests if requests is None else requests
    return _by_regression(run, asked, run.process if process is None else process)


def _by_stacks(run: ProfileRun, windows: Sequence[Window], frames: dict[str, str], names: Sequence[str]) -> EndpointCosts:
    all_requests, ms_a_sample = per_window(windows)
    below = [_samples(window.stacks, frames) for window in windows]
    rows = []
    for name in names:
        requests = np.array([window.served.get(name, 0.0) for window in windows])
        samples = np.array([found[name] for found in below], dtype=float)
        cost = per_request(samples * ms_a_sample, requests) if name in run.handlers.values() else _no_handler(round(requests.sum()))
        rows.append(EndpointCost(name, _unseen(cost, ms_a_sample) if not samples.sum() else cost, round(requests.sum())))
    rest = per_request(np.array([found[""] for found in below]) * ms_a_sample, all_requests)
    return EndpointCosts("stacks", _ordered(rows), rest, cpu_per_request(run))


def _by_regression(run: ProfileRun, requests: pd.DataFrame, process: pd.DataFrame) -> EndpointCosts:
    names = sorted(set(requests["endpoint"]))
    unknown = Estimate(math.nan, math.nan, math.nan, 0, "not told apart by regression")
    if not names:
        return EndpointCosts("none", (), unknown, unknown)
    found = costs_by_regression(*cells(requests, process, names))
    rows = [EndpointCost(name, cost, int((requests["endpoint"] == name).sum())) for name, cost in zip(names, found, strict=True)]
    return EndpointCosts("regression", _ordered(rows), unknown, cpu_per_request(run))


def _samples(stacks: Stacks, frames: dict[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for stack, samples in stacks.items():
        found[endpoint_of(stack, frames)] += samples
    return found


def _unseen(cost: Estimate, ms_a_sample: np.ndarray) -> Estimate:
    """An endpoint that was never sampled costs something: fewer than three samples' worth with 95 % (Hanley and Lippman-Hand 1983)."""
    if math.isnan(cost.value) or not cost.n:
        return cost
    return Estimate(0.0, 0.0, 3 * float(ms_a_sample.mean()) / cost.n, cost.n, "no sample: rule of three")


def _no_handler(requests: int) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, requests, "cannot tell: its handler is not known")


def _ordered(rows: Sequence[EndpointCost]) -> tuple[EndpointCost, ...]:
    return tuple(sorted(rows, key=lambda row: (math.inf if math.isnan(row.cost.value) else -row.cost.value, row.endpoint)))
