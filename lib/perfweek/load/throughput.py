"""What was asked of the service each second, and what it did."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.load.bounds import refused, timed_out
from perfweek.load.plan import Phase, Plan
from perfweek.load.run import LoadRun
from perfweek.stats import Estimate, mean_of_windows

FAILURES = ("refused", "timed out", "answered with an error", "never sent")
_MOST_STEPS = 120
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LevelRate:
    """A plateau of the load: arrivals a second as planned (NaN in a closed model, which has no rate of its own), iterations finished a
    second with their interval, and how many arrivals could not be started."""

    phase: Phase
    offered: float
    done: Estimate
    dropped: int


def level_rates(run: LoadRun) -> list[LevelRate]:
    """One for each plateau that lasted a whole second, in order of time."""
    return [_rate(run, phase) for phase in run.plan.plateaus if phase.end_s - phase.start_s >= 1]


def over_time(run: LoadRun) -> pd.DataFrame:
    """start_s and end_s (since the start of the load) of each step; arrivals a second as planned (`offered`, NaN where the plan is not that
    of an open model); iterations finished a second (`done`); and by cause what failed a second: a column for each of FAILURES."""
    requests, iterations = run.results.requests, run.results.iterations
    last = max(float((rows["time"] - run.origin).max()) for rows in (requests, iterations if len(iterations) else requests))
    step_s = max(1.0, math.ceil(last / _MOST_STEPS))
    edges = np.arange(0, math.ceil(last / step_s) + 1, dtype=np.float64) * step_s
    failed = {
        "refused": refused(requests),
        "timed out": timed_out(requests),
        "answered with an error": requests["failed"] & (requests["status"] != 0),
    }
    finished = iterations if iterations["done"].any() else requests.assign(done=1)
    columns = {"done": _a_second(finished["time"], edges, run.origin, finished["done"].to_numpy(dtype=float))}
    columns |= {name: _a_second(requests.loc[rows, "time"], edges, run.origin) for name, rows in failed.items()}
    columns["never sent"] = _a_second(iterations["time"], edges, run.origin, run.drops(iterations)["dropped"].to_numpy(dtype=float))
    return pd.DataFrame({"start_s": edges[:-1], "end_s": edges[1:], "offered": offered(run.plan, edges), **columns})


def offered(plan: Plan, edges: Floats) -> Floats:
    """Mean arrivals a second as planned between neighbouring `edges` (seconds since the start); NaN unless every scenario has a rate."""
    if plan.model != "open":
        return np.full(len(edges) - 1, math.nan)
    arrived = np.zeros(len(edges))
    for phase in plan.phases:
        into = np.clip(edges, phase.start_s, phase.end_s) - phase.start_s
        steepness = (phase.high - phase.low) / (phase.end_s - phase.start_s)
        arrived += phase.low * into + steepness * into**2 / 2
    return np.diff(arrived) / np.diff(edges)


def _rate(run: LoadRun, phase: Phase) -> LevelRate:
    iterations = run.results.iterations
    rows = iterations[iterations["scenario"] == phase.scenario]
    edges = np.arange(math.ceil(phase.start_s), math.floor(phase.end_s) + 1, dtype=np.float64)
    within = (rows["time"] - run.origin).between(phase.start_s, phase.end_s, inclusive="left")
    done = np.diff(edges) * _a_second(rows["time"], edges, run.origin, rows["done"].to_numpy(dtype=float)) if len(edges) > 1 else np.array([])
    rate = phase.low if run.plan.model == "open" else math.nan
    return LevelRate(phase, rate, mean_of_windows(done), int(run.drops(rows)["dropped"][within].sum()))


def _a_second(times: pd.Series, edges: Floats, origin: float, weights: Floats | None = None) -> Floats:
    counts, _ = np.histogram(times.to_numpy(dtype=float) - origin, edges, weights=weights)
    return counts / np.diff(edges)
