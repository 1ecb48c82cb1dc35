"""LRU stack distances in bytes: as in stack.py, but a slot is as large as its object.

What a request needs is the bytes of the objects above its own on the stack, and its own: the smallest cache that answers it. This is exact
where objects keep their size, for a cache that no single object overfills. A growing object pushes others out, a shrinking one leaves a
hole, and an object larger than a cache passes it by in reality: there the curve is within one object of a real cache.
"""

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.bits import inlined, kernel
from perfweek.caching.engine.numbering import Ids
from perfweek.caching.engine.requests import DELETE, FILL, PART, Whole
from perfweek.caching.engine.stack import FILLED, FIRST, STALE, WRITE, _pop, _push

_HOLE = -1
_NOW, _OCCUPIED, _HOLES = 0, 1, 2


class ByteStack:
    """The LRU stack of a stream, in bytes; `needed` takes the next requests of it."""

    def __init__(self) -> None:
        self._last = np.full(PART, FIRST, np.int64)
        self._state = np.zeros(3, np.int64)
        self._holes = np.empty(0, np.int64)
        self._make_positions(4 * PART)

    def needed(self, ids: Ids, known: int, sizes: Whole, kinds: npt.NDArray[np.int8] | None = None) -> Whole:
        """The bytes of the smallest cache that answers each request, or a code of stack.py. `known`: how many keys are numbered by now."""
        self._make_room(known, ids.size)
        found = np.empty(ids.size, np.int64)
        kinds = np.zeros(ids.size, np.int8) if kinds is None else kinds
        weights, blocks, groups, fields = self._levels
        _walk(ids, sizes, kinds, self._last, self._owner, weights, blocks, groups, fields, self._state, self._holes, found)
        return found

    def _make_room(self, known: int, more: int) -> None:
        if known > self._last.size:
            self._last = np.concatenate([self._last, np.full(known, FIRST, np.int64)])
        if self._state[_NOW] + more > self._owner.size:
            owner, weights, old = self._owner, self._levels[0], self._owner.size
            occupied = known + int(self._state[_HOLES])
            self._make_positions(old if 3 * (occupied + more) < 2 * old else 1 << (2 * (occupied + more)).bit_length())
            _move_together(owner, weights, self._last, self._owner, self._levels[0], self._holes, self._state)
            for level in range(3):
                sums = self._levels[level].reshape(-1, 64).sum(axis=1)
                self._levels[level + 1][: sums.size] = sums
        if self._holes.size < self._state[_HOLES] + 2 * more:
            self._holes = np.resize(self._holes, 2 * (int(self._state[_HOLES]) + 2 * more))

    def _make_positions(self, positions: int) -> None:
        self._owner = np.empty(positions, np.int32)
        fields = (positions >> 18) + 1
        self._levels = [np.zeros(size, np.int64) for size in (positions, positions >> 6, fields << 6, fields)]


@inlined
def _below(then, weights, blocks, groups, fields):
    """Bytes at positions before `then`."""
    block, group, field = then >> 6, then >> 12, then >> 18
    total = np.int64(0)
    counts, end = weights[block << 6 : (block << 6) + 64], then & 63
    for place in range(64):
        total += counts[place] if place < end else 0
    counts, end = blocks[group << 6 : (group << 6) + 64], block & 63
    for place in range(64):
        total += counts[place] if place < end else 0
    counts, end = groups[field << 6 : (field << 6) + 64], group & 63
    for place in range(64):
        total += counts[place] if place < end else 0
    for place in range(field):
        total += fields[place]
    return total


@inlined
def _change(position, by, weights, blocks, groups, fields):
    weights[position] += by
    blocks[position >> 6] += by
    groups[position >> 12] += by
    fields[position >> 18] += by


@kernel
def _walk(ids, sizes, kinds, last, owner, weights, blocks, groups, fields, state, holes, found):
    now, occupied, open_holes = state[_NOW], state[_OCCUPIED], state[_HOLES]
    for place in range(ids.size):
        key = ids[place]
        then = last[key]
        if kinds[place] == DELETE:
            found[place] = WRITE
            if then >= 0:
                last[key] = STALE
                owner[then] = _HOLE
                open_holes = _push(holes, open_holes, then)
            continue
        size = sizes[place]
        last[key] = now
        owner[now] = key
        found[place] = then
        if then >= 0:
            before = _below(then, weights, blocks, groups, fields)
            found[place] = occupied - before - weights[then] + size
            owner[then] = _HOLE  # its bytes are the first free ones below the holes above it
            open_holes = _push(holes, open_holes, then)
        if kinds[place] == FILL:
            found[place] = FILLED
        need = size
        while need > 0 and open_holes:
            top = holes[0]
            taken = min(need, weights[top])
            _change(top, -taken, weights, blocks, groups, fields)
            need -= taken
            if weights[top] == 0:
                open_holes = _pop(holes, open_holes)
        occupied += need
        _change(now, size, weights, blocks, groups, fields)
        now += 1
    state[_NOW], state[_OCCUPIED], state[_HOLES] = now, occupied, open_holes


@kernel
def _move_together(owner, weights, last, new_owner, new_weights, holes, state):
    new, open_holes = 0, 0
    for position in range(state[_NOW]):
        key = owner[position]
        if key == _HOLE:
            if weights[position]:
                holes[open_holes] = new
                open_holes += 1
        elif last[key] != position:
            continue
        if key != _HOLE or weights[position]:
            new_owner[new] = key
            new_weights[new] = weights[position]
            if key != _HOLE:
                last[key] = new
            new += 1
    for place in range(open_holes >> 1):  # the topmost first: a heap
        other = open_holes - 1 - place
        holes[place], holes[other] = holes[other], holes[place]
    state[_NOW], state[_HOLES] = new, open_holes
