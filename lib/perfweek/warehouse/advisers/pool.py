"""How many connections a pool needs: the recorded arrivals and service times are replayed through pools of each size.

First come, first served, as pools do it. Erlang C assumes that arrivals come at random at one steady rate; real ones come in bursts,
so it is given as the contrast only. At another size the service times themselves may change with the warehouse's own queue:
the replay keeps them as they were.
"""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


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
