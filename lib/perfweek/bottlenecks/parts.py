"""The parts of a response time: what each request spent where.

The caller measures the whole, the service's log its own time and the time in the database. The rest of the service is divided
by what a request of its endpoint uses of CPU, which is known as a mean: of cache, serialisation and own code by the profile,
of waiting for a CPU by the operating system. What then remains, the request waited for the GIL or the event loop.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.blocks import Floats
from perfweek.stats import Estimate

PARTS = ("database", "cache", "serialisation", "own code", "cpu wait", "loop", "network")
CPU_PARTS = PARTS[1:5]
UNKNOWN = Estimate(math.nan, math.nan, math.nan, 0, "no data")
_Z = 1.959964


@dataclass(frozen=True)
class Cpu:
    """CPU time in ms that a request of an endpoint takes outside the database, by part (cache, serialisation, own code), and how long
    each ms of it waited for a CPU (`wait`, NaN where nobody watched). `source`: the evidence file of the profile."""

    ms: Mapping[str, Estimate]
    wait: Estimate
    source: str

    def drawn(self, resamples: int, seed: int) -> Floats:
        """(resamples + 1, 4) milliseconds of CPU_PARTS: the values themselves, then draws from their intervals. What is unknown is 0."""
        known = np.column_stack([_draws(self.ms.get(part, UNKNOWN), resamples, seed + place) for place, part in enumerate(CPU_PARTS[:3])])
        return np.column_stack([known, known.sum(axis=1) * _draws(self.wait, resamples, seed + 3)])


NO_CPU = Cpu({}, UNKNOWN, "")


def unknown_parts(cpu: Cpu, logged: bool) -> frozenset[str]:
    """The parts that nothing was measured of; they are contained in `loop` (or, without a log, in `network`)."""
    if not logged:
        return frozenset(PARTS[:-1])
    unknown = {part for part in CPU_PARTS[:3] if math.isnan(cpu.ms.get(part, UNKNOWN).value)}
    return frozenset(unknown | ({"cpu wait"} if math.isnan(cpu.wait.value) or len(unknown) == 3 else set()))


@dataclass(frozen=True)
class Divided:
    """Requests of one endpoint: `whole`, `database`, `rest` (of the service) and `network` in ms, each n long; whole is their sum."""

    times: Floats
    whole: Floats
    database: Floats
    rest: Floats
    network: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Divided":
        """`rows`: pairs.COLUMNS. Of a request without a partner in the log nothing is known: all of it counts as network."""
        whole = rows["client_ms"].to_numpy(float)
        service = np.clip(rows["service_ms"].fillna(0).to_numpy(float), 0, whole)
        database = np.clip(rows["database_ms"].fillna(0).to_numpy(float), 0, service)
        return cls(rows["time"].to_numpy(float), whole, database, service - database, whole - service)

    def busy(self, wanted: Floats) -> Floats:
        """(len(wanted), n): CPU time and waiting for a CPU of each request, for each of `wanted` (ms a request on average).

        A request cannot spend more of it than it was in the service: what short ones cannot hold goes to the longer ones, so each
        gets up to the one level at which the mean is as wanted.
        """
        return np.minimum(self.rest, _levels(self.rest, wanted)[:, None])

    def divided(self, cpu_ms: Floats, weight: Floats) -> Floats:
        """(resamples, PARTS): the weighted sums of the parts, for each row of `cpu_ms` (resamples, CPU_PARTS; ms a request on average) and of
        `weight` (resamples, n). No part is negative, and they sum to the weighted whole."""
        wanted = cpu_ms.sum(axis=1)
        busy = np.einsum("ij,ij->i", weight, self.busy(wanted))
        each = busy[:, None] * cpu_ms / np.where(wanted > 0, wanted, 1.0)[:, None]
        return np.column_stack([weight @ self.database, each, np.maximum(weight @ self.rest - busy, 0.0), weight @ self.network])

    def matrix(self, cpu_ms: Floats) -> Floats:
        """(n, PARTS): the parts of each request."""
        wanted = cpu_ms.sum(keepdims=True)
        busy = self.busy(wanted)[0]
        each = busy[:, None] * cpu_ms / (wanted if wanted[0] else 1.0)
        return np.column_stack([self.database, each, self.rest - busy, self.network])


def _levels(rest: Floats, wanted: Floats) -> Floats:
    """For each of `wanted` the cap at which the mean of `rest`, each capped by it, is as wanted; infinite where even the mean of `rest` is less."""
    n, ordered = len(rest), np.sort(rest)
    below = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])
    filled = (below + ordered * (n - np.arange(n))) / n
    place = np.searchsorted(filled, wanted)
    inside = np.minimum(place, n - 1)
    return np.where(place < n, (wanted * n - below[inside]) / (n - inside), np.inf)


def _draws(estimate: Estimate, resamples: int, seed: int) -> Floats:
    """The value, then draws from a normal with the estimate's interval, none below 0. Without an interval it is taken as it is."""
    if math.isnan(estimate.value):
        return np.zeros(resamples + 1)
    spread = (estimate.high - estimate.low) / (2 * _Z)
    draws = np.random.default_rng(seed).normal(estimate.value, 0.0 if math.isnan(spread) else spread, resamples)
    return np.concatenate([[estimate.value], np.maximum(draws, 0.0)])
