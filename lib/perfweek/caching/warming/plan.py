"""What to fill a cold cache with: chosen from the first half of the log, judged on the second."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.engine.requests import Whole
from perfweek.caching.invalidation.links import NONE, Events, Linked, link, names_of
from perfweek.caching.logged import Logged, share_of_windows
from perfweek.stats import Estimate

ENOUGH = 0.9
"""Of what all known keys would bring: so much is worth warming, the rest comes by itself."""


@dataclass(frozen=True)
class Plan:
    """The log cut in the middle (`start`: place of the first event of the second half). `keys`: entries of the first half, those first whose reads
    save most of the origin's time a byte: reads * fetch / bytes. `table`: one row each: name, reads, fetch_ms, bytes. `covered`: by how many of them
    (first column of `curve`) which share of the second half's reads. `chosen`: how many are worth it; `bytes`: of these."""

    linked: Linked
    start: int
    keys: Whole
    table: pd.DataFrame
    curve: npt.NDArray[np.float64]
    chosen: int
    covered: Estimate
    bytes: int

    @property
    def warmed(self) -> Whole:
        return self.keys[: self.chosen]


def plan_of(logged: Logged, capacity_bytes: float) -> Plan:
    """The plan of a log; no keys beyond the room of the cache."""
    linked = link(logged)
    events, start = linked.events, len(logged.frame) // 2
    reads = ~events.writes
    early, late = events.keys[:start][reads[:start]], events.keys[start:][reads[start:]]
    counts = np.bincount(early, minlength=linked.entries)
    sizes = np.zeros(linked.entries, np.int64)
    sizes[events.keys[reads]] = events.sizes[reads]
    known = np.flatnonzero(counts)
    value = counts[known] * np.maximum(linked.fetch_us[known], 1) / np.maximum(sizes[known], 1)
    keys = known[np.argsort(-value, kind="stable")]
    keys = keys[np.cumsum(sizes[keys]) <= capacity_bytes]
    rank = np.full(linked.entries, np.iinfo(np.int64).max)
    rank[keys] = np.arange(keys.size)
    chosen = _enough(rank[late], keys.size)
    covered = share_of_windows(rank[late] < chosen, events.times[start:][reads[start:]] / 1e6)
    curve = _curve(rank[late], keys.size)
    names = names_of(logged, linked)
    table = pd.DataFrame({"name": names[keys], "reads": counts[keys], "fetch_ms": linked.fetch_us[keys] / 1000, "bytes": sizes[keys]})
    return Plan(linked, start, keys, table, curve, chosen, covered, int(sizes[keys[:chosen]].sum()))


def _enough(ranks: Whole, keys: int) -> int:
    """The fewest of the first keys that cover ENOUGH of what all of them do."""
    found = np.sort(ranks[ranks < keys])
    return int(found[int(np.ceil(ENOUGH * found.size)) - 1]) + 1 if found.size else 0


def _curve(ranks: Whole, keys: int, points: int = 60) -> npt.NDArray[np.float64]:
    counts = np.unique(np.geomspace(1, max(keys, 1), points).astype(int))
    ordered = np.sort(ranks)
    return np.column_stack([counts, np.searchsorted(ordered, counts) / max(1, ranks.size)])


def second_half(plan: Plan, warm_rate: float = 0.0) -> tuple[Linked, int]:
    """The second half of the events, with so many fills before it: of the chosen keys, so many a second, the most valuable last, so that they are
    the last to expire. Without a rate there are none."""
    events = plan.linked.events
    late = Events._make(values[plan.start :] for values in events)
    if not warm_rate or not plan.chosen:
        return replace(plan.linked, events=late), 0
    first = int(late.times[0]) if late.times.size else 0
    fills = plan.warmed[::-1]
    times = first - (np.arange(fills.size, 0, -1) * 1e6 / warm_rate).astype(np.int64)
    sizes = np.zeros(plan.linked.entries, np.int64)
    sizes[plan.keys] = plan.table["bytes"].to_numpy(np.int64)
    of_entry = np.full(plan.linked.entries, NONE, np.int64)
    of_entry[events.keys[~events.writes]] = events.scopes[~events.writes]
    before = Events(times, fills, of_entry[fills], np.zeros(fills.size, bool), sizes[fills])
    joined = Events._make(np.concatenate(pair) for pair in zip(before, late, strict=True))
    return replace(plan.linked, events=joined), int(fills.size)
