"""What the removal of something from the requests of an endpoint could give back at most (Amdahl 1967)."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from perfweek.blocks import Blocks, Floats
from perfweek.bottlenecks.quantiles import Left, Q
from perfweek.stats import Estimate, identified

RESAMPLES = 1000
MS, SHARE = (0.0, math.inf), (0.0, 1.0)
_LARGEST = 20_000_000
_AT_ONCE = 50


@dataclass(frozen=True)
class Removal:
    """`ms`: what it takes of a request of the endpoint, on average. Gains: `of_mean` a share of the endpoint's mean, `of_p95` ms of its
    95th percentile, `of_all` a share of the response time of all endpoints."""

    ms: Estimate
    of_mean: Estimate
    of_p95: Estimate
    of_all: Estimate


@dataclass(frozen=True)
class Requests:
    """The requests of a load, `frame` with the columns of `pairs.pair`, and one set of resamples for all that is asked of them."""

    frame: pd.DataFrame

    @cached_property
    def blocks(self) -> Blocks:
        return Blocks.of(self.frame["time"])

    @cached_property
    def weights(self) -> Floats:
        """(1 + resamples, cells); the first row is the data as they are."""
        resamples = int(np.clip(_LARGEST // len(self.frame), 100, RESAMPLES))
        return np.concatenate([np.ones((1, self.blocks.cells)), self.blocks.weights(resamples, 1)])

    @cached_property
    def total_ms(self) -> Floats:
        """The response time of all endpoints in each resample."""
        return self.weights @ self.blocks.sums(self.frame["time"], self.frame[["client_ms"]])[:, 0]

    def removal(self, endpoint: str, ms: ArrayLike) -> Removal:
        """`ms`: what to remove, one value for each row of `frame` in its order; more than the request took counts as all of it."""
        chosen = (self.frame["endpoint"] == endpoint).to_numpy()
        rows = self.frame[chosen]
        whole, times = rows["client_ms"].to_numpy(float), rows["time"].to_numpy(float)
        removed = np.clip(np.asarray(ms, float)[chosen], 0, whole)
        sums = self.weights @ self.blocks.sums(times, np.column_stack([np.ones(len(rows)), whole, removed]))
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums[:, 2:] / np.column_stack([sums[:, 0], sums[:, 1], self.total_ms])
        of_mean, of_tail = (self.blocks.widening(whole, times, q) for q in (0.5, Q))
        ms_found, share, of_all = (
            self.blocks.interval(float(one[0]), one[1:], len(rows), of_mean, most) for one, most in zip(means.T, (MS, SHARE, SHARE), strict=True)
        )
        tail = self._tail_gains(whole, removed, times)
        of_p95 = self.blocks.interval(float(tail[0]), tail[1:], len(rows), of_tail, MS)
        if not identified(Q, len(rows)):
            of_p95 = Estimate(of_p95.value, np.nan, np.nan, len(rows), f"{of_p95.method}; too few observations for an interval")
        return Removal(ms_found, share, of_p95, of_all)

    def _tail_gains(self, whole: Floats, removed: Floats, times: Floats) -> Floats:
        """The 95th percentile less the one of what is left, in each resample."""
        before, after, cell = Left.of(whole), Left.of(whole - removed), self.blocks.cell(times)
        found = []
        for first in range(0, len(self.weights), _AT_ONCE):
            weight = self.weights[first : first + _AT_ONCE][:, cell]
            found.append(np.maximum(before.quantile(weight) - after.quantile(weight), 0))
        return np.concatenate(found)
