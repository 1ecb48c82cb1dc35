"""A warehouse as a server that so many statements may use at once: more than that share it.

With n statements in it, each works at the rate min(1, slots / n). That holds in sum for any order in which a full warehouse takes
its queue, so that no queue need be recorded; replaying the work at the same size gives the recorded times back exactly.
(Egalitarian processor sharing with a limited rate: Kleinrock 1976, volume 2, section 4.4; replayed by virtual time.)
"""

import heapq
import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def work_of(starts_s: Floats, elapsed_s: Floats, slots: float) -> Floats:
    """What each statement would take alone, in seconds: its time in the warehouse, counted at the rate that it had."""
    ends = starts_s + elapsed_s
    times = np.concatenate([starts_s, ends])
    order = np.argsort(times, kind="stable")
    inside = np.cumsum(np.repeat([1, -1], len(starts_s))[order])
    at = times[order]
    worked = np.concatenate([[0.0], np.cumsum(np.diff(at) * np.minimum(1.0, slots / np.maximum(inside[:-1], 1)))])
    return np.interp(ends, at, worked) - np.interp(starts_s, at, worked)


def elapsed_of(starts_s: Floats, work_s: Floats, slots: float) -> Floats:
    """How long each statement is in the warehouse, in seconds, where they bring that work at those times. Cost: n log n."""
    return replay(starts_s, work_s, slots)[1]


def replay(starts_s: Floats, work_s: Floats, slots: float, pool: float = math.inf, clients: NDArray[np.int64] | None = None) -> tuple[Floats, Floats]:
    """The wait for a connection and the time in the warehouse of each statement, in seconds.

    Each client (all are one, unless told apart) has a pool of so many connections, given out first come, first served.
    """
    owners = (np.zeros(len(starts_s), dtype=np.int64) if clients is None else clients).tolist()
    held: dict[int, int] = dict.fromkeys(owners, 0)
    outside: dict[int, deque[int]] = {owner: deque() for owner in held}
    entered, ended = np.array(starts_s, dtype=float), np.empty(len(starts_s))
    inside: list[tuple[float, int]] = []
    virtual = now = 0.0

    def enter(place: int) -> None:
        entered[place] = now
        held[owners[place]] += 1
        heapq.heappush(inside, (virtual + float(work_s[place]), place))

    for place in [*np.argsort(starts_s, kind="stable").tolist(), -1]:
        start = math.inf if place < 0 else float(starts_s[place])
        while inside:
            rate = min(1.0, slots / len(inside))
            done = now + (inside[0][0] - virtual) / rate
            if done > start:
                virtual += (start - now) * rate
                break
            now, (virtual, leaving) = done, heapq.heappop(inside)
            ended[leaving] = now
            held[owners[leaving]] -= 1
            if outside[owners[leaving]]:
                enter(outside[owners[leaving]].popleft())
        now = start
        if place >= 0 and held[owners[place]] < pool:
            enter(place)
        elif place >= 0:
            outside[owners[place]].append(place)
    return entered - starts_s, ended - entered


def slots_seen(starts_s: Floats, queued_s: Floats, ends_s: Floats) -> float:
    """How many statements ran while another one waited, the median over that time; NaN where none waited."""
    began = np.minimum(starts_s + queued_s, ends_s)
    times = np.concatenate([starts_s, began, began, ends_s])
    ones = np.ones(len(starts_s))
    order = np.argsort(times, kind="stable")
    waiting = np.cumsum(np.concatenate([ones, -ones, 0 * ones, 0 * ones])[order])[:-1]
    running = np.cumsum(np.concatenate([0 * ones, 0 * ones, ones, -ones])[order])[:-1]
    lengths = np.diff(times[order])
    full = (waiting > 0) & (lengths > 0) & (running > 0)
    if not full.any():
        return float("nan")
    by_number = np.argsort(running[full])
    reached = np.cumsum(lengths[full][by_number])
    return float(running[full][by_number][np.searchsorted(reached, reached[-1] / 2)])
