"""Caches of one size that evict by another rule than LRU: FIFO, LFU and S3-FIFO, simulated request by request, in objects.

FIFO evicts what was filled first. LFU evicts what was asked for least often since its fill, and of those what was asked for longest ago. S3-FIFO
(Yang et al., SOSP 2023): a tenth of the room is a small queue for newcomers; what was not asked for again there leaves a ghost and goes; what was
goes to the main queue, from where it is evicted when it was not asked for since it last came to the front; a ghost that is asked for is filled into
the main queue at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numba import njit

from perfweek.caching.engine.lru import Numbered, Replay
from perfweek.caching.engine.requests import DELETE, READ
from perfweek.errors import ParameterError

Policy = Literal["fifo", "lfu", "s3fifo"]
_SMALL_SHARE = 0.1
_MOST_USES = 3  # a counter of S3-FIFO has two bits
_PROMOTED = 2  # uses in the small queue that take a key to the main one
_IN_SMALL, _IN_MAIN, _GHOSTS = 0, 1, 2


def replay_policy(trace: Numbered, sizes: Sequence[int], policy: Policy) -> list[Replay]:
    """A cache of each of `sizes` objects with that rule. Raises ParameterError for a rule that is not there."""
    if policy not in _KERNELS:
        raise ParameterError(f"there is no eviction policy {policy!r}", remedy=f"There are: {', '.join(_KERNELS)}.")
    kinds = np.zeros(0, np.int8) if trace.requests.kinds is None else trace.requests.kinds
    found = []
    for size in sizes:
        reads, hits = _KERNELS[policy](trace.ids, kinds, int(size), trace.keys)
        found.append(Replay(int(size), "objects", int(reads), int(hits)))
    return found


@njit(cache=True, nogil=True)
def _push(ring, ends, key, stamps):
    """Put a key at the back of a queue: `ends` are the numbers of its front and back. An entry holds where its stamp does; where the ring is full
    the others, which were deleted, are cleared away. A ring is twice as long as the cache holds keys."""
    if ends[1] - ends[0] == ring.size:
        kept = np.empty(ring.size, np.int64)
        count = 0
        for number in range(ends[0], ends[1]):
            old = ring[number % ring.size]
            if stamps[old] == number:
                kept[count] = old
                count += 1
        for place in range(count):
            ring[place] = kept[place]
            stamps[kept[place]] = place
        ends[0], ends[1] = 0, count
    ring[ends[1] % ring.size] = key
    stamps[key] = ends[1]
    ends[1] += 1


@njit(cache=True, nogil=True)
def _pull(ring, ends, stamps):
    """Take the key at the front of a queue; -1 where it is empty."""
    while ends[0] < ends[1]:
        key, number = ring[ends[0] % ring.size], ends[0]
        ends[0] += 1
        if stamps[key] == number:
            stamps[key] = -1
            return key
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _fifo(ids, kinds, capacity, keys):
    ring, ends, stamps = np.empty(2 * capacity + 2, np.int64), np.zeros(2, np.int64), np.full(keys, -1, np.int64)
    used = hits = reads = 0
    for place in range(ids.size):
        key, kind = ids[place], kinds[place] if kinds.size else READ
        inside = stamps[key] >= 0
        if kind == DELETE:
            used -= inside
            stamps[key] = -1
            continue
        reads += kind == READ
        hits += kind == READ and inside
        if inside or capacity < 1:
            continue
        if used == capacity:
            _pull(ring, ends, stamps)
            used -= 1
        _push(ring, ends, key, stamps)
        used += 1
    return reads, hits


@njit(cache=True, nogil=True)
def _less(uses, since, one, other):
    return uses[one] < uses[other] or (uses[one] == uses[other] and since[one] < since[other])


@njit(cache=True, nogil=True)
def _rise(heap, at, place, uses, since):
    key = heap[place]
    while place and _less(uses, since, key, heap[(place - 1) >> 1]):
        heap[place] = heap[(place - 1) >> 1]
        at[heap[place]] = place
        place = (place - 1) >> 1
    heap[place] = key
    at[key] = place


@njit(cache=True, nogil=True)
def _sink(heap, at, place, size, uses, since):
    key = heap[place]
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _less(uses, since, heap[child + 1], heap[child]):
            child += 1
        if not _less(uses, since, heap[child], key):
            break
        heap[place] = heap[child]
        at[heap[place]] = place
        place = child
    heap[place] = key
    at[key] = place


@njit(cache=True, nogil=True)
def _drop(heap, at, place, size, uses, since):
    """Take the key at `place` out of the heap. Returns the new size."""
    at[heap[place]] = -1
    size -= 1
    if place < size:
        heap[place] = heap[size]
        at[heap[place]] = place
        _rise(heap, at, place, uses, since)
        _sink(heap, at, at[heap[place]], size, uses, since)
    return size


@njit(cache=True, nogil=True)
def _lfu(ids, kinds, capacity, keys):
    """A heap of the keys by their uses, and where each key is in it."""
    heap, at = np.empty(min(capacity, keys) + 1, np.int64), np.full(keys, -1, np.int64)
    uses, since = np.zeros(keys, np.int64), np.zeros(keys, np.int64)
    size = hits = reads = 0
    for place in range(ids.size):
        key, kind = ids[place], kinds[place] if kinds.size else READ
        inside = at[key] >= 0
        if kind == DELETE:
            if inside:
                size = _drop(heap, at, at[key], size, uses, since)
            continue
        reads += kind == READ
        hits += kind == READ and inside
        since[key] = place
        if inside:
            uses[key] += 1
            _sink(heap, at, at[key], size, uses, since)
        elif capacity > 0:
            if size == capacity:
                size = _drop(heap, at, 0, size, uses, since)
            uses[key] = 1
            heap[size] = key
            size += 1
            _rise(heap, at, size - 1, uses, since)
    return reads, hits


@njit(cache=True, nogil=True)
def _evict_newcomer(small, s_ends, s_stamps, main, m_ends, m_stamps, uses, left, counts):
    """The first newcomer that was not asked for again becomes a ghost; those before it move to the main queue."""
    while True:
        key = _pull(small, s_ends, s_stamps)
        if key < 0:
            return
        counts[_IN_SMALL] -= 1
        if uses[key] < _PROMOTED:
            counts[_GHOSTS] += 1
            left[key] = counts[_GHOSTS]
            return
        uses[key] = 0
        _push(main, m_ends, key, m_stamps)
        counts[_IN_MAIN] += 1


@njit(cache=True, nogil=True)
def _evict_resident(main, ends, stamps, uses, counts):
    """The first key of the main queue that was not asked for since it came to the front; the others go round again."""
    while True:
        key = _pull(main, ends, stamps)
        if key < 0:
            return
        if uses[key] == 0:
            counts[_IN_MAIN] -= 1
            return
        uses[key] -= 1
        _push(main, ends, key, stamps)


@njit(cache=True, nogil=True)
def _s3fifo(ids, kinds, capacity, keys):
    """`left` is when a key became a ghost, counted in ghosts: the last as many as the main queue holds are known."""
    room = max(1, int(capacity * _SMALL_SHARE))
    small, s_ends, s_stamps = np.empty(2 * capacity + 2, np.int64), np.zeros(2, np.int64), np.full(keys, -1, np.int64)
    main, m_ends, m_stamps = np.empty(2 * capacity + 2, np.int64), np.zeros(2, np.int64), np.full(keys, -1, np.int64)
    uses, left, counts = np.zeros(keys, np.int8), np.full(keys, -1, np.int64), np.zeros(3, np.int64)
    hits = reads = 0
    for place in range(ids.size):
        key, kind = ids[place], kinds[place] if kinds.size else READ
        inside = s_stamps[key] >= 0 or m_stamps[key] >= 0
        if kind == DELETE:
            counts[_IN_SMALL] -= s_stamps[key] >= 0
            counts[_IN_MAIN] -= m_stamps[key] >= 0
            s_stamps[key] = m_stamps[key] = left[key] = -1
            continue
        reads += kind == READ
        hits += kind == READ and inside
        if inside:
            uses[key] = min(uses[key] + 1, _MOST_USES)
            continue
        if capacity < 1:
            continue
        full = counts[_IN_SMALL] + counts[_IN_MAIN] >= capacity
        while counts[_IN_SMALL] + counts[_IN_MAIN] >= capacity:
            if counts[_IN_MAIN] > capacity - room or not counts[_IN_SMALL]:
                _evict_resident(main, m_ends, m_stamps, uses, counts)
            else:
                _evict_newcomer(small, s_ends, s_stamps, main, m_ends, m_stamps, uses, left, counts)
        uses[key] = 0
        ghost = left[key] >= 0 and counts[_GHOSTS] - left[key] < capacity - room
        left[key] = -1
        if ghost or (not full and not counts[_GHOSTS] and counts[_IN_SMALL] >= room):
            _push(main, m_ends, key, m_stamps)
            counts[_IN_MAIN] += 1
        else:
            _push(small, s_ends, key, s_stamps)
            counts[_IN_SMALL] += 1
    return reads, hits


_KERNELS: dict[str, Callable[..., Any]] = {"fifo": _fifo, "lfu": _lfu, "s3fifo": _s3fifo}
