"""Misses that come together: what they cost the origin, and what single flight, early refresh and jitter take away.

While the origin computes an entry, every other request for it misses too. Early refresh is XFetch (Vattani, Chierichetti and Lowenstein, VLDB 2015):
a request renews an entry before its end with a chance that grows towards it: when fetch * beta * -ln(u) reaches past the end, beta = 1.
"""

from dataclasses import dataclass

import numpy as np

from perfweek.caching.engine.bits import kernel
from perfweek.caching.engine.requests import Whole, microseconds
from perfweek.caching.invalidation.links import Linked

JITTER = 0.1
CALLS, WAITS, MOST = 0, 1, 2


@dataclass(frozen=True)
class Remedy:
    """What is done: one fetch at a time a key, early refresh, a spread of times to live (share)."""

    name: str
    single: bool = False
    early: bool = False
    jitter: float = 0.0


REMEDIES = (
    Remedy("nothing"),
    Remedy("single flight", single=True),
    Remedy("early refresh", early=True),
    Remedy("jitter", jitter=JITTER),
    Remedy("all three", single=True, early=True, jitter=JITTER),
)


@dataclass(frozen=True)
class Stampede:
    """With a remedy: `calls` to the origin, `waits` of reads for it, `together`: the most fetches of one key at once, `peak`: the most calls in a
    second after the first time to live, when what was filled together ends together. `reads` in all."""

    remedy: Remedy
    calls: int
    waits: int
    together: int
    peak: int
    reads: int


def stampedes(linked: Linked, ttl_s: float, seed: int = 1) -> list[Stampede]:
    """Every remedy, in a cache without limit whose entries live for `ttl_s`."""
    events = linked.events
    reads = ~events.writes
    times, keys = events.times[reads], events.keys[reads]
    chance = np.random.default_rng(seed)
    early, spread = chance.exponential(size=times.size), chance.uniform(-1, 1, times.size)
    return [_stampede(remedy, times, keys, linked, ttl_s, early, spread) for remedy in REMEDIES]


def _stampede(remedy: Remedy, times: Whole, keys: Whole, linked: Linked, ttl_s: float, early: np.ndarray, spread: np.ndarray) -> Stampede:
    ttl = min(int(microseconds(ttl_s)), 1 << 60)
    lives = (ttl * (1 + remedy.jitter * spread)).astype(np.int64)
    ahead = early * linked.fetch_us[keys] if remedy.early else np.zeros(times.size)
    called, counts = np.zeros(times.size, np.int64), np.zeros(3, np.int64)
    ended = np.full((3, linked.entries), -(1 << 61), np.int64)
    _replay(times, keys, linked.fetch_us, lives, ahead, remedy.single, *ended, np.zeros(linked.entries, np.int64), called, counts)
    later = (times - times[0] >= 0.8 * ttl) & (called > 0) if times.size else np.zeros(0, bool)
    seconds = (times[later] - times[0]) // 1_000_000 if times.size else times
    peak = int(np.bincount(seconds, called[later]).max(initial=0)) if seconds.size else 0
    return Stampede(remedy, int(counts[CALLS]), int(counts[WAITS]), int(counts[MOST]), peak, int(times.size))


@kernel
def _replay(times, keys, fetch, lives, ahead, single, until, ready, flight, under_way, called, counts):
    """`until`: the end of a key's entry; `ready`: when the fetch that fills it is done; `flight`: when the last fetch under way is done."""
    for place in range(times.size):
        now, key = times[place], keys[place]
        if now >= flight[key]:
            under_way[key] = 0
        if now < ready[key]:  # the first fetch is still under way
            counts[WAITS] += 1
            ask = not single
        elif now < until[key]:
            ask = ahead[place] > until[key] - now and not (single and now < flight[key])
            if ask:
                until[key] = now + fetch[key] + lives[place]
        else:
            counts[WAITS] += 1
            ask = True
            ready[key] = now + fetch[key]
            until[key] = ready[key] + lives[place]
        if ask:
            called[place] = 1
            counts[CALLS] += 1
            under_way[key] += 1
            flight[key] = max(flight[key], now + fetch[key])
            counts[MOST] = max(counts[MOST], under_way[key])
