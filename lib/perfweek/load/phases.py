"""Latency by scenario, phase and endpoint, ramps and warm-up among them."""

import math
from dataclasses import dataclass

import pandas as pd

from perfweek.load.plan import Phase
from perfweek.load.run import LoadRun
from perfweek.stats import Estimate, block_quantiles, block_share

QS = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class PhaseLatency:
    """One endpoint in one phase: `requests` that started in it, response times in ms of those answered as expected, share of failures.

    Where the load changes or the service warms up there is no one response time, so quantiles have no interval.
    """

    phase: Phase
    endpoint: str
    requests: int
    p50: Estimate
    p95: Estimate
    p99: Estimate
    errors: Estimate


def phase_latencies(run: LoadRun) -> list[PhaseLatency]:
    """By time of the phase, then by name of the endpoint; none where the plan is not known."""
    requests, found = run.results.requests, []
    offset = requests["time"] - run.origin
    for phase in run.plan.phases:
        within = requests[(requests["scenario"] == phase.scenario) & (offset >= phase.start_s) & (offset < phase.end_s)]
        found += [_latency(phase, str(name), rows) for name, rows in within.groupby("endpoint", sort=True, observed=True)]
    return found


def _latency(phase: Phase, endpoint: str, rows: pd.DataFrame) -> PhaseLatency:
    good = rows[~rows["failed"]]
    if phase.kind == "plateau":
        quantiles = block_quantiles(good["duration_ms"], good["time"], QS)
    else:
        values = good["duration_ms"].quantile(list(QS))
        quantiles = [Estimate(float(value), math.nan, math.nan, len(good), f"{phase.kind}: no interval") for value in values]
    p50, p95, p99 = quantiles
    return PhaseLatency(phase, endpoint, len(rows), p50, p95, p99, block_share(rows["failed"], rows["time"]))
