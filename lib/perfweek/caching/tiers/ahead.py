"""Asking memory ahead for what the walk will look at, so that it comes while other requests are answered."""

import numpy as np

from perfweek.caching.engine.bits import inlined, prefetch
from perfweek.caching.tiers.store import ANCHOR, NONE, find


@inlined
def ask_for_next(store, instance):
    """What the next eviction will write to: the place of the oldest key, and the slot after it."""
    oldest = np.int64(store.slots[store.state[instance, ANCHOR]].newer)
    if oldest != store.state[instance, ANCHOR]:
        prefetch(store.where, np.int64(store.slots[oldest].key) * store.state.shape[0] + instance)
        prefetch(store.slots, np.int64(store.slots[oldest].newer))


@inlined
def ask_ahead(asked, at, instances, process, shared, edge, results):
    """Fetch what the request `at` will look at first: with more keys than the processor's cache holds, waiting for memory is most of the work."""
    key = np.int64(asked.ids[at])
    if process.where.size:
        prefetch(process.where, key * instances)
    if shared.where.size:
        prefetch(shared.where, key)
    if results.size:
        prefetch(results, key)
    if edge.central.size:
        prefetch(edge.central, key)


@inlined
def ask_for_slots(key, instance, process, shared):
    """The second step: the slots that these places name, by now they have come."""
    slot = np.int64(NONE)
    if process.where.size:
        slot = np.int64(find(process, key, instance))
        if slot != NONE:
            prefetch(process.slots, slot)
    if slot == NONE and shared.where.size:
        slot = np.int64(find(shared, key, 0))
        if slot != NONE:
            prefetch(shared.slots, slot)


@inlined
def ask_for_neighbours(key, instance, process, shared):
    """The third step: what stands before and behind these slots, which a use of them writes to."""
    slot = np.int64(NONE)
    if process.where.size:
        slot = np.int64(find(process, key, instance))
        if slot != NONE:
            prefetch(process.slots, np.int64(process.slots[slot].newer))
            prefetch(process.slots, np.int64(process.slots[slot].older))
    if slot == NONE and shared.where.size:
        slot = np.int64(find(shared, key, 0))
        if slot != NONE:
            prefetch(shared.slots, np.int64(shared.slots[slot].newer))
            prefetch(shared.slots, np.int64(shared.slots[slot].older))
