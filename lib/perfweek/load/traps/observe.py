"""What a measured load run shows the detectors, made of its tables."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from perfweek.load.baseline import Baseline
from perfweek.load.latency import EndpointLatency
from perfweek.load.run import log_on_plateau
from perfweek.load.traps.trap import Endpoint, Generator, Machine, Observed, Warming
from perfweek.stats import CONFIDENCE, Estimate

CACHED = ("l1", "l2")
NOT_KNOWN = Estimate(math.nan, math.nan, math.nan, 0, "no data")
_FIRST, _SLOWEST, _FEWEST_SECONDS = 0.1, 0.9, 10


def observed_of(
    baseline: Baseline, log: pd.DataFrame, machine: Machine | None = None, generator_cores: Estimate = NOT_KNOWN, users: tuple[int, int] = (0, 0)
) -> Observed:
    """What a load run shows. `log`: the service's access log of the whole run (access_log.SCHEMA; no rows where it wrote none); `users`: virtual
    users that were busy at most, and that k6 had (the largest of its metrics vus and vus_max; 0 where unknown)."""
    run = baseline.run
    arrivals, dropped = run.arrivals
    steady = log_on_plateau(log, run)
    return Observed(
        endpoints=endpoints_of(baseline.endpoints, run.plateau, steady),
        generator=Generator(generator_cores, *users, arrivals, dropped) if users[1] or not math.isnan(generator_cores.value) else None,
        machine=machine,
        model=run.plan.model,
        slow_rate=slow_rate_of(run.plateau) if run.plan.model == "closed" else None,
        resolution_s=run.results.resolution_s,
        warming=warming_of(steady),
    )


def endpoints_of(latencies: Sequence[EndpointLatency], requests: pd.DataFrame, log: pd.DataFrame) -> list[Endpoint]:
    """The endpoints of `latencies`, with the spread of their answered `requests` (endpoint, duration_ms, failed) and the median time of the
    rows of the service's `log` (route, duration_ms; no rows where it wrote none)."""
    answered = requests[~requests["failed"] & (requests["duration_ms"] > 0)]
    spread = answered.groupby("endpoint", observed=True)["duration_ms"].quantile(np.array([0.1, 0.9])).to_dict()
    inside: Mapping[object, float] = log.groupby("route", observed=True)["duration_ms"].median().to_dict()
    return [
        Endpoint(
            one.endpoint,
            one.requests,
            one.refused,
            spread.get((one.endpoint, 0.1), math.nan),
            one.p50,
            spread.get((one.endpoint, 0.9), math.nan),
            inside.get(one.endpoint, math.nan),
        )
        for one in latencies
    ]


def slow_rate_of(requests: pd.DataFrame) -> Estimate | None:
    """Requests a second in the slowest tenth of the seconds over that of the others, with a t interval of the ratio of the two means.

    `requests`: time (epoch seconds, of the start) and duration_ms, of a constant load. None where too few seconds are known.
    """
    seconds = np.floor(requests["time"] - requests["time"].min()).astype(int) if len(requests) else pd.Series(dtype=int)
    each = requests.groupby(seconds)["duration_ms"].agg(["size", "median"]).iloc[:-1]
    slow = each["median"] >= each["median"].quantile(_SLOWEST) if len(each) else pd.Series(dtype=bool)
    if min(int(slow.sum()), int((~slow).sum())) < 2 or len(each) < _FEWEST_SECONDS:
        return None
    return _ratio_of_means(each.loc[slow, "size"].to_numpy(dtype=float), each.loc[~slow, "size"].to_numpy(dtype=float))


def warming_of(log: pd.DataFrame) -> Warming | None:
    """Answers from the cache in the first tenth of the time of the service's `log` (time, tier) and afterwards; None where nothing is cached."""
    asked = log[log["tier"].isin([*CACHED, "origin"])]
    if asked.empty or not asked["tier"].isin(CACHED).any():
        return None
    start, end = asked["time"].min(), asked["time"].max()
    first = asked["time"] <= start + _FIRST * (end - start)
    hits = asked["tier"].isin(CACHED)
    return Warming(int((hits & first).sum()), int(first.sum()), int((hits & ~first).sum()), int((~first).sum()))


def _ratio_of_means(top: np.ndarray, bottom: np.ndarray) -> Estimate:
    """Delta method, with the degrees of freedom of the smaller sample."""
    value = float(top.mean() / bottom.mean())
    spread = [sample.var(ddof=1) / len(sample) / sample.mean() ** 2 for sample in (top, bottom)]
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, min(len(top), len(bottom)) - 1)) * value * math.sqrt(sum(spread))
    return Estimate(value, max(0.0, value - half), value + half, len(top) + len(bottom), f"t interval over {len(top)} and {len(bottom)} seconds")
