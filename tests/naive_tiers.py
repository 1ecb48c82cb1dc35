"""Four tiers filled key by key in plain Python: what the simulation of a design must equal."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from perfweek.caching.tiers.design import Design, Edge, Store

READ, DELETE, FILL = 0, 1, 2


@dataclass(frozen=True)
class Visit:
    """A request: times in whole seconds; `instance` and `location` are where it arrives; `ttl` its own, None for that of the tiers."""

    key: int
    time: int
    kind: int = READ
    weight: int = 1
    instance: int = 0
    location: int = 0
    ttl: int | None = None


@dataclass
class Entry:
    until: float
    born: int
    weight: int


@dataclass
class Lru:
    store: Store | None
    entries: OrderedDict[int, Entry] = field(default_factory=OrderedDict)

    def get(self, key: int, now: int) -> Entry | None:
        entry = self.entries.get(key)
        if entry and now >= entry.until:
            del self.entries[key]
            return None
        if entry:
            self.entries.move_to_end(key)
        return entry

    def put(self, key: int, entry: Entry) -> list[tuple[int, Entry]]:
        """What is evicted for it, the oldest first."""
        if not self.store or entry.weight > self.store.capacity:
            return []
        self.entries.pop(key, None)
        evicted = []
        while sum(held.weight for held in self.entries.values()) + entry.weight > self.store.capacity:
            evicted.append(self.entries.popitem(last=False))
        self.entries[key] = entry
        return evicted


class Kv:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.central: dict[int, tuple[float, int, float]] = {}  # until, born, written
        self.copies: dict[tuple[int, int], tuple[float, int]] = {}

    def get(self, key: int, location: int, now: int) -> int | None:
        until, born = self.copies.get((key, location), (-math.inf, 0))
        if now < until:
            return born
        until, born, written = self.central.get(key, (-math.inf, 0, -math.inf))
        if now < until and now >= written + self.edge.propagation_s:
            self.copies[key, location] = (min(now + self.edge.cached_s, until), born)
            return born
        return None

    def put(self, key: int, location: int, now: int, born: int, life: float) -> None:
        if now < self.central.get(key, (0, 0, -math.inf))[2] + 1:
            return
        self.central[key] = (now + life, born, now)
        self.copies[key, location] = (now + min(self.edge.cached_s, life), born)


@dataclass(frozen=True)
class Outcome:
    tier: str
    stale: bool = False
    age: int = 0


class NaiveTiers:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.processes = [Lru(design.process) for _ in range(design.instances)]
        self.shared = Lru(design.shared)
        self.edge = Kv(design.edge) if design.edge else None
        self.results: dict[int, tuple[int, int, int]] = {}  # first, last, changes
        self.changes = 0
        self.written: dict[int, int] = {}

    def replay(self, visits: Sequence[Visit]) -> list[Outcome | None]:
        return [self.read(visit) if visit.kind == READ else self.write(visit) for visit in visits]

    def write(self, visit: Visit) -> None:
        design = self.design
        self.changes += 1
        self.written[visit.key] = visit.time
        if design.tells != "nothing":
            self.shared.entries.pop(visit.key, None)
            self.processes[visit.instance].entries.pop(visit.key, None)
        if design.tells == "every":
            for process in self.processes:
                process.entries.pop(visit.key, None)
            if self.edge:
                self.edge.central[visit.key] = (-math.inf, 0, visit.time)
        if visit.kind == FILL:
            self.fill(visit, visit.time, math.inf, from_shared=False)

    def read(self, visit: Visit) -> Outcome:
        if self.edge:
            born = self.edge.get(visit.key, visit.location, visit.time)
            if born is not None:
                return self.cached("l4", visit, born)
        outcome, born, until = self.from_service(visit)
        if self.edge and visit.ttl != 0:
            end = self.until(visit, self.edge.edge.ttl_s, until)
            self.edge.put(visit.key, visit.location, visit.time, born, end - visit.time)
        return outcome

    def from_service(self, visit: Visit) -> tuple[Outcome, int, float]:
        entry = self.processes[visit.instance].get(visit.key, visit.time)
        if entry:
            return self.cached("l1", visit, entry.born), entry.born, entry.until
        entry = self.shared.get(visit.key, visit.time)
        if entry:
            if self.design.exclusive:
                del self.shared.entries[visit.key]
            self.fill(visit, entry.born, entry.until, from_shared=True)
            return self.cached("l2", visit, entry.born), entry.born, entry.until
        tier = "l3" if self.design.results and self.reused(visit) else "origin"
        self.fill(visit, visit.time, math.inf, from_shared=False)
        return Outcome(tier), visit.time, math.inf

    def reused(self, visit: Visit) -> bool:
        rules = self.design.results
        assert rules
        first, last, changes = self.results.get(visit.key, (-(10**9), -(10**9), -1))
        fresh = changes == self.changes and visit.time - last < rules.kept_s and visit.time - first < rules.longest_s
        self.results[visit.key] = (first if fresh else visit.time, visit.time, self.changes)
        return fresh

    def cached(self, tier: str, visit: Visit, born: int) -> Outcome:
        return Outcome(tier, born < self.written.get(visit.key, -(10**9)), visit.time - born)

    def until(self, visit: Visit, ttl: float, inherited: float) -> float:
        until = visit.time + (ttl if visit.ttl is None else min(ttl, visit.ttl))
        return min(until, inherited) if self.design.inherits else until

    def fill(self, visit: Visit, born: int, until: float, from_shared: bool) -> None:
        if visit.ttl == 0:
            return
        design = self.design
        if design.shared and not from_shared and not design.exclusive:
            self.shared.put(visit.key, Entry(self.until(visit, design.shared.ttl_s, until), born, visit.weight))
        if design.process:
            own = Entry(self.until(visit, design.process.ttl_s, until), born, visit.weight)
            for key, victim in self.processes[visit.instance].put(visit.key, own):
                if design.exclusive and design.shared and victim.born + design.shared.ttl_s > visit.time:
                    self.shared.put(key, Entry(victim.born + design.shared.ttl_s, victim.born, victim.weight))
