"""An LRU cache of one size, simulated request by request: exact with a time to live from the fill, deletes, and objects of any size.

The cache is a linked list through arrays indexed by key number; a node is 16 bytes, four to a line of the processor's cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from perfweek.caching.curve import Unit
from perfweek.caching.engine.bits import kernel
from perfweek.caching.engine.exact import Sizes
from perfweek.caching.engine.numbering import Ids, Numbering
from perfweek.caching.engine.requests import DELETE, NO_TTL, READ, Requests
from perfweek.caching.engine.ttl import Ttl, expires_at

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
        nodes = np.zeros(trace.keys + 1, _NODE)
        nodes["newer"] = _OUT
        heap = np.empty((fills, 2), np.int64)  # touched only as far as it is used
        held = np.zeros(trace.keys if unit == "bytes" else 0, np.int64)
        totals = np.zeros(3, np.int64)
        _replay(trace.ids, times, kinds, ttls, weights, *rules, np.int64(size), nodes, held, heap, totals)
        found.append(Replay(int(size), unit, int(totals[_READS]), int(totals[_HITS]), int(totals[_EXPIRED])))
    return found


@kernel
def _unlink(nodes, key):
    newer, older = nodes[key].newer, nodes[key].older
    nodes[newer].older = older
    nodes[older].newer = newer
    nodes[key].newer = _OUT


@kernel
def _put_on_top(nodes, key):
    top = nodes.size - 1  # the anchor: its older is the newest entry, its newer the oldest
    newest = nodes[top].older
    nodes[key].newer, nodes[key].older = top, newest
    nodes[newest].newer = key
    nodes[top].older = key


@kernel
def _later(heap, size, until, key):
    """Push (until, key): the earliest comes first."""
    place = size
    while place and heap[(place - 1) >> 1, 0] > until:
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


@kernel
def _take_out(nodes, held, key):
    """Returns what it frees."""
    _unlink(nodes, key)
    return held[key] if held.size else np.int64(1)


@kernel
def _free_expired(nodes, held, heap, waiting, used, now):
    """Take out what expires by now. Returns how many wait, and what is used."""
    while waiting and heap[0, 0] <= now:
        due, gone = heap[0, 0], heap[0, 1]
        waiting = _drop_first(heap, waiting)
        if nodes[gone].newer != _OUT and nodes[gone].until == due:  # else it was evicted or renewed since
            used -= _take_out(nodes, held, gone)
    return waiting, used


@kernel
def _make_room(nodes, held, used, most):
    """Evict the oldest until `most` is used."""
    while used > most:
        used -= _take_out(nodes, held, nodes[nodes.size - 1].newer)
    return used


@kernel
def _replay(ids, times, kinds, ttls, weights, default, jitter, seed, capacity, nodes, held, heap, totals):
    nodes[nodes.size - 1].newer = nodes[nodes.size - 1].older = nodes.size - 1
    used, waiting = np.int64(0), 0
    for place in range(ids.size):
        key = ids[place]
        now = times[place] if times.size else 0
        if heap.size:
            waiting, used = _free_expired(nodes, held, heap, waiting, used, now)
        kind = kinds[place] if kinds.size else READ
        inside = nodes[key].newer != _OUT
        totals[_READS] += kind == READ
        if kind == READ and inside and (not times.size or now < nodes[key].until):
            totals[_HITS] += 1
            _unlink(nodes, key)
            _put_on_top(nodes, key)
            continue
        totals[_EXPIRED] += inside and kind == READ
        if inside:
            used -= _take_out(nodes, held, key)
        weight = weights[place] if weights.size else np.int64(1)
        if kind == DELETE or weight > capacity:
            continue
        used = _make_room(nodes, held, used, capacity - weight) + weight
        _put_on_top(nodes, key)
        if held.size:
            held[key] = weight
        if times.size:
            ttl = ttls[place] if ttls.size and ttls[place] != NO_TTL else default
            nodes[key].until = expires_at(now, ttl, jitter, seed, key)
            if heap.size:
                waiting = _later(heap, waiting, nodes[key].until, key)
