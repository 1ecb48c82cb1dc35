"""What a Redis server under maxmemory evicts: not the oldest key, but the best of a few that it draws (evict.c of Redis 7.4).

At each eviction some keys are drawn (maxmemory-samples) and put into a pool of sixteen, ordered by how long they were idle; the best of the pool
goes. The pool remembers what it was told: a key that was asked for since is evicted all the same. Idle times come from a clock of one second,
so where entries live for less than some seconds the choice is nearly blind. LFU counts uses in eight bits: a use adds one with the chance
1 / ((counter - 5) * lfu-log-factor + 1), and every lfu-decay-time minutes without a use take one away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from perfweek.caching.curve import Unit
from perfweek.caching.engine.lru import Numbered, Replay
from perfweek.caching.engine.requests import DELETE, NO_TTL, READ, microseconds
from perfweek.caching.engine.ttl import Ttl, expires_at

_POOL = 16
_FRESH = 5  # LFU_INIT_VAL: a new key starts here
_MINUTE = 60_000_000


@dataclass(frozen=True)
class RedisRules:
    """`policy`: of allkeys-lru or allkeys-lfu. `samples`: maxmemory-samples. `tick_s`: of the clock. `log_factor`, `decay_minutes`: of LFU.
    `seed`: of what is drawn."""

    policy: Literal["lru", "lfu"] = "lru"
    samples: int = 5
    tick_s: float = 1.0
    log_factor: int = 10
    decay_minutes: int = 1
    seed: int = 1


def replay_redis(
    trace: Numbered, sizes: Sequence[int], rules: RedisRules | None = None, unit: Unit = "objects", ttl: Ttl | None = None
) -> list[Replay]:
    """A Redis server with room for each of `sizes` entries, or bytes of entries. What expired is freed when it is asked for or evicted. Needs
    the times of the requests."""
    rules, ttl = rules or RedisRules(), ttl or Ttl()
    requests = trace.requests
    times = requests.needs("times", "Redis's clock")
    if unit == "bytes":
        requests.needs("sizes", "a cache by bytes")
    kinds = np.zeros(0, np.int8) if requests.kinds is None else requests.kinds
    ttls = np.zeros(0, np.int64) if requests.ttls is None else requests.ttls
    weights = trace.sizes if unit == "bytes" else np.zeros(0, np.int64)
    life = (ttl.microseconds, ttl.jitter, np.uint64(ttl.seed))
    drawing = (rules.samples, int(microseconds(rules.tick_s)), rules.policy == "lfu", rules.log_factor, rules.decay_minutes * _MINUTE)
    found = []
    for size in sizes:
        state = np.array([rules.seed], np.uint64)
        reads, hits, expired = _redis(trace.ids, times, kinds, ttls, weights, *life, *drawing, int(size), trace.keys, state)
        found.append(Replay(int(size), unit, int(reads), int(hits), int(expired)))
    return found


@njit(cache=True, nogil=True)
def _draw(state, below):
    """A number from 0 to below - 1 (SplitMix64)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = (state[0] ^ (state[0] >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64(((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)) * np.uint64(below) >> np.uint64(32))


@njit(cache=True, nogil=True)
def _enter(pool, idles, key, idle):
    """Put a key into the pool, which is ordered by idle time; empty places (-1) are behind."""
    place = 0
    while place < _POOL and pool[place] >= 0 and idles[place] < idle:
        place += 1
    if place == 0 and pool[_POOL - 1] >= 0:
        return
    if place == _POOL or pool[place] >= 0:
        if pool[_POOL - 1] < 0:
            for at in range(_POOL - 1, place, -1):
                pool[at], idles[at] = pool[at - 1], idles[at - 1]
        else:
            place -= 1
            for at in range(place):
                pool[at], idles[at] = pool[at + 1], idles[at + 1]
    pool[place], idles[place] = key, idle


@njit(cache=True, nogil=True)
def _idle(key, now, tick, lfu, decay, used_at, counters):
    """How long the key was idle, in ticks of the clock; for LFU how far its counter is from the largest."""
    if not lfu:
        return now // tick - used_at[key] // tick
    return 255 - _decayed(key, now, decay, used_at, counters)


@njit(cache=True, nogil=True)
def _decayed(key, now, decay, used_at, counters):
    return counters[key] if decay == 0 else max(counters[key] - (now // _MINUTE - used_at[key] // _MINUTE) * _MINUTE // decay, 0)


@njit(cache=True, nogil=True)
def _victim(live, count, where, pool, idles, now, samples, tick, lfu, decay, used_at, counters, state):
    while True:
        for _ in range(min(samples, count)):
            key = live[_draw(state, count)]
            _enter(pool, idles, key, _idle(key, now, tick, lfu, decay, used_at, counters))
        for place in range(_POOL - 1, -1, -1):
            key = pool[place]
            pool[place] = -1
            if key >= 0 and where[key] >= 0:
                return key


@njit(cache=True, nogil=True)
def _forget(key, live, count, where):
    last = live[count - 1]
    live[where[key]] = last
    where[last] = where[key]
    where[key] = -1
    return count - 1


@njit(cache=True, nogil=True)
def _used(key, now, lfu, log_factor, decay, used_at, counters, state):
    if lfu:
        counter = _decayed(key, now, decay, used_at, counters)
        if counter < 255 and _draw(state, max(counter - _FRESH, 0) * log_factor + 1) == 0:
            counter += 1
        counters[key] = counter
    used_at[key] = now


@njit(cache=True, nogil=True)
def _redis(ids, times, kinds, ttls, weights, default, jitter, seed, samples, tick, lfu, log_factor, decay, capacity, keys, state):
    live, where = np.empty(keys, np.int64), np.full(keys, -1, np.int64)
    used_at, counters, until, held = np.zeros(keys, np.int64), np.zeros(keys, np.int64), np.zeros(keys, np.int64), np.ones(keys, np.int64)
    pool, idles = np.full(_POOL, -1, np.int64), np.zeros(_POOL, np.int64)
    count = hits = reads = expired = 0
    used = np.int64(0)
    for place in range(ids.size):
        key, now, kind = ids[place], times[place], kinds[place] if kinds.size else READ
        inside = where[key] >= 0
        reads += kind == READ
        if kind == READ and inside and now < until[key]:
            hits += 1
            _used(key, now, lfu, log_factor, decay, used_at, counters, state)
            continue
        if inside:
            expired += kind == READ
            count = _forget(key, live, count, where)
            used -= held[key]
        weight = weights[place] if weights.size else np.int64(1)
        if kind == DELETE or weight > capacity:
            continue
        while used + weight > capacity:
            gone = _victim(live, count, where, pool, idles, now, samples, tick, lfu, decay, used_at, counters, state)
            count = _forget(gone, live, count, where)
            used -= held[gone]
        live[count], where[key], held[key], counters[key], used_at[key] = key, count, weight, _FRESH, now
        count += 1
        used += weight
        ttl = ttls[place] if ttls.size and ttls[place] != NO_TTL else default
        until[key] = expires_at(now, ttl, jitter, seed, key)
    return reads, hits, expired
