"""Exact LRU stack distances in one pass over a trace (Mattson et al. 1970), for every cache size at once.

The distance of a request is the number of slots above its key on the LRU stack: a cache of `size` slots answers it
exactly when distance < size. A slot is known by the time of the latest request of its key, so the distance is the
number of occupied slots with a later time. Times are one bit each; occupied bits are counted a block of 512 at a time
by a Fenwick tree over closed blocks and by popcount within a block: O(log(n / 512)) a request, n / 8 bytes of bits.

A write that invalidates a key leaves a hole: its slot stays occupied, and the next request that misses a cache with
a hole fills it instead of evicting. On the stack: the topmost hole above the requested key is closed, and the place
that the key leaves becomes a hole. With this rule the distances stay exact for caches from which keys are deleted.
"""

import heapq

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

FIRST, STALE, WRITE = -1, -2, -3
"""Instead of a distance: the first request of a key, the first after a write to it, the write itself. All miss at every size."""

Ids = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
_BLOCK = 9  # bits of a position within a block of 512


def dense_ids(keys: npt.ArrayLike) -> Ids:
    """Number the keys 0, 1, 2... in the order of their first request. One array per key is then a plain index."""
    return np.ascontiguousarray(pd.factorize(pd.Series(keys))[0], dtype=np.int64)


def stack_distances(ids: Ids, writes: Marks | None = None) -> npt.NDArray[np.int32]:
    """The LRU stack distance of each request, in slots; FIRST, STALE or WRITE where there is none.

    `ids` are dense (see dense_ids); `writes` marks the entries that delete their key from the cache instead of reading it.
    """
    narrow = np.int32 if ids.size < 2**31 else np.int64
    return _walk(ids, _marks(writes), np.full(_keys(ids), FIRST, narrow))


def byte_distances(ids: Ids, sizes: npt.NDArray[np.int64], writes: Marks | None = None) -> npt.NDArray[np.int64]:
    """The bytes of the keys requested since each request's key was last requested, plus its own size: the smallest cache
    that answers the request; FIRST, STALE or WRITE where none does.

    Exact where a key keeps its size and nothing is deleted, for a cache that may split an object. A cache of whole
    objects leaves some of its space unused: with objects that are large against it, it misses a little more.
    """
    return _walk_bytes(ids, np.ascontiguousarray(sizes, np.int64), _marks(writes), np.full(_keys(ids), FIRST, np.int64))


def _marks(writes: Marks | None) -> Marks:
    return np.zeros(0, np.bool_) if writes is None else np.ascontiguousarray(writes, np.bool_)


def _keys(ids: Ids) -> int:
    return int(ids.max()) + 1 if ids.size else 0


@njit(cache=True)
def _popcount(word):  # LLVM turns this into the processor's instruction
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _count(bits, first_word, end_word):
    total = 0
    for word in range(first_word, end_word):
        total += _popcount(bits[word])
    return total


@njit(cache=True)
def _add(tree, block, amount):
    node = block + 1
    while node < tree.size:
        tree[node] += amount
        node += node & -node


@njit(cache=True)
def _before(tree, block):
    """The sum over the blocks before `block`."""
    total = 0
    while block > 0:
        total += tree[block]
        block &= block - 1
    return total


@njit(cache=True)
def _distance(bits, tree, occupied, then, now):
    """Occupied slots with a time after `then`. The block of `now` is still open: not in the tree yet."""
    word = then >> 6
    up_to_then = (np.uint64(2) << np.uint64(then & 63)) - np.uint64(1)
    if then >> _BLOCK == now >> _BLOCK:
        return _popcount(bits[word] & ~up_to_then) + _count(bits, word + 1, (now >> 6) + 1)
    block = then >> _BLOCK
    return occupied - _before(tree, block) - _count(bits, block << 3, word) - _popcount(bits[word] & up_to_then)


@njit(cache=True)
def _vacate(bits, tree, then, now):
    bits[then >> 6] ^= np.uint64(1) << np.uint64(then & 63)
    if then >> _BLOCK != now >> _BLOCK:
        _add(tree, then >> _BLOCK, -1)


@njit(cache=True)
def _walk(ids, writes, last):
    blocks = (ids.size >> _BLOCK) + 1
    bits = np.zeros(blocks << 3, np.uint64)
    tree = np.zeros(blocks + 1, np.int32)
    holes = [np.int64(0) for _ in range(0)]  # a heap of negative times: the topmost hole first
    distances = np.empty(ids.size, np.int32)
    occupied = 0
    for now in range(ids.size):
        if now & 511 == 0 and now:
            block = (now >> _BLOCK) - 1
            _add(tree, block, _count(bits, block << 3, (block + 1) << 3))
        then = np.int64(last[ids[now]])
        if writes.size and writes[now]:
            distances[now] = WRITE
            if then >= 0:
                last[ids[now]] = STALE
                heapq.heappush(holes, -then)
            continue
        last[ids[now]] = now
        distances[now] = then if then < 0 else _distance(bits, tree, occupied, then, now)
        vacated = then
        if holes and -holes[0] > then:
            vacated = -holes[0]
            if then >= 0:
                heapq.heapreplace(holes, -then)
            else:
                heapq.heappop(holes)
        if vacated >= 0:
            _vacate(bits, tree, vacated, now)
        else:
            occupied += 1
        bits[now >> 6] |= np.uint64(1) << np.uint64(now & 63)
    return distances


@njit(cache=True)
def _walk_bytes(ids, sizes, writes, last):
    weights = np.zeros(ids.size, np.int64)
    tree = np.zeros((ids.size >> 6) + 2, np.int64)
    needed = np.empty(ids.size, np.int64)
    total = 0
    for now in range(ids.size):
        then = last[ids[now]]
        needed[now] = then
        if then >= 0:
            block = then >> 6
            needed[now] = total - _before(tree, block) - weights[block << 6 : then + 1].sum() + sizes[now]
            total -= weights[then]
            _add(tree, block, -weights[then])
            weights[then] = 0
        if writes.size and writes[now]:
            needed[now] = WRITE
            last[ids[now]] = STALE if then >= 0 else then
            continue
        last[ids[now]] = now
        weights[now] = sizes[now]
        total += sizes[now]
        _add(tree, now >> 6, sizes[now])
    return needed
