"""An LRU cache of one size, simulated request by request: exact with a time to live from the fill, deletes, and objects of any size.

The cache is a linked list through arrays indexed by key number; a node is 16 bytes, four to a line of the processor's cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from perfweek.caching.curve import Unit
from perfweek.caching.engine.exact import Sizes
from perfweek.caching.engine.ttl import Ttl, expires_at
from perfweek.caching.engine.numbering import Ids, Numbering
from perfweek.caching.engine.requests import DELETE, FILL, NO_TTL, READ, Requests

Freeing = Literal["lazy", "eager"]
_NODE = np.dtype([("newer", np.int32), ("older", np.int32), ("until", np.int64)])
_OUT = -1
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
        sizes = np.zeros(0, np.int64) if requests.sizes is None else Sizes()(ids, numbering.size, requests.sizes)
        return cls(requests, ids, numbering.size, sizes)


def replay_lru(trace: Numbered, sizes: Sequence[int], unit: Unit = "objects", ttl: Ttl | None = None, freeing: Freeing = "lazy") -> list[Replay]:
    """An LRU cache at each of `sizes`. An entry that expired keeps its slot until it is asked for or evicted ('lazy'), or is freed at that moment
    ('eager'). By bytes, what does not fit even alone is never kept."""
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
        nodes = np.zeros(trace.keys + 1, _NODE)
        nodes["newer"] = _OUT
        heap = np.empty((fills, 2), np.int64)  # touched only as far as it is used
        held = np.zeros(trace.keys if unit == "bytes" else 0, np.int64)
        totals = np.zeros(3, np.int64)
        _replay(trace.ids, times, kinds, ttls, weights, *rules, np.int64(size), nodes, held, heap, totals)
        found.append(Replay(int(size), unit, int(totals[_READS]), int(totals[_HITS]), int(totals[_EXPIRED])))
    return found


@njit(cache=True, nogil=True)
def _unlink(nodes, key):
    newer, older = nodes[key].newer, nodes[key].older
    nodes[newer].older = older
    nodes[older].newer = newer
    nodes[key].newer = _OUT


@njit(cache=True, nogil=True)
def _put_on_top(nodes, key):
    top = nodes.size - 1  # the anchor: its older is the newest entry, its newer the oldest
    newest = nodes[top].older
    nodes[key].newer, nodes[key].older = top, newest
    nodes[newest].newer = key
    nodes[top].older = key


@njit(cache=True, nogil=True)
def _later(heap, size, until, key):
    """Push (until, key): the earliest comes first."""
    place = size
    while place and heap[(place - 1) >> 1, 0] > until:
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place, 0], heap[place, 1] = until, key
    return size + 1


@njit(cache=True, nogil=True)
def _drop_first(heap, size):
    size -= 1
    until, key, place = heap[size, 0], heap[size, 1], 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and heap[child + 1, 0] < heap[child, 0]:
            child += 1
        if heap[child, 0] >= until:
            break
        heap[place] = heap[child]
        place = child
    heap[place, 0], heap[place, 1] = until, key
    return size


@njit(cache=True, nogil=True)
def _replay(ids, times, kinds, ttls, weights, default, jitter, seed, capacity, nodes, held, heap, totals):
    anchor = nodes.size - 1
    nodes[anchor].newer = nodes[anchor].older = anchor
    used, waiting, hits, expired, reads = np.int64(0), 0, 0, 0, 0
    for place in range(ids.size):
        key = ids[place]
        now = times[place] if times.size else 0
        while waiting and heap[0, 0] <= now:
            due, gone = heap[0, 0], heap[0, 1]
            waiting = _drop_first(heap, waiting)
            if nodes[gone].newer != _OUT and nodes[gone].until == due:  # else it was evicted or renewed since
                used -= held[gone] if weights.size else 1
                _unlink(nodes, gone)
        kind = kinds[place] if kinds.size else READ
        inside = nodes[key].newer != _OUT
        if kind == DELETE:
            if inside:
                used -= held[key] if weights.size else 1
                _unlink(nodes, key)
            continue
        weight = weights[place] if weights.size else 1
        fresh = inside and (not times.size or now < nodes[key].until)
        if kind == READ:
            reads += 1
            hits += fresh
            expired += inside and not fresh
        if inside:
            _unlink(nodes, key)
            if weights.size:
                used += weight - held[key]
        elif weight <= capacity:
            used += weight
        if weight > capacity:
            used -= weight if inside else 0
            continue
        if weights.size:
            held[key] = weight
        if times.size and (kind == FILL or not fresh):
            ttl = ttls[place] if ttls.size and ttls[place] != NO_TTL else default
            nodes[key].until = expires_at(now, ttl, jitter, seed, key)
            if heap.size:
                waiting = _later(heap, waiting, nodes[key].until, key)
        while used > capacity:
            oldest = nodes[anchor].newer
            used -= held[oldest] if weights.size else 1
            _unlink(nodes, oldest)
        _put_on_top(nodes, key)
    totals[_HITS], totals[_EXPIRED], totals[_READS] = hits, expired, reads
