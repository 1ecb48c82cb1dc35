"""Exact LRU stack distances of a stream of requests (Mattson et al. 1970), for every cache size at once.

The distance of a request is the number of slots above its key on the LRU stack: a cache of `size` slots answers it exactly when
distance < size. A slot is known by its position, the order of the latest request of its key. Positions are one bit each; occupied bits are
counted by levels of 64: eight words are a block, 64 blocks a group, 64 groups a field. Within a level all 64 counts are added under a mask:
a few wide instructions without a branch, faster than the steps of a tree. When the positions run out the occupied ones move together, so
memory goes by the number of keys, not of requests.

A delete leaves a hole: its slot stays occupied, and the next request that misses a cache with a hole fills it instead of evicting.
On the stack: the topmost hole above the requested key is closed, and the place that the key leaves becomes a hole. With this rule the
distances stay exact for caches from which keys are deleted.
"""

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.bits import inlined, kernel, popcount, prefetch
from perfweek.caching.engine.numbering import Ids
from perfweek.caching.engine.requests import DELETE, FILL, PART

FIRST, STALE, WRITE, FILLED = -1, -2, -3, -4
"""Instead of a distance: the first request of a key, the first after a delete or an expiry, the delete itself, the fill. No size answers them."""
CODES = 4
_HOLE = -1  # the owner of a position whose key was deleted
_NOW, _OCCUPIED, _HOLES = 0, 1, 2
_AHEAD = 16  # requests


class Stack:
    """The LRU stack of a stream; `distances` takes the next requests of it."""

    def __init__(self) -> None:
        self._last = np.full(PART, FIRST, np.int32)
        self._state = np.zeros(3, np.int64)
        self._holes = np.empty(0, np.int64)
        self._make_positions(4 * PART)

    def distances(self, ids: Ids, known: int, kinds: npt.NDArray[np.int8] | None = None) -> npt.NDArray[np.int32]:
        """The distance of each request, or its code. `known`: how many keys are numbered by now."""
        self._make_room(known, ids.size)
        found = np.empty(ids.size, np.int32)
        where = (self._last, self._owner, self._bits, self._blocks, self._groups, self._fields, self._state)
        if (kinds is None or not kinds.any()) and not self._state[_HOLES]:
            _walk(ids, *where, found)
        else:
            if self._holes.size < self._state[_HOLES] + ids.size:
                self._holes = np.resize(self._holes, 2 * (int(self._state[_HOLES]) + ids.size))
            _walk_with_deletes(ids, np.zeros(ids.size, np.int8) if kinds is None else kinds, *where, self._holes, found)
        return found

    def inside(self, known: int) -> npt.NDArray[np.bool_]:
        """Which of the `known` keys have a slot."""
        return self._last[:known] >= 0

    def remove(self, ids: Ids) -> None:
        """Take keys off the stack as if they had never been requested. Not for a stream with deletes."""
        _remove(ids, self._last, self._bits, self._blocks, self._groups, self._fields)
        self._state[_OCCUPIED] -= ids.size

    def _make_room(self, known: int, more: int) -> None:
        if known > self._last.size:
            self._last = np.concatenate([self._last, np.full(known, FIRST, np.int32)])
        if self._state[_NOW] + more > self._owner.size:
            owner, bits, old = self._owner, self._bits, self._owner.size
            occupied = int(self._state[_OCCUPIED])
            self._make_positions(old if 3 * (occupied + more) < 2 * old else 1 << (2 * (occupied + more)).bit_length())
            _move_together(owner, bits, self._last, self._owner, self._holes, self._state)
            _occupy(occupied, self._bits, self._blocks, self._groups, self._fields)

    def _make_positions(self, positions: int) -> None:
        self._owner = np.empty(positions, np.int32)
        self._bits = np.zeros(positions >> 6, np.uint64)
        self._blocks = np.zeros(positions >> 9, np.int32)
        self._groups = np.zeros(((positions >> 21) + 1) << 6, np.int32)
        self._fields = np.zeros((positions >> 21) + 1, np.int32)


