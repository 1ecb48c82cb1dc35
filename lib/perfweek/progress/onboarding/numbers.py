"""The team's own numbers: where its requests spend their time, what its caches answer, what its dependencies need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfweek.blocks import ratio, share, slope
from perfweek.decisions.diagrams.calls import Observed
from perfweek.decisions.diagrams.inputs import architecture_calls
from perfweek.progress.onboarding.limits import Assumed, Limits, limits_of
from perfweek.stats import Estimate, block_quantile, block_share
from perfweek.target import Tier

TOP = 5
READS = ("GET", "HEAD")
_RESAMPLES = 400


@dataclass(frozen=True)
class Endpoint:
    """One route: its share of all time, requests, p95 in ms, statements a request, statements for each further item (NaN where pages all have
    one length, or for fewer than 30 requests that reached the warehouse with more than one item)."""

    route: str
    requests: int
    time_share: Estimate
    p95: Estimate
    statements: Estimate
    for_each_item: Estimate


@dataclass(frozen=True)
class Numbers:
    """`endpoints` by their share of time; `hits`: share of the reads that a cache answered; `failures`: share of requests with status 500 or
    more; `source`: the access log's evidence file."""

    endpoints: tuple[Endpoint, ...]
    hits: Estimate
    failures: Estimate
    limits: tuple[Limits, ...]
    budget_ms: float
    assumed: Assumed
    source: str


def numbers_of(log: pd.DataFrame, tiers: Sequence[Tier], budget_ms: float, assumed: Assumed, source: str) -> Numbers:
    """The numbers of an access log (access_log.SCHEMA)."""
    reads = log[log["method"].isin(READS) & (log["status"] < 400)]
    cached = ~reads["tier"].isin(["origin", "none", ""])
    return Numbers(
        endpoints=tuple(sorted(_endpoints(log), key=lambda one: -one.time_share.value)),
        hits=share(reads["time"], cached.astype(float), np.ones(len(reads))),
        failures=block_share(log["status"] >= 500, log["time"]),
        limits=tuple(limits_of(_timed(architecture_calls(log, tiers)), budget_ms, assumed)),
        budget_ms=budget_ms,
        assumed=assumed,
        source=source,
    )


def _timed(observed: Observed) -> Observed:
    """Without the cache tiers: the log has the time of the request that one answered, not of the tier."""
    return replace(observed, calls=observed.calls[~observed.calls["target"].str.startswith("tier:")])


def _endpoints(log: pd.DataFrame) -> Iterator[Endpoint]:
    for route, rows in log.groupby("route"):
        lists = rows[(rows["queries"] > 0) & (rows["items"] > 1)]
        known = len(lists) >= 30 and lists["items"].nunique() > 1
        yield Endpoint(
            route=str(route),
            requests=len(rows),
            time_share=ratio(log["time"], log["duration_ms"].where(log["route"] == route, 0.0), log["duration_ms"]),
            p95=block_quantile(rows["duration_ms"], rows["time"], 0.95, resamples=_RESAMPLES),
            statements=ratio(rows["time"], rows["queries"], np.ones(len(rows))),
            for_each_item=slope(lists["time"], lists["items"], lists["queries"])
            if known
            else Estimate(np.nan, np.nan, np.nan, len(lists), "no data"),
        )
