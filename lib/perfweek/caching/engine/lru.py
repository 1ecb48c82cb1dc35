"""An LRU cache of one size, simulated request by request: exact with a time to live from the fill, deletes, and objects of any size.

No list is kept: what a key's latest request is tells its place in the order of eviction, and one bit a request tells whether that request's
entry is still there. The entry to evict is the first bit that is set, and it only ever moves on; so a hit touches its own key and two bits, an
eviction none of the keys. What a key needs is asked for some requests before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from perfweek.caching.curve import Unit
from perfweek.caching.engine.bits import flip, inlined, kernel, next_set, prefetch
from perfweek.caching.engine.exact import Sizes
from perfweek.caching.engine.numbering import Ids, Numbering
from perfweek.caching.engine.requests import DELETE, NO_TTL, READ, Requests
from perfweek.caching.engine.ttl import Ttl, expires_at

Freeing = Literal["lazy", "eager"]
_OUT = -1
_AHEAD = 16  # requests
_HITS, _EXPIRED, _READS = 0, 1, 2


@dataclass(frozen=True)
class Replay:
    """What a cache of `size` (in `unit`) did: `hits` of `requests` reads; `expired`: misses whose entry was there, but too old."""

    size: int
    unit: Unit
    requests: int
    hits: int
    expired: int = 0

    @property
    def miss_ratio(self) -> float:
        """The share of requests that missed; NaN where there were no requests."""
        return 1 - self.hits / self.requests if self.requests else float("nan")


@dataclass(frozen=True)
class Numbered:
    """Requests with their keys numbered: once, for simulations at many sizes."""

    requests: Requests
    ids: Ids
    keys: int
    sizes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, requests: Requests) -> "Numbered":
        numbering = Numbering()
        ids = np.concatenate([numbering(part.keys) for part in requests.parts()] or [np.zeros(0, np.int32)])
        sizes = (
            np.zeros(0, np.int64)
            if requests.sizes is None
            else Sizes().looked_through(ids, numbering.size, requests.sizes)(ids, numbering.size, requests.sizes)
        )
        return cls(requests, ids, numbering.size, sizes)


def replay_lru(trace: Numbered, sizes: Sequence[int], unit: Unit = "objects", ttl: Ttl | None = None, freeing: Freeing = "lazy") -> list[Replay]:
    """An LRU cache at each of `sizes`. An entry that expired keeps its slot until it is asked for or evicted ('lazy'), or is freed at that moment
    ('eager'). By bytes, an entry keeps the size that it was filled with, and what does not fit even alone is never kept."""
    ttl = ttl or Ttl()
    expires = ttl.applies(trace.requests)
    empty = np.zeros(0, np.int64)
    if unit == "bytes":
        trace.requests.needs("sizes", "a cache by bytes")
    times = trace.requests.needs("times", "a time to live") if expires else empty
    ttls = empty if not expires or trace.requests.ttls is None else trace.requests.ttls
    kinds = np.zeros(0, np.int8) if trace.requests.kinds is None else trace.requests.kinds
    weights = trace.sizes if unit == "bytes" else empty
    rules = (ttl.microseconds, ttl.jitter, np.uint64(ttl.seed))
    fills = len(trace.requests) if expires and freeing == "eager" else 0
    found = []
    for size in sizes:
        inside = np.zeros((len(trace.requests) >> 6) + 1, np.uint64)
        last = np.full(trace.keys, _OUT, np.int32 if len(trace.requests) < 1 << 31 else np.int64)
        until = np.zeros(trace.keys if expires else 0, np.int64)
        heap = np.empty((fills, 2), np.int64)  # touched only as far as it is used
        held = np.zeros(trace.keys if unit == "bytes" else 0, np.int64)
        totals = np.zeros(3, np.int64)
        _replay(trace.ids, times, kinds, ttls, weights, *rules, np.int64(size), inside, last, until, held, heap, totals)
        found.append(Replay(int(size), unit, int(totals[_READS]), int(totals[_HITS]), int(totals[_EXPIRED])))
    return found


@kernel
def _later(heap, size, in_order, until, key):
    """Push (until, key): the earliest comes first."""
    place = size
    while not in_order and place and heap[(place - 1) >> 1, 0] > until:
        heap[place, 0], heap[place, 1] = heap[(place - 1) >> 1, 0], heap[(place - 1) >> 1, 1]
        place = (place - 1) >> 1
    heap[place, 0], heap[place, 1] = until, key
    return size + 1


@kernel
def _drop_first(heap, size):
    size -= 1
    until, key, place = heap[size, 0], heap[size, 1], 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and heap[child + 1, 0] < heap[child, 0]:
            child += 1
        if heap[child, 0] >= until:
            break
        heap[place, 0], heap[place, 1] = heap[child, 0], heap[child, 1]
        place = child
    heap[place, 0], heap[place, 1] = until, key
    return size


@inlined
def _take_out(inside, last, held, key):
    """Returns what it frees."""
    flip(inside, np.int64(last[key]))
    last[key] = _OUT
    return held[key] if held.size else np.int64(1)


@kernel
def _free_expired(inside, last, until, held, heap, first, end, in_order, used, oldest, now):
    """Take out what expires by now. Returns the first that waits, the end of those that do, and what is used."""
    while first < end and heap[first, 0] <= now:
        due, gone = heap[first, 0], heap[first, 1]
        if in_order:
            first += 1
        else:
            end = _drop_first(heap, end)
        if last[gone] >= oldest and until[gone] == due:  # else it was evicted or renewed since
            used -= _take_out(inside, last, held, gone)
    return first, end, used


@kernel
def _replay(ids, times, kinds, ttls, weights, default, jitter, seed, capacity, inside, last, until, held, heap, totals):
    used, oldest, first, end = np.int64(0), np.int64(0), 0, 0
    in_order = not ttls.size and jitter == 0  # what is filled first expires first: the heap is a queue
    for place in range(ids.size):
        if place + _AHEAD < ids.size:
            prefetch(last, np.int64(ids[place + _AHEAD]))
            if until.size:
                prefetch(until, np.int64(ids[place + _AHEAD]))
        key = ids[place]
        now = times[place] if times.size else 0
        if heap.size:
            first, end, used = _free_expired(inside, last, until, held, heap, first, end, in_order, used, oldest, now)
        kind = kinds[place] if kinds.size else READ
        there = last[key] >= oldest
        totals[_READS] += kind == READ
        if kind == READ and there and (not times.size or now < until[key]):
            totals[_HITS] += 1
            flip(inside, np.int64(last[key]))
            flip(inside, place)
            last[key] = place
            continue
        totals[_EXPIRED] += there and kind == READ
        if there:
            used -= _take_out(inside, last, held, key)
        weight = weights[place] if weights.size else np.int64(1)
        if kind == DELETE or weight > capacity:
            continue
        while used > capacity - weight:  # evict the oldest
            oldest = next_set(inside, oldest) + 1
            used -= held[ids[oldest - 1]] if held.size else np.int64(1)
        used += weight
        flip(inside, place)
        last[key] = place
        if held.size:
            held[key] = weight
        if times.size:
            ttl = ttls[place] if ttls.size and ttls[place] != NO_TTL else default
            until[key] = expires_at(now, ttl, jitter, seed, key)
            if heap.size:
                end = _later(heap, end, in_order, until[key], key)