@inlined
def _below(then, bits, blocks, groups, fields):
    """Occupied positions before `then`."""
    word, block, group, field = then >> 6, then >> 9, then >> 15, then >> 21
    total = np.int32(0)
    counts, end = blocks[group << 6 : (group << 6) + 64], np.int32(block & 63)
    for place in range(64):
        total += counts[place] if np.int32(place) < end else np.int32(0)
    counts, end = groups[field << 6 : (field << 6) + 64], np.int32(group & 63)
    for place in range(64):
        total += counts[place] if np.int32(place) < end else np.int32(0)
    for place in range(field):
        total += fields[place]
    words, last = bits[block << 3 : (block << 3) + 8], word & 7
    within = popcount(bits[word] & ((np.uint64(1) << np.uint64(then & 63)) - np.uint64(1)))
    for place in range(8):
        within += popcount(words[place]) if place < last else 0
    return total + within


@inlined
def _change(position, by, bits, blocks, groups, fields):
    bits[position >> 6] ^= np.uint64(1) << np.uint64(position & 63)
    blocks[position >> 9] += by
    groups[position >> 15] += by
    fields[position >> 21] += by


@kernel
def _walk(ids, last, owner, bits, blocks, groups, fields, state, found):
    now, occupied = state[_NOW], state[_OCCUPIED]
    for place in range(ids.size):
        if place + _AHEAD < ids.size:
            prefetch(last, np.int64(ids[place + _AHEAD]))
        key = ids[place]
        then = np.int64(last[key])
        last[key] = now
        owner[now] = key
        if then >= 0:
            found[place] = occupied - 1 - _below(then, bits, blocks, groups, fields)
            _change(then, -1, bits, blocks, groups, fields)
        else:
            found[place] = then
            occupied += 1
        _change(now, 1, bits, blocks, groups, fields)
        now += 1
    state[_NOW], state[_OCCUPIED] = now, occupied


@kernel
def _walk_with_deletes(ids, kinds, last, owner, bits, blocks, groups, fields, state, holes, found):
    now, occupied, open_holes = state[_NOW], state[_OCCUPIED], state[_HOLES]
    for place in range(ids.size):
        key = ids[place]
        then = np.int64(last[key])
        if kinds[place] == DELETE:
            found[place] = WRITE
            if then >= 0:
                last[key] = STALE
                owner[then] = _HOLE
                open_holes = _push(holes, open_holes, then)
            continue
        last[key] = now
        owner[now] = key
        found[place] = then if then < 0 else occupied - 1 - _below(then, bits, blocks, groups, fields)
        if kinds[place] == FILL:
            found[place] = FILLED
        vacated = then
        if open_holes and holes[0] > then:
            vacated = holes[0]
            open_holes = _pop(holes, open_holes)
            if then >= 0:
                owner[then] = _HOLE
                open_holes = _push(holes, open_holes, then)
        if vacated >= 0:
            _change(vacated, -1, bits, blocks, groups, fields)
        else:
            occupied += 1
        _change(now, 1, bits, blocks, groups, fields)
        now += 1
    state[_NOW], state[_OCCUPIED], state[_HOLES] = now, occupied, open_holes


@kernel
def _remove(ids, last, bits, blocks, groups, fields):
    for place in range(ids.size):
        _change(np.int64(last[ids[place]]), -1, bits, blocks, groups, fields)
        last[ids[place]] = FIRST


@kernel
def _push(heap, size, position):
    """A heap with the largest position first."""
    place = size
    while place and heap[(place - 1) >> 1] < position:
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place] = position
    return size + 1


@kernel
def _pop(heap, size):
    size -= 1
    position, place = heap[size], 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= position:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = position
    return size


@kernel
def _move_together(owner, bits, last, new_owner, holes, state):
    new, hole = 0, state[_HOLES]
    for number in range(bits.size):
        word = bits[number]
        while word:
            lowest = word & (~word + np.uint64(1))
            key = owner[(number << 6) + popcount(lowest - np.uint64(1))]
            new_owner[new] = key
            if key == _HOLE:  # from the lowest up: written from behind they are a heap again
                hole -= 1
                holes[hole] = new
            else:
                last[key] = new
            new += 1
            word ^= lowest
    state[_NOW] = new


@kernel
def _occupy(count, bits, blocks, groups, fields):
    """Mark the first `count` positions."""
    for number in range(count >> 6):
        bits[number] = ~np.uint64(0)
    if count & 63:
        bits[count >> 6] = (np.uint64(1) << np.uint64(count & 63)) - np.uint64(1)
    for block in range((count + 511) >> 9):
        blocks[block] = min(count - (block << 9), 512)
        groups[block >> 6] += blocks[block]
        fields[block >> 12] += blocks[block]
