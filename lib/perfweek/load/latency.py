"""Latency, errors and throughput of each endpoint on the plateau, and whether the budget is met."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from perfweek.stats import Estimate, block_quantiles, mean_of_windows, wilson

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
Verdict = Literal["met", "missed", "cannot tell", "no data"]


@dataclass(frozen=True)
class EndpointLatency:
    """One endpoint on the plateau; latencies in ms, of the `n` requests that were answered as expected.

    `requests` counts all of them, `unanswered` those without any answer (refused, timed out), which `failed` includes.
    Failed requests are in no quantile: a refused one would count as 0 ms. `time_share`: of all response time of the run.
    """

    endpoint: str
    requests: int
    n: int
    failed: int
    unanswered: int
    mean_ms: float
    time_share: float
    p50: Estimate
    p95: Estimate
    p99: Estimate
    errors: Estimate
    rate: Estimate


def endpoint_latencies(requests: pd.DataFrame) -> list[EndpointLatency]:
    """One row an endpoint of `requests` (results.REQUEST_COLUMNS), the one that takes most response time first."""
    total_ms = float(requests["duration_ms"].sum())
    windows = _whole_seconds(requests)
    found = [_latency(str(name), rows, total_ms, windows) for name, rows in requests.groupby("endpoint", sort=True)]
    return sorted(found, key=lambda latency: latency.time_share, reverse=True)


def overall(requests: pd.DataFrame) -> EndpointLatency:
    """All requests taken together, as k6's threshold takes them."""
    return _latency("all requests", requests, float(requests["duration_ms"].sum()), _whole_seconds(requests))


def budget_verdict(latency: EndpointLatency, budget_ms: float, dropped: float = 0.0) -> Verdict:
    """Whether 95 of 100 requests are answered within the budget, as far as the interval can tell.

    A failed request is over any budget, so more than 5 % of them miss it whatever the others took; a median over it misses it too.
    With more than 5 % of the arrivals failed or `dropped` (a share: never sent, because too many waited) the budget is not called met.
    """
    allowed = 1 - QUANTILES["p95"]
    if not latency.requests:
        return "no data"
    if latency.errors.low > allowed or latency.p95.low > budget_ms or latency.p50.low > budget_ms:
        return "missed"
    if latency.p95.high <= budget_ms and latency.errors.value + dropped <= allowed:
        return "met"
    return "cannot tell"


def per_second(requests: pd.DataFrame, windows: np.ndarray) -> np.ndarray:
    """Requests that started in each of the consecutive whole seconds `windows` (epoch seconds)."""
    if not len(windows):
        return windows
    second = np.floor(requests["time"].to_numpy()).astype(int) - windows[0]
    return np.bincount(second[(second >= 0) & (second < len(windows))], minlength=len(windows))


def _latency(name: str, rows: pd.DataFrame, total_ms: float, windows: np.ndarray) -> EndpointLatency:
    good = rows[~rows["failed"]]
    p50, p95, p99 = block_quantiles(good["duration_ms"], good["time"], list(QUANTILES.values()))
    failed, unanswered = int(rows["failed"].sum()), int((rows["status"] == 0).sum())
    return EndpointLatency(
        endpoint=name,
        requests=len(rows),
        n=len(good),
        failed=failed,
        unanswered=unanswered,
        mean_ms=float(good["duration_ms"].mean()),
        time_share=float(rows["duration_ms"].sum()) / total_ms if total_ms else 0.0,
        p50=p50,
        p95=p95,
        p99=p99,
        errors=wilson(failed, len(rows)),
        rate=mean_of_windows(per_second(rows, windows)),
    )


def _whole_seconds(requests: pd.DataFrame) -> np.ndarray:
    """The seconds that lie wholly between the first and the last request."""
    if requests.empty:
        return np.array([], dtype=int)
    return np.arange(np.ceil(requests["time"].min()), np.floor(requests["time"].max()), dtype=int)
