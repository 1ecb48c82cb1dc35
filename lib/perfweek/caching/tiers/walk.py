"""The walk of requests through the tiers, as machine code.

Its parts are inlined: handing the many arrays on costs more than most of them do.
"""

from typing import Any, NamedTuple

import numpy as np

from perfweek.caching.engine.bits import inlined, kernel
from perfweek.caching.engine.requests import FILL, NO_TTL, READ
from perfweek.caching.tiers import edge as kv
from perfweek.caching.tiers.ahead import ask_ahead, ask_for_neighbours, ask_for_next, ask_for_slots
from perfweek.caching.tiers.store import CAPACITY, NONE, find, oldest_to_go, place, take_out, touch

Life = np.dtype([("first", np.int64), ("last", np.int64), ("version", np.int64)])
"""Of a result: its first run, its last use, and the number of table changes plus one by then (0: never run)."""
EDGE, PROCESS, SHARED, RESULTS, ORIGIN, NOT_A_READ = 0, 1, 2, 3, 4, 7
STALE, JOINED = 8, 16
FILLS, EVICTIONS, EXPIRED, CHANGES, COUNTS = 0, 2, 4, 6, 8  # pairs of L1 and L2; table changes
_SHARED_TOO, _EVERY = 1, 2
_END = 1 << 61
_AHEAD, _SOON, _NEXT = 20, 12, 5  # requests
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Trace(NamedTuple):
    """Arrays with an entry a request; empty ones where nothing is known."""

    ids: Any
    times: Any
    kinds: Any
    ttls: Any
    process_weights: Any
    shared_weights: Any
    sizes: Any
    instances: Any
    locations: Any


class Rules(NamedTuple):
    """Microseconds; `telling`: what a write deletes, 0 nothing, 1 shared, 2 every."""

    process_ttl: int
    shared_ttl: int
    edge_ttl: int
    kept: int
    longest: int
    fetch: int
    exclusive: bool
    inherits: bool
    telling: int


@inlined
def _instance(asked, at, instances):
    if asked.instances.size:
        return np.int64(asked.instances[at])
    return np.int64((np.uint64(asked.ids[at]) * _GOLDEN) >> np.uint64(40)) % instances


@inlined
def _lookup(store, which, key, instance, now, counts):
    """The slot of a living entry, now the newest; NONE for none."""
    slot = np.int64(find(store, key, instance)) if store.where.size else np.int64(NONE)
    if slot != NONE:
        if now < store.slots[slot].until:
            touch(store, instance, slot)
        else:
            take_out(store, instance, slot)
            counts[EXPIRED + which] += 1
            slot = np.int64(NONE)
    return slot


@inlined
def _put_shared(store, key, weight, until, born, counts):
    if not store.where.size or weight > store.state[0, CAPACITY]:
        return
    inside = find(store, key, 0)
    if inside != NONE:
        take_out(store, 0, inside)
    victim = oldest_to_go(store, 0, weight)
    while victim != NONE:
        take_out(store, 0, victim)
        counts[EVICTIONS + 1] += 1
        ask_for_next(store, 0)
        victim = oldest_to_go(store, 0, weight)
    place(store, 0, key, weight, until, born)
    counts[FILLS + 1] += 1


@inlined
def _demote(rules, victim, store, shared, now, counts):
    """What L1 evicts goes down to L2, for what is left of its life there since it was born."""
    held = store.slots[victim]
    until = min(held.born, _END) + min(rules.shared_ttl, _END)
    if now < until:
        _put_shared(shared, held.key, held.weight, until, held.born, counts)


@inlined
def _put_process(rules, store, shared, key, instance, weight, until, born, now, counts):
    if not store.where.size or weight > store.state[instance, CAPACITY]:
        return
    inside = find(store, key, instance)
    if inside != NONE:
        take_out(store, instance, inside)
    victim = oldest_to_go(store, instance, weight)
    while victim != NONE:
        if rules.exclusive:
            _demote(rules, victim, store, shared, now, counts)
        take_out(store, instance, victim)
        counts[EVICTIONS] += 1
        ask_for_next(store, instance)
        victim = oldest_to_go(store, instance, weight)
    place(store, instance, key, weight, until, born)
    counts[FILLS] += 1


@inlined
def _until(now, ttl, own, inherited, inherits):
    """The end of a copy made now."""
    life = min(ttl, own) if own != NO_TTL else ttl
    until = min(now, _END) + min(life, _END)
    return min(until, inherited) if inherits else until


@inlined
def _answered_by_results(rules, results, key, now, changes):
    """Whether the result cache answers; the run or the use is noted."""
    life = results[key]
    fresh = life.version == changes + 1 and now - life.last < rules.kept and now - life.first < rules.longest
    if not fresh:
        results[key].first, results[key].version = now, changes + 1
    results[key].last = now
    return fresh


