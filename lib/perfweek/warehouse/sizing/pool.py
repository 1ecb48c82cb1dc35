"""How many connections a pool needs: the recorded arrivals and service times are replayed through pools of each size.

First come, first served, as pools do it. Erlang C assumes that arrivals come at random at one steady rate; real ones come in bursts,
so it is given as the contrast only. A larger pool lets more into the warehouse at once: `coupled_waits` replays both queues together.
"""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfweek.stats import Estimate
from perfweek.warehouse.sizing.sharing import replay

Floats = NDArray[np.float64]
DRAWS, STRETCHES, FEWEST = 40, 8, 50


@dataclass(frozen=True)
class PoolWait:
    """Waits for a connection, in seconds, in a pool of `size`; `erlang_c_s` is what the steady-state formula says of the mean."""

    size: int
    mean_s: float
    p95_s: float
    longest_s: float
    waited: float
    erlang_c_s: float


def replay_pool(arrivals_s: ArrayLike, services_s: ArrayLike, size: int) -> Floats:
    """The wait of each request in seconds, in the order given: it starts when it has arrived and a connection is free."""
    if size < 1:
        raise ValueError("a pool holds at least one connection")
    arrivals, services = np.asarray(arrivals_s, dtype=float), np.asarray(services_s, dtype=float)
    if arrivals.shape != services.shape or (services < 0).any():
        raise ValueError("arrivals and service times must be two lists of one length, no service shorter than nothing")
    free = [-math.inf] * size
    waits = np.empty(len(arrivals))
    for place in np.argsort(arrivals, kind="stable"):
        start = max(float(arrivals[place]), free[0])
        heapq.heapreplace(free, start + float(services[place]))
        waits[place] = start - arrivals[place]
    return waits


def pool_waits(arrivals_s: ArrayLike, services_s: ArrayLike, sizes: Iterable[int]) -> list[PoolWait]:
    """A row a size."""
    arrivals, services = np.asarray(arrivals_s, dtype=float), np.asarray(services_s, dtype=float)
    return [_row(size, replay_pool(arrivals, services, size), arrivals, services) for size in sizes]


def smallest_pool(arrivals_s: ArrayLike, services_s: ArrayLike, most_wait_s: float) -> PoolWait:
    """The smallest pool whose 95th percentile of waits is at most `most_wait_s`; each connection more never lengthens a wait."""
    low, high = 1, max(1, np.size(arrivals_s))
    while low < high:
        middle = (low + high) // 2
        if np.quantile(replay_pool(arrivals_s, services_s, middle), 0.95) <= most_wait_s:
            high = middle
        else:
            low = middle + 1
    return pool_waits(arrivals_s, services_s, (low,))[0]


@dataclass(frozen=True)
class CoupledWait:
    """Means in seconds with `size` connections a client: the wait for one, the time in the warehouse with its own queue; `p95_s` is of both
    together."""

    size: int
    pool_s: float
    warehouse_s: float
    p95_s: float

    @property
    def both_s(self) -> float:
        return self.pool_s + self.warehouse_s


def coupled_waits(stream: "Stream", work_s: Floats, slots: float, sizes: Iterable[int]) -> list[CoupledWait]:
    """A row a size: the pool, and behind it a warehouse in which `slots` statements at once have its whole speed and more share it."""
    found = []
    for size in sizes:
        pool, warehouse = replay(stream.arrivals_s, work_s, slots, size, stream.clients)
        found.append(CoupledWait(size, float(pool.mean()), float(warehouse.mean()), float(np.quantile(pool + warehouse, 0.95))))
    return found


