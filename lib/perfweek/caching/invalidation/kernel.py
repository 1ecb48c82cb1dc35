"""One shared cache replayed with writes: what is answered, what of it is stale, and what it costs to keep it true.

An LRU cache in bytes, its entries in a linked list through arrays. An entry knows when its data left the origin (`born`); it is stale once its
entry or its collection was written after that. What a write deletes stays in the list without weight until it comes to its end.
"""

from typing import NamedTuple

import numpy as np

from perfweek.caching.engine.bits import kernel

MISS, FRESH, STALE, NOT_A_READ = 0, 1, 2, 7
REFRESH = 8  # a mark: the origin was asked in the background
_OUT = -1
_ENTRY = np.dtype([("newer", np.int64), ("older", np.int64), ("born", np.int64), ("until", np.int64), ("written", np.int64)])
_COLLECTION = np.dtype([("alive", np.int64), ("bytes", np.int64), ("written", np.int64)])
DELETED, MOST_DELETED, REFUSED, PUTS, COUNTS = 0, 1, 2, 3, 4
_SECOND = 1_000_000
_EVER = np.int64(1) << np.int64(61)
_LONG_AGO = -(np.int64(1) << np.int64(61))


class Rules(NamedTuple):
    """Microseconds, and flags: `deletes` what a write changes, `delay` later; `keeps_dead`: what can no longer be asked for stays until it is
    evicted; `puts`: a write puts its own entry."""

    ttl: int
    grace: int
    delay: int
    deletes: bool
    keeps_dead: bool
    puts: bool
    capacity: int


def state_of(entries: int, collections: int):
    """An empty cache."""
    cache = np.zeros(entries + 1, _ENTRY)
    cache["newer"], cache["written"] = _OUT, _LONG_AGO
    held = np.zeros(collections + 1, _COLLECTION)
    held["written"] = _LONG_AGO
    return cache, np.zeros(entries, np.int64), np.full(entries, -_EVER), held


@kernel
def _put_on_top(cache, key):
    top = cache.size - 1
    newest = cache[top].older
    cache[key].newer, cache[key].older = top, newest
    cache[newest].newer = key
    cache[top].older = key


@kernel
def _unlink(cache, key):
    newer, older = cache[key].newer, cache[key].older
    cache[newer].older, cache[older].newer = older, newer
    cache[key].newer = _OUT


@kernel
def _first_after(times, starts, owner, moment):
    """The first write of `owner` after a moment; _EVER where there is none."""
    low, high = starts[owner], starts[owner + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if times[middle] > moment:
            high = middle
        else:
            low = middle + 1
    return times[low] if low < end else _EVER


@kernel
def _changed(key, scope, born, own, own_starts, of_scope, scope_starts):
    """The first write after `born` that changes the entry."""
    found = _first_after(own, own_starts, key, born)
    return min(found, _first_after(of_scope, scope_starts, scope, born)) if scope >= 0 else found


@kernel
def _alive(cache, held, key, scope):
    """Whether no write has deleted the entry."""
    return cache[key].born >= cache[key].written and (scope < 0 or cache[key].born >= held[scope].written)


@kernel
def _remove(cache, weights, held, key, scope, keeps_dead):
    """Take an entry out. Returns the bytes that this frees: none where a write has freed them before."""
    _unlink(cache, key)
    alive = _alive(cache, held, key, scope)
    if alive and scope >= 0:
        held[scope].alive -= 1
        held[scope].bytes -= weights[key]
    return weights[key] if alive or keeps_dead else np.int64(0)


@kernel
def _put(cache, weights, scopes, last_put, held, used, key, size, now, rules, counts):
    """Fill or renew an entry. Returns the bytes in use."""
    if cache[key].newer != _OUT:
        used -= _remove(cache, weights, held, key, scopes[key], rules.keeps_dead)
    if size > rules.capacity:
        return used
    while used + size > rules.capacity:
        oldest = cache[cache.size - 1].newer
        used -= _remove(cache, weights, held, oldest, scopes[oldest], rules.keeps_dead)
    counts[REFUSED] += now - last_put[key] < _SECOND
    counts[PUTS] += 1
    last_put[key] = now
    weights[key] = size
    cache[key].born, cache[key].until = now, now + rules.ttl
    _put_on_top(cache, key)
    if scopes[key] >= 0:
        held[scopes[key]].alive += 1
        held[scopes[key]].bytes += size
    return used + size


@kernel
def _write(cache, weights, scopes, last_put, held, used, key, scope, size, now, rules, counts):
    """Delete what a write changes, or put its own entry. Returns the bytes in use."""
    gone = np.int64(0)
    if not (rules.deletes or rules.puts):
        return used
    if rules.deletes and scope >= 0:
        gone += held[scope].alive
        used -= np.int64(0) if rules.keeps_dead else held[scope].bytes
        held[scope].alive = held[scope].bytes = 0
        held[scope].written = now
    if key >= 0 and cache[key].newer != _OUT:
        gone += _alive(cache, held, key, scopes[key]) and not rules.puts
        used -= _remove(cache, weights, held, key, scopes[key], rules.keeps_dead)
        if not rules.puts:  # it can be asked for until the event arrives, and without room to be freed it stays
            weights[key] = weights[key] if rules.keeps_dead else 0
            used += weights[key]
            _put_on_top(cache, key)
    if key >= 0:
        cache[key].written = now
        if rules.puts:
            used = _put(cache, weights, scopes, last_put, held, used, key, size, now, rules, counts)
    if not rules.keeps_dead:
        counts[DELETED] += gone
        counts[MOST_DELETED] = max(counts[MOST_DELETED], gone)
    return used


@kernel
def replay(
    times, keys, scopes, writes, sizes, of_entry, own, own_starts, of_scope, scope_starts, rules, cache, weights, last_put, held, codes, ages, counts
):
    """`of_entry`: the collection of each entry. Fills `codes`, `ages` (microseconds since the first write that a stale answer had missed)."""
    cache[cache.size - 1].newer = cache[cache.size - 1].older = cache.size - 1
    used = np.int64(0)
    for place in range(times.size):
        now, key = times[place], keys[place]
        if writes[place]:
            codes[place] = NOT_A_READ
            used = _write(cache, weights, of_entry, last_put, held, used, key, scopes[place], sizes[place], now, rules, counts)
            continue
        there = cache[key].newer != _OUT and now < cache[key].until + rules.grace
        changed = _changed(key, of_entry[key], cache[key].born, own, own_starts, of_scope, scope_starts) if there else _EVER
        if there and rules.deletes and changed <= now - rules.delay:
            there = False
        if not there:
            codes[place] = MISS
            used = _put(cache, weights, of_entry, last_put, held, used, key, sizes[place], now, rules, counts)
            continue
        codes[place] = FRESH if changed > now else STALE
        ages[place] = max(now - changed, 0)
        if now >= cache[key].until:
            codes[place] |= REFRESH
            used = _put(cache, weights, of_entry, last_put, held, used, key, sizes[place], now, rules, counts)
        else:
            _unlink(cache, key)
            _put_on_top(cache, key)
