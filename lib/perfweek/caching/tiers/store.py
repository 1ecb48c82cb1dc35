"""One LRU store, or one for each instance of the service, in arrays that a kernel walks.

Only what is inside a store has a slot, so a small store stays in the processor's cache whatever the number of keys; a slot is found through
`where`, one number a key and instance, the instances of a key side by side.
"""

from typing import Any, NamedTuple

import numpy as np

from perfweek.caching.engine.bits import inlined

SLOT = np.dtype([("newer", np.int32), ("older", np.int32), ("key", np.int32), ("weight", np.int32), ("until", np.int64), ("born", np.int64)])
NONE = -1
USED, FRESH, FREE, CAPACITY, ANCHOR = 0, 1, 2, 3, 4
NO_LIMIT = 1 << 61
HEAVIEST = (1 << 31) - 1


class Slots(NamedTuple):
    """`where`: key * instances + instance -> slot. `state`: a row an instance with what is used, the slots not yet taken and those freed."""

    where: Any
    slots: Any
    state: Any


def slots_of(capacity: float, keys: int, instances: int, lightest: int) -> Slots:
    """Empty stores of `capacity` each; `lightest`: the smallest weight of an entry. A capacity of 0 is a store that is not there."""
    limit = int(min(capacity, NO_LIMIT))
    most = min(keys, limit // max(1, lightest)) + 1
    slots = np.empty(instances * most, SLOT)
    state = np.zeros((instances, 5), np.int64)
    state[:, FRESH], state[:, FREE], state[:, CAPACITY] = np.arange(instances) * most, NONE, limit
    state[:, ANCHOR] = state[:, FRESH] + most - 1
    anchors = state[:, ANCHOR]
    slots["newer"][anchors] = slots["older"][anchors] = anchors
    return Slots(np.full(keys * instances if limit else 0, NONE, np.int32), slots, state)


@inlined
def find(store, key, instance):
    """The slot of a key, or NONE."""
    return store.where[key * store.state.shape[0] + instance]


@inlined
def touch(store, instance, slot):
    """Make a slot the newest."""
    anchor, slots = store.state[instance, ANCHOR], store.slots
    if slots[anchor].older != slot:
        newer, older = slots[slot].newer, slots[slot].older
        slots[newer].older = older
        slots[older].newer = newer
        _link(slots, anchor, slot)


@inlined
def _link(slots, anchor, slot):
    newest = slots[anchor].older
    slots[slot].newer, slots[slot].older = anchor, newest
    slots[newest].newer = slot
    slots[anchor].older = slot


@inlined
def take_out(store, instance, slot):
    """Free a slot; what it held can be read until the next put."""
    slots, state = store.slots, store.state
    newer, older = slots[slot].newer, slots[slot].older
    slots[newer].older = older
    slots[older].newer = newer
    store.where[slots[slot].key * state.shape[0] + instance] = NONE
    state[instance, USED] -= slots[slot].weight
    slots[slot].older = state[instance, FREE]
    state[instance, FREE] = slot


@inlined
def oldest_to_go(store, instance, weight):
    """The slot to evict before `weight` fits, or NONE where it fits."""
    state = store.state
    if state[instance, USED] + weight <= state[instance, CAPACITY]:
        return np.int64(NONE)
    return np.int64(store.slots[state[instance, ANCHOR]].newer)


@inlined
def place(store, instance, key, weight, until, born):
    """Put a key that is not inside on top; there must be room."""
    slots, state = store.slots, store.state
    slot = state[instance, FREE]
    if slot != NONE:
        state[instance, FREE] = slots[slot].older
    else:
        slot = state[instance, FRESH]
        state[instance, FRESH] += 1
    slots[slot].key, slots[slot].weight, slots[slot].until, slots[slot].born = key, weight, until, born
    store.where[key * state.shape[0] + instance] = slot
    state[instance, USED] += weight
    _link(slots, state[instance, ANCHOR], slot)