def resampled_waits(stream: "Stream", size: int, draws: int = DRAWS, seed: int = 1) -> tuple[Estimate, Estimate]:
    """Mean and 95th percentile of the waits with pools of `size`: long stretches of time are drawn in place of the recorded ones and replayed
    one after the other, so that bursts stay whole and a backlog runs on. No bounds for fewer than FEWEST requests."""
    waits = stream.waits(size)
    mean, p95 = float(waits.mean()), float(np.quantile(waits, 0.95))
    if len(waits) < FEWEST:
        said = "replay; too few requests for an interval"
        return Estimate(mean, math.nan, math.nan, len(waits), said), Estimate(p95, math.nan, math.nan, len(waits), said)
    random = np.random.default_rng(seed)
    replays = [stream.redrawn(random).waits(size) for _ in range(draws)]
    drawn = np.array([(one.mean(), np.quantile(one, 0.95)) for one in replays if len(one)])
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    method = f"replay, {draws} resamples of {STRETCHES} stretches of time"
    return (
        Estimate(mean, min(float(low[0]), mean), max(float(high[0]), mean), len(waits), method),
        Estimate(p95, min(float(low[1]), p95), max(float(high[1]), p95), len(waits), method),
    )


@dataclass(frozen=True)
class Stream:
    """Requests for connections: when each came, how long it held one, and whose pool it came to."""

    arrivals_s: Floats
    services_s: Floats
    clients: NDArray[np.int64]

    def waits(self, size: int) -> Floats:
        """The wait of each, in seconds, with `size` connections in each client's pool."""
        waits = np.empty(len(self.arrivals_s))
        for client in np.unique(self.clients):
            own = self.clients == client
            waits[own] = replay_pool(self.arrivals_s[own], self.services_s[own], size)
        return waits

    def redrawn(self, random: np.random.Generator) -> "Stream":
        """As long a stream, of stretches that begin anywhere (on a circle) in this one."""
        order = np.argsort(self.arrivals_s, kind="stable")
        first, span = float(self.arrivals_s.min()), float(np.ptp(self.arrivals_s)) or 1.0
        twice = np.concatenate([self.arrivals_s[order] - first, self.arrivals_s[order] - first + span])
        length = span / STRETCHES
        starts = random.uniform(0, span, STRETCHES)
        places = [np.arange(*np.searchsorted(twice, (start, start + length))) for start in starts]
        moved = [twice[own] - start + number * length for number, (own, start) in enumerate(zip(places, starts, strict=True))]
        whose = order[np.concatenate(places) % len(order)]
        return Stream(np.concatenate(moved), self.services_s[whose], self.clients[whose])

    def at_once(self) -> int:
        """The most connections that one client would hold with an endless pool."""
        most = 0
        for client in np.unique(self.clients):
            own = self.clients == client
            times = np.concatenate([self.arrivals_s[own] + self.services_s[own], self.arrivals_s[own]])
            change = np.repeat([-1, 1], int(own.sum()))
            most = max(most, int(np.cumsum(change[np.argsort(times, kind="stable")]).max()))
        return most

    def smallest(self, most_wait_s: float) -> int:
        """The smallest size whose 95th percentile of waits, over all clients, is at most that."""
        low, high = 1, max(1, self.at_once())
        while low < high:
            middle = (low + high) // 2
            if np.quantile(self.waits(middle), 0.95) <= most_wait_s:
                high = middle
            else:
                low = middle + 1
        return low


def erlang_c_wait(rate: float, service_s: float, size: int) -> float:
    """The mean wait in seconds of random arrivals at `rate` a second; infinite where they bring more work than the pool does.

    By the recursion of Erlang's B formula, which does not overflow (Cooper 1981, chapter 3).
    """
    load = rate * service_s
    if load >= size:
        return math.inf
    blocked = 1.0
    for servers in range(1, size + 1):
        blocked = load * blocked / (servers + load * blocked)
    waiting = size * blocked / (size - load * (1 - blocked))
    return waiting * service_s / (size - load)


def _row(size: int, waits: Floats, arrivals: Floats, services: Floats) -> PoolWait:
    if not len(waits):
        return PoolWait(size, math.nan, math.nan, math.nan, math.nan, math.nan)
    span = float(np.ptp(arrivals))
    steady = erlang_c_wait(len(arrivals) / span, float(services.mean()), size) if span else math.nan
    return PoolWait(size, float(waits.mean()), float(np.quantile(waits, 0.95)), float(waits.max()), float((waits > 0).mean()), steady)
