"""Latency, errors and throughput of each endpoint, and whether the budget is met."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from perfweek.load.bounds import refused, timed_out, upper_quantiles
from perfweek.stats import Estimate, block_quantiles, block_share, mean_of_windows, wilson

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
ALL = "all requests"
Verdict = Literal["met", "missed", "cannot tell", "no data"]
_NONE_UNSENT = pd.DataFrame({"time": pd.Series(dtype=float), "endpoint": pd.Series(dtype=str)})


@dataclass(frozen=True)
class Quantiles:
    """Response times in ms."""

    p50: Estimate
    p95: Estimate
    p99: Estimate
    p999: Estimate


@dataclass(frozen=True)
class EndpointLatency:
    """One endpoint; latencies in ms, of the `n` requests that were answered as expected.

    `requests` counts all of them; `refused` and `timed_out` (together `unanswered`) are among the `failed`. Failed requests are in no
    quantile: a refused one would count as 0 ms. `unsent`: requests that dropped iterations would have sent. `upper` are the quantiles where
    failed and unsent requests count as slower than any answer. `time_share`: of all response time of the run.
    """

    endpoint: str
    requests: int
    n: int
    failed: int
    refused: int
    timed_out: int
    unsent: int
    mean_ms: float
    time_share: float
    p50: Estimate
    p95: Estimate
    p99: Estimate
    p999: Estimate
    upper: Quantiles
    errors: Estimate
    rate: Estimate

    @property
    def unanswered(self) -> int:
        return self.refused + self.timed_out

    @property
    def known_share(self) -> float:
        """The share of all requests, unsent ones among them, whose response time is known: quantiles beyond it are not."""
        return self.n / max(self.requests + self.unsent, 1)


def endpoint_latencies(requests: pd.DataFrame, unsent: pd.DataFrame = _NONE_UNSENT) -> list[EndpointLatency]:
    """One row an endpoint of `requests` (results.REQUEST_COLUMNS), the one that takes most response time first; `unsent` as bounds.unsent."""
    total_ms = float(requests["duration_ms"].sum())
    windows = _whole_seconds(requests)
    missing = {str(name): rows["time"] for name, rows in unsent.groupby("endpoint", observed=True)}
    found = [
        _latency(str(name), rows, missing.get(str(name), _NONE_UNSENT["time"]), total_ms, windows)
        for name, rows in requests.groupby("endpoint", sort=True, observed=True)
    ]
    return sorted(found, key=lambda latency: latency.time_share, reverse=True)


def overall(requests: pd.DataFrame, unsent: pd.DataFrame = _NONE_UNSENT) -> EndpointLatency:
    """All requests taken together, as k6's threshold takes them."""
    return _latency(ALL, requests, unsent["time"], float(requests["duration_ms"].sum()), _whole_seconds(requests))


def budget_verdict(latency: EndpointLatency, budget_ms: float) -> Verdict:
    """Whether 95 of 100 requests are answered within the budget, as far as the interval can tell.

    It is met only where it still is when every request that failed or was never sent counts as slower than any answer. More than 5 %
    of failures miss it whatever the others took, though they come in one burst; a median over it misses it too.
    """
    allowed = 1 - QUANTILES["p95"]
    if not latency.requests:
        return "no data"
    if wilson(latency.failed, latency.requests).low > allowed or latency.p95.low > budget_ms or latency.p50.low > budget_ms:
        return "missed"
    return "met" if latency.upper.p95.high <= budget_ms else "cannot tell"


def per_second(requests: pd.DataFrame, windows: np.ndarray) -> np.ndarray:
    """Requests that started in each of the consecutive whole seconds `windows` (epoch seconds)."""
    if not len(windows):
        return windows
    second = np.floor(requests["time"].to_numpy()).astype(int) - windows[0]
    return np.bincount(second[(second >= 0) & (second < len(windows))], minlength=len(windows))


def _latency(name: str, rows: pd.DataFrame, unsent_times: pd.Series, total_ms: float, windows: np.ndarray) -> EndpointLatency:
    good = rows[~rows["failed"]]
    quantiles = Quantiles(*block_quantiles(good["duration_ms"], good["time"], list(QUANTILES.values())))
    known = len(good) == len(rows) and not len(unsent_times)
    return EndpointLatency(
        endpoint=name,
        requests=len(rows),
        n=len(good),
        failed=len(rows) - len(good),
        refused=int(refused(rows).sum()),
        timed_out=int(timed_out(rows).sum()),
        unsent=len(unsent_times),
        mean_ms=float(good["duration_ms"].mean()),
        time_share=float(rows["duration_ms"].sum()) / total_ms if total_ms else 0.0,
        p50=quantiles.p50,
        p95=quantiles.p95,
        p99=quantiles.p99,
        p999=quantiles.p999,
        upper=quantiles if known else Quantiles(*upper_quantiles(rows, unsent_times, list(QUANTILES.values()))),
        errors=block_share(rows["failed"], rows["time"]),
        rate=mean_of_windows(per_second(rows, windows)),
    )


def _whole_seconds(requests: pd.DataFrame) -> np.ndarray:
    """The seconds that lie wholly between the first and the last request."""
    if requests.empty:
        return np.array([], dtype=int)
    return np.arange(np.ceil(requests["time"].min()), np.floor(requests["time"].max()), dtype=int)
