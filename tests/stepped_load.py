"""Loads in steps made of tables: what each level asked, and what a service of a known law answered."""

import numpy as np
import pandas as pd

from perfweek.load.capacity.cells import Cell, cells_of
from perfweek.load.capacity.result import Capacity
from perfweek.load.plan import Phase, Plan

ORIGIN = 1_700_000_000.0
BUDGET_MS = 200.0
NOTHING = pd.DataFrame({"time": [], "dropped": []}, dtype=float).astype({"dropped": int})


def plan_of_levels(rates: list[float], seconds: float) -> Plan:
    phases = [Phase("capacity", "plateau", place * seconds, (place + 1) * seconds, rate, rate) for place, rate in enumerate(rates)]
    return Plan(tuple(phases), "open", seconds * len(rates))


def arrivals_of(plan: Plan) -> np.ndarray:
    """Evenly spaced, as k6 makes them."""
    return np.concatenate([phase.start_s + np.arange(round(phase.low * (phase.end_s - phase.start_s))) / phase.low for phase in plan.phases])


def requests_of(starts: np.ndarray, durations_s: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"time": ORIGIN + starts, "duration_ms": 1000 * durations_s, "failed": False})


def served_in_turn(plan: Plan, capacity: float, seed: int) -> pd.DataFrame:
    """One server that takes on average 1 / capacity seconds, exponentially, and works in the order of arrival (Lindley's recursion)."""
    starts = arrivals_of(plan)
    work = np.cumsum(np.random.default_rng(seed).exponential(1 / capacity, len(starts)))
    ends = work + np.maximum.accumulate(starts - np.concatenate([[0], work[:-1]]))
    return requests_of(starts, ends - starts)


def cells_from(requests: pd.DataFrame, plan: Plan, iterations: pd.DataFrame = NOTHING, **cpu: pd.DataFrame) -> tuple[Cell, ...]:
    return cells_of(requests, iterations, plan, ORIGIN, BUDGET_MS, cpu)


def steady(cores: float, seconds: float) -> pd.DataFrame:
    """CPU time of a process that keeps `cores` busy."""
    times = np.arange(0, seconds + 0.5, 0.25)
    return pd.DataFrame({"epoch_s": ORIGIN + times, "cpu_s": cores * times})


def capacity_of(cells: tuple[Cell, ...], stopped: bool = False, reason: str = "", remedy: str = "") -> Capacity:
    """The study of `cells`, on a machine of two cores with a generator of 100 virtual users, for a baseline of 50 a second."""
    files = ("evidence/capacity-monday/k6.csv.gz", "evidence/capacity-monday/generator.csv")
    return Capacity(cells, BUDGET_MS, 2, 100, {"rate": 50.0}, stopped, *files, reason, remedy)