@inlined
def _delete(rules, process, shared, edge, key, instance, now):
    """What a write deletes."""
    if rules.telling >= _SHARED_TOO and shared.where.size and find(shared, key, 0) != NONE:
        take_out(shared, 0, find(shared, key, 0))
    for one in range(process.state.shape[0] if process.where.size else 0):
        if (rules.telling == _EVERY or (rules.telling == _SHARED_TOO and one == instance)) and find(process, key, one) != NONE:
            take_out(process, one, find(process, key, one))
    if rules.telling == _EVERY and edge.central.size:
        kv.delete(edge, key, now)


@kernel
def _write(asked, rules, at, process, shared, edge, written, key, instance, now, counts):
    """A write changes the tables, deletes what it is told to; a fill then puts the new value into L2 and the writer's L1."""
    counts[CHANGES] += 1
    written[key] = now
    _delete(rules, process, shared, edge, key, instance, now)
    if asked.kinds[at] == FILL:
        own = asked.ttls[at] if asked.ttls.size else np.int64(NO_TTL)
        _fill(asked, rules, at, process, shared, key, instance, now, now, own, np.int64(_END), ORIGIN, counts)


@inlined
def _fill(asked, rules, at, process, shared, key, instance, now, born, own, inherited, tier, counts):
    """Fill on the way back what lies before the tier that answered."""
    if own == 0:
        return
    here = asked.process_weights[at] if asked.process_weights.size else np.int32(1)
    there = asked.shared_weights[at] if asked.shared_weights.size else np.int32(1)
    if tier > SHARED and not rules.exclusive:
        _put_shared(shared, key, there, _until(now, rules.shared_ttl, own, inherited, rules.inherits), born, counts)
    until = _until(now, rules.process_ttl, own, inherited, rules.inherits)
    _put_process(rules, process, shared, key, instance, here, until, born, now, counts)


@inlined
def _from_service(asked, rules, at, process, shared, results, key, instance, now, own, counts):
    """(tier, born, end of the copy that answered) of a read that reaches an instance."""
    slot = _lookup(process, 0, key, instance, now, counts)
    if slot != NONE:
        return PROCESS, process.slots[slot].born, process.slots[slot].until
    slot = _lookup(shared, 1, key, 0, now, counts)
    tier, born, until = ORIGIN, now, np.int64(_END)
    if slot != NONE:
        tier, born, until = SHARED, shared.slots[slot].born, shared.slots[slot].until
        if rules.exclusive:
            take_out(shared, 0, slot)
    elif results.size and _answered_by_results(rules, results, key, now, counts[CHANGES]):
        tier = RESULTS
    _fill(asked, rules, at, process, shared, key, instance, now, born, own, until, tier, counts)
    return tier, born, until


@kernel
def run(asked, rules, process, shared, edge, results, written, codes, noted, counts):
    """All requests; fills codes, the ages noted, and the counts."""
    instances = process.state.shape[0]
    for at in range(asked.ids.size):
        if at + _AHEAD < asked.ids.size:
            ask_ahead(asked, at + _AHEAD, instances, process, shared, edge, results)
            ask_for_slots(np.int64(asked.ids[at + _SOON]), _instance(asked, at + _SOON, instances), process, shared)
            ask_for_neighbours(np.int64(asked.ids[at + _NEXT]), _instance(asked, at + _NEXT, instances), process, shared)
        key, now = np.int64(asked.ids[at]), asked.times[at]
        instance = _instance(asked, at, instances)
        if asked.kinds.size and asked.kinds[at] != READ:
            codes[at] = NOT_A_READ
            _write(asked, rules, at, process, shared, edge, written, key, instance, now, counts)
            continue
        own = asked.ttls[at] if asked.ttls.size else np.int64(NO_TTL)
        location = np.int64(asked.locations[at]) if edge.central.size else np.int64(0)
        tier, born = EDGE, kv.look(edge, key, location, now) if edge.central.size else np.int64(0)
        if not edge.central.size or not kv.holds(born):
            tier, born, until = _from_service(asked, rules, at, process, shared, results, key, instance, now, own, counts)
            if edge.central.size and own != 0:
                size = asked.sizes[at] if asked.sizes.size else np.int64(0)
                kv.fill(edge, key, location, now, born, _until(now, rules.edge_ttl, own, until, rules.inherits) - now, size)
        code = tier
        if tier <= SHARED:
            if written.size and born < written[key]:
                code += STALE
            if rules.fetch and now < born + rules.fetch:
                code += JOINED
        codes[at] = code
        if noted.size:
            noted[at] = now - born
