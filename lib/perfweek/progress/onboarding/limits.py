"""Timeout, concurrency, bulkhead and breaker of each dependency, computed from what was measured of it.

- timeout: the p99.9 of answered calls, so that one good call in a thousand is given up (AWS Builders' Library, 'Timeouts, retries, and
  backoff with jitter'); no longer than what the caller's budget leaves.
- in flight: Little's law L = arrivals a second x seconds a call (Little 1961), as the busy seconds a second of the calls.
- concurrency: the smallest k with P(Poisson(L) > k) <= 0.1 %. With Poisson arrivals the number in flight is Poisson whatever the durations
  (M/G/infinity: Takács 1962); arrivals in bursts need more.
- bulkhead: of W workers each is at the dependency with p = L / W; the smallest k with P(Bin(W, p) > k) <= 0.1 %.
- breaker: opens at half of the calls bad; the fewest calls so that chance opens it in at most 0.1 % of the windows at the upper bound of
  the usual share of failures; open for t_open >= N t_half (1 - f) / f, so that at most f = 5 % of a worker's time goes into probes when all
  of its N breakers are open at once (Shopify Engineering, 'Your Circuit Breaker is Misconfigured', 2020).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, poisson

from perfweek.blocks import of_sums
from perfweek.decisions.diagrams.calls import SERVICE, Observed
from perfweek.stats import Estimate, block_quantiles, block_share, identified

RARE = 0.001
WASTE = 0.05
BAD_SHARE = 0.5
TIMEOUT_QUANTILES = (0.999, 0.99, 0.95)
_FEWEST, _MOST_CALLS = 5, 1000
_RESAMPLES = 400


@dataclass(frozen=True)
class Assumed:
    """What no log says: how many workers the service has, and how many breakers one of them meets."""

    workers: int = 40
    breakers: int = 4


@dataclass(frozen=True)
class Limits:
    """The limits of one dependency. `quantile` is the one behind the timeout: the highest that the calls bound on both sides; where that is
    below 0.999, the timeout is too short to be used and `usable` is False.

    Times in ms unless the name says seconds. `capped`: the budget, and not the measurement, sets the timeout.
    """

    dependency: str
    calls: int
    timeout: Estimate
    quantile: float
    capped: bool
    in_flight: Estimate
    concurrency: int
    bulkhead: int
    failures: Estimate
    fewest_calls: int
    open_s: float

    @property
    def usable(self) -> bool:
        return self.quantile >= TIMEOUT_QUANTILES[0]


def limits_of(observed: Observed, budget_ms: float, assumed: Assumed) -> Iterator[Limits]:
    """The limits of everything that the service calls and waits for, the busiest first."""
    calls = observed.calls[(observed.calls["source"] == SERVICE) & ~observed.calls["batch"].astype(bool)]
    seconds = max(1.0, float(observed.calls["time"].max() - observed.calls["time"].min())) if len(observed.calls) else 1.0
    for dependency in calls["target"].value_counts().index:
        yield _limits(observed.names[dependency][0], calls[calls["target"] == dependency], seconds, budget_ms, assumed)


def _limits(name: str, calls: pd.DataFrame, seconds: float, budget_ms: float, assumed: Assumed) -> Limits:
    answered = calls[~calls["failed"].astype(bool)]
    quantile = next((q for q in TIMEOUT_QUANTILES if identified(q, len(answered))), TIMEOUT_QUANTILES[-1])
    (timeout,) = block_quantiles(answered["duration_ms"].astype(float), answered["time"], (quantile,), resamples=_RESAMPLES)
    in_flight = little(calls["time"], calls["duration_ms"], seconds)
    failures = block_share(calls["failed"].astype(bool), calls["time"])
    usual = in_flight.value if math.isnan(in_flight.high) else in_flight.high
    limit_ms = min(timeout.value, budget_ms) if len(answered) else budget_ms
    return Limits(
        dependency=name,
        calls=len(calls),
        timeout=timeout,
        quantile=quantile,
        capped=not timeout.value <= budget_ms,
        in_flight=in_flight,
        concurrency=concurrency_limit(usual),
        bulkhead=bulkhead(assumed.workers, usual / assumed.workers),
        failures=failures,
        fewest_calls=fewest_calls(failures.high if not math.isnan(failures.high) else failures.value),
        open_s=open_seconds(assumed.breakers, limit_ms / 1000),
    )


def little(times: pd.Series, durations_ms: pd.Series, seconds: float) -> Estimate:
    """Calls in flight on average over `seconds`: busy seconds a second, with an interval by blocks of time."""
    windows = max(1, min(1000, math.floor(seconds)))
    place = np.minimum((times.to_numpy(dtype=float) - float(times.min())) * (windows / seconds), windows - 1).astype(int)
    busy = np.bincount(place, weights=durations_ms.to_numpy(dtype=float) / 1000, minlength=windows)
    middle, length = (np.arange(windows) + 0.5) * (seconds / windows), np.full(windows, seconds / windows)
    found = of_sums(middle, np.column_stack([busy, length]), lambda sums: sums[..., 0] / sums[..., 1])
    return Estimate(found.value, found.low, found.high, len(times), f"Little's law; {found.method}")


def concurrency_limit(in_flight: float) -> int:
    """The smallest k with P(Poisson(in_flight) > k) <= 0.1 %, at least 1."""
    return max(1, int(poisson.isf(RARE, in_flight))) if in_flight > 0 else 1


def bulkhead(workers: int, busy: float) -> int:
    """The smallest k with P(Bin(workers, busy) > k) <= 0.1 %, at least 1 and at most all workers; 16 workers busy with 0.1 each: 6."""
    return max(1, min(workers, int(binom.isf(RARE, workers, min(1.0, max(0.0, busy))))))


def fewest_calls(usual_failures: float, bad_share: float = BAD_SHARE) -> int:
    """The fewest calls at which `bad_share` of them fail by chance in at most 0.1 % of the windows, from 5 to 1000."""
    counts = np.arange(_FEWEST, _MOST_CALLS + 1)
    chance = binom.sf(np.ceil(bad_share * counts) - 1, counts, min(1.0, usual_failures))
    # one more call may reach the share with one bad call fewer, so the chance goes up and down: it has to stay low from there on
    late = np.flatnonzero(chance > RARE)
    return int(counts[min(late[-1] + 1, len(counts) - 1)]) if len(late) else _FEWEST


def open_seconds(breakers: int, probe_s: float, waste: float = WASTE) -> float:
    """The open time at which probes take at most the share `waste` of a worker's time when all its breakers are open."""
    return breakers * probe_s * (1 - waste) / waste


def probe_waste(breakers: int, probe_s: float, open_s: float) -> float:
    """The share of a worker's time that probes take: N t_half / (N t_half + t_open); 42 breakers, 0.05 s, 30 s: 6.5 %."""
    return breakers * probe_s / (breakers * probe_s + open_s)
