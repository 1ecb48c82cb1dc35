"""Which writes change which reads, as far as methods and paths tell."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.engine.requests import Whole, microseconds
from perfweek.caching.keys.addresses import Address, rules_of
from perfweek.caching.logged import Logged

RULE = (
    "a write to a path changes the entry of that resource (the same cache key, or the same path) and every entry of the collection that it lies in: "
    "POST /assets or PUT /assets/{id} changes all of GET /assets, whatever its parameters. What is derived from it on another path is not known"
)
NONE = -1
_PLACE = re.compile(r"/\{[^/{}]*\}")


class Events(NamedTuple):
    """Reads and writes for a kernel. `times`: microseconds, each after the one before. `keys`: number of the entry, NONE where a write names
    none. `scopes`: number of the collection that an entry depends on or a write changes, NONE for none. `sizes`: bytes."""

    times: Whole
    keys: Whole
    scopes: Whole
    writes: npt.NDArray[np.bool_]
    sizes: Whole


@dataclass(frozen=True)
class Linked:
    """A log with what its writes change. `entries`, `collections`: how many there are; `linked`, `unlinked`: routes of reads that a write changes,
    and those that the rule says nothing of. `fetch_us`: of each entry, how long the origin takes for it: the median of its route."""

    events: Events
    entries: int
    collections: int
    linked: tuple[str, ...]
    unlinked: tuple[str, ...]
    fetch_us: Whole

    @property
    def reads(self) -> int:
        return int((~self.events.writes).sum())

    @property
    def writes(self) -> int:
        return int(self.events.writes.sum())


def link(logged: Logged) -> Linked:
    """The events of a log by RULE. Entries are named by what was asked for, where the log says so: its keys may carry versions."""
    frame = logged.frame
    writes = frame["write"].to_numpy(bool)
    names = _names(frame)
    keys = pd.factorize(pd.Series(names, dtype=object))[0].astype(np.int64)
    read = set(keys[~writes].tolist())
    keys = np.where(writes & ~np.isin(keys, list(read)), NONE, keys)
    scopes = _scopes(frame["route"], writes)
    times, sizes = _in_order(microseconds(frame["time"].to_numpy(float))), frame["bytes"].to_numpy(np.int64)
    entries = int(keys.max(initial=NONE)) + 1
    routes = frame["route"][~writes]
    own = set(routes[np.isin(keys[~writes], keys[writes & (keys != NONE)])])
    linked = own | set(routes[scopes[~writes] != NONE])
    events = Events(times, keys, scopes, writes, np.maximum(sizes, 1))
    unlinked = sorted(set(routes) - linked)
    return Linked(events, entries, int(scopes.max(initial=NONE)) + 1, tuple(sorted(linked)), tuple(unlinked), _fetch_us(frame, keys, entries))


def _in_order(times: Whole) -> Whole:
    """Times that only rise: of what a log dates alike, its order says which came first, and a write changes only what follows it."""
    place = np.arange(times.size)
    return np.maximum.accumulate(times - place) + place


def names_of(logged: Logged, linked: Linked) -> npt.NDArray[np.object_]:
    """The name of each entry: what was asked for, written in one way, or the log's key."""
    found = np.full(linked.entries, "", object)
    reads = ~linked.events.writes
    found[linked.events.keys[reads]] = np.array(_names(logged.frame), object)[reads]
    return found


def _names(frame: pd.DataFrame) -> list[str]:
    """The address of a read, written in one way; of a write that of the reads with its key, else its own path."""
    sure = [rule for rule in rules_of() if rule.usual]
    known: dict[str, str] = {}
    for url in frame["url"].unique():
        address = Address.of(url)
        for rule in sure:
            address = rule.apply(address)
        known[url] = address.text() if url else ""
    asked = [known[url] for url in frame["url"]]
    reads = ~frame["write"].to_numpy(bool)
    by_key = {key: name or key for key, name, is_read in zip(frame["key"], asked, reads, strict=True) if is_read}
    named = zip(frame["key"], asked, reads, strict=True)
    return [name or key if is_read else by_key.get(key, name or key) for key, name, is_read in named]


def _scopes(routes: pd.Series, writes: npt.NDArray[np.bool_]) -> Whole:
    """The number of the collection of each request: writes below it and reads of itself; NONE for reads that no write changes."""
    paths = routes.str.partition(" ")[2]
    collections = {path: _PLACE.split(path)[0] for path in paths[writes].unique()}
    numbers = {name: number for number, name in enumerate(sorted(set(collections.values())))}
    return np.array(
        [numbers.get(collections[path] if write else path, NONE) for path, write in zip(paths, writes, strict=True)],
        np.int64,
    )


def _fetch_us(frame: pd.DataFrame, keys: Whole, entries: int) -> Whole:
    origin = frame[~frame["write"] & ~frame["tier"].isin(["l1", "l2", "l3", "l4"])]
    by_route = origin.groupby("route")["duration_ms"].median()
    of_read = frame["route"].map(by_route).fillna(0.0).to_numpy(float)
    found = np.zeros(entries, np.int64)
    reads = ~frame["write"].to_numpy(bool)
    found[keys[reads]] = np.rint(of_read[reads] * 1000).astype(np.int64)
    return found
