"""Keys to the numbers 0, 1, 2... in the order of their first request: an array with an entry for each key is then a plain index.

Numbers of popular keys are small, since these come early: what is known of them shares lines of the processor's cache.
"""

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.bits import inlined, kernel, prefetch
from perfweek.caching.engine.requests import PART, Keys
from perfweek.errors import ParameterError

Ids = npt.NDArray[np.int32]
MOST_KEYS = 1 << 30
_AHEAD, _SOON = 16, 6  # requests


class Numbering:
    """A hash table with open addresses, at most half full. `size` keys are known."""

    def __init__(self) -> None:
        self.size = 0
        self.names = np.empty(PART, np.uint64)
        self._slots = np.full(4 * PART, -1, np.int32)

    def __call__(self, keys: Keys) -> Ids:
        """The numbers of `keys`; new keys get the next ones."""
        self._make_room(self.size + keys.size)
        ids = np.empty(keys.size, np.int32)
        self.size = _number(keys, self._slots, self.names, ids, self.size)
        return ids

    def _make_room(self, most: int) -> None:
        if most > MOST_KEYS:
            raise ParameterError(f"the trace has more than {MOST_KEYS:,} keys", remedy="Take a sample of it: --sample 0.01")
        if most > self.names.size:
            self.names = np.concatenate([self.names, np.empty(max(self.names.size, most - self.names.size), np.uint64)])
        if 2 * most > self._slots.size:
            self._slots = np.full(1 << (4 * most - 1).bit_length(), -1, np.int32)
            _place(self.names[: self.size], self._slots)


@inlined
def _first_slot(key, slots):
    # the high bits of a product with the golden ratio depend on all bits of the key (Knuth, volume 3, section 6.4)
    mixed = (key ^ (key >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(20)) & (slots.size - 1)


@kernel
def _number(keys, slots, names, ids, size):
    for place in range(keys.size):
        if place + _AHEAD < keys.size:
            prefetch(slots, _first_slot(keys[place + _AHEAD], slots))
            prefetch(names, np.int64(max(slots[_first_slot(keys[place + _SOON], slots)], 0)))
        key = keys[place]
        slot = _first_slot(key, slots)
        while slots[slot] >= 0 and names[slots[slot]] != key:
            slot = (slot + 1) & (slots.size - 1)
        if slots[slot] < 0:
            slots[slot] = size
            names[size] = key
            size += 1
        ids[place] = slots[slot]
    return size


@kernel
def _place(names, slots):
    for number in range(names.size):
        slot = _first_slot(names[number], slots)
        while slots[slot] >= 0:
            slot = (slot + 1) & (slots.size - 1)
        slots[slot] = number
