"""Ways to keep entries true, each replayed on the log."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.requests import Whole, microseconds
from perfweek.caching.intervals import WINDOWS
from perfweek.caching.invalidation import kernel
from perfweek.caching.invalidation.links import NONE, Events, Linked
from perfweek.caching.logged import share_of_windows
from perfweek.stats import Estimate

DELAY_S = 1.0
"""How long an event takes to reach the cache, and how long write-behind gathers writes."""


@dataclass(frozen=True)
class Strategy:
    """How a cache learns of writes. `delay_s`: until it does. `puts`: a write puts its own entry. `keeps_dead`: old versions stay until evicted.
    `grace`: entries are served for so many times to live more while they are refreshed. `gathers`: writes to the origin wait for DELAY_S."""

    name: str
    title: str
    deletes: bool = False
    delay_s: float = 0.0
    puts: bool = False
    keeps_dead: bool = False
    grace: float = 0.0
    gathers: bool = False


STRATEGIES = (
    Strategy("TTL only", "entries end by themselves"),
    Strategy("stale-while-revalidate", "for one more time to live an old answer is given while a new one is fetched", grace=1.0),
    Strategy("event", f"each write sends an event that deletes what it changed, {DELAY_S:g} s later", deletes=True, delay_s=DELAY_S),
    Strategy("versioned keys", "a write raises the version in the keys of what it changed", deletes=True, keeps_dead=True),
    Strategy("write-through", "a write puts its entry and deletes its collection at once", deletes=True, puts=True),
    Strategy("write-behind", f"the same, and the origin is written up to {DELAY_S:g} s later", deletes=True, puts=True, gathers=True),
)


@dataclass(frozen=True)
class Outcome:
    """What a strategy did on the log. `hits`, `stale`: shares of the reads, stale ones among the hits; `waits`: shares that waited for the origin.
    `stale_p95_s`, `stale_max_s`: how long ago a stale answer had been overwritten. `origin_reads`, `origin_writes`: calls. `refreshes`: of the reads,
    in the background. `deleted`, `most_deleted`: entries by all writes, by one. `refused`: puts within a second of the last of their key, which
    Workers KV refuses. `overtaken`: fills during which their entry was written: with deletes they put back what was just deleted. `at_risk`: the
    most writes that wait for the origin at once."""

    strategy: Strategy
    hits: Estimate
    stale: Estimate
    stale_p95_s: float
    stale_max_s: float
    origin_reads: int
    origin_writes: int
    refreshes: int
    deleted: int
    most_deleted: int
    refused: int
    overtaken: int
    at_risk: int


def outcomes(linked: Linked, capacity_bytes: float, ttl_s: float) -> list[Outcome]:
    """Every strategy in one shared cache of that size and time to live."""
    own, scoped = writes_of(linked)
    of_entry = collections_of(linked)
    return [_outcome(strategy, linked, of_entry, own, scoped, capacity_bytes, ttl_s) for strategy in STRATEGIES]


def replayed(
    strategy: Strategy, linked: Linked, of_entry: Whole, own: tuple[Whole, Whole], scoped: tuple[Whole, Whole], capacity_bytes: float, ttl_s: float
) -> tuple[npt.NDArray[np.uint8], Whole, Whole]:
    """(codes, ages, counts) of the kernel."""
    events = linked.events
    ttl, grace, delay = (int(one) for one in microseconds([ttl_s, strategy.grace * ttl_s if strategy.grace else 0.0, strategy.delay_s]))
    rules = kernel.Rules(
        min(ttl, 1 << 60), min(grace, 1 << 60), delay, strategy.deletes, strategy.keeps_dead, strategy.puts, int(min(capacity_bytes, 1 << 60))
    )
    codes, ages = np.empty(events.times.size, np.uint8), np.zeros(events.times.size, np.int64)
    counts = np.zeros(kernel.COUNTS, np.int64)
    kernel.replay(*events, of_entry, *own, *scoped, rules, *kernel.state_of(linked.entries, linked.collections), codes, ages, counts)
    return codes, ages, counts


def _outcome(
    strategy: Strategy, linked: Linked, of_entry: Whole, own: tuple[Whole, Whole], scoped: tuple[Whole, Whole], capacity_bytes: float, ttl_s: float
) -> Outcome:
    codes, ages, counts = replayed(strategy, linked, of_entry, own, scoped, capacity_bytes, ttl_s)
    read = codes != kernel.NOT_A_READ
    answer = codes[read] & ~np.uint8(kernel.REFRESH)
    stale = answer == kernel.STALE
    times = linked.events.times[read] / 1e6
    refreshes = int((codes[read] & kernel.REFRESH > 0).sum())
    late = ages[read][stale] / 1e6
    written, waiting = _origin_writes(linked.events, strategy)
    return Outcome(
        strategy,
        share_of_windows(answer != kernel.MISS, times, WINDOWS),
        share_of_windows(stale, times, WINDOWS),
        float(np.quantile(late, 0.95)) if late.size else math.nan,
        float(late.max(initial=0.0)) if late.size else math.nan,
        int((answer == kernel.MISS).sum()) + refreshes,
        written,
        refreshes,
        int(counts[kernel.DELETED]),
        int(counts[kernel.MOST_DELETED]),
        int(counts[kernel.REFUSED]),
        _overtaken(codes, linked, of_entry, own, scoped) if strategy.deletes else 0,
        waiting,
    )


def collections_of(linked: Linked) -> Whole:
    """The collection of each entry."""
    found = np.full(linked.entries, NONE, np.int64)
    reads = ~linked.events.writes
    found[linked.events.keys[reads]] = linked.events.scopes[reads]
    return found


def writes_of(linked: Linked) -> tuple[tuple[Whole, Whole], tuple[Whole, Whole]]:
    """For entries and for collections: the times of their writes one behind the other, and where those of each begin."""
    events = linked.events

    def gathered(owners: Whole, count: int) -> tuple[Whole, Whole]:
        owned = events.writes & (owners != NONE)
        order = np.argsort(owners[owned], kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(owners[owned], minlength=count))]).astype(np.int64)
        return events.times[owned][order], starts

    return gathered(events.keys, linked.entries), gathered(events.scopes, linked.collections)


def _overtaken(codes: npt.NDArray[np.uint8], linked: Linked, of_entry: Whole, own: tuple[Whole, Whole], scoped: tuple[Whole, Whole]) -> int:
    """Fills whose entry was written between the question to the origin and its answer."""
    events = linked.events
    filled = np.flatnonzero((codes & np.uint8(7)) == kernel.MISS)
    keys, start = events.keys[filled], events.times[filled]
    end = start + linked.fetch_us[keys]
    return sum(
        _any_between(times, starts, int(owner), int(begin), int(finish))
        for key, begin, finish in zip(keys, start, end, strict=True)
        for times, starts, owner in ((*own, key), (*scoped, of_entry[key]))
        if owner != NONE
    )


def _any_between(times: Whole, starts: Whole, owner: int, begin: int, finish: int) -> bool:
    owned = times[starts[owner] : starts[owner + 1]]
    return bool(np.searchsorted(owned, finish, "right") > np.searchsorted(owned, begin, "right"))


def _origin_writes(events: Events, strategy: Strategy) -> tuple[int, int]:
    """Writes that reach the origin, and the most that wait for it at once."""
    times = events.times[events.writes]
    if not strategy.gathers or not times.size:
        return int(times.size), 0
    rounds = times // int(DELAY_S * 1e6)
    pairs = np.stack([rounds, np.where(events.keys[events.writes] == NONE, -np.arange(1, times.size + 1), events.keys[events.writes])])
    gathered = np.unique(pairs, axis=1)
    return int(gathered.shape[1]), int(np.unique(rounds, return_counts=True)[1].max())
