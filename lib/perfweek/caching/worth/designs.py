"""Designs: the one that the target states, and the ones that are tried beside it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from perfweek.caching.tiers.design import KV_LEAST_TTL_S, Design, Edge, ResultCache, Store
from perfweek.caching.worth.workload import Workload
from perfweek.target import Cache, Tier

MEGABYTE = 1e6
FRACTIONS = (0.03, 0.1, 0.3, 1.0)
"""Sizes that are tried, as shares of the bytes of all entries; beyond all of them nothing is gained."""
NAMES = {"l1": "process", "l2": "shared", "l3": "results", "l4": "edge"}


def designed(cache: Cache, fetch_s: float = 0.0) -> Design:
    """The tiers of the target; those that it does not name are not there. A time to live below what Workers KV takes is raised to it."""
    tiers = dict(cache.by_level())
    return Design(
        _store(tiers.get("l1")),
        _store(tiers.get("l2")),
        ResultCache(min(tiers["l3"].ttl_s, ResultCache.kept_s)) if "l3" in tiers else None,
        Edge(max(tiers["l4"].ttl_s, KV_LEAST_TTL_S), cache.edge_cached_s, cache.locations) if "l4" in tiers else None,
        cache.instances,
        cache.routing,
        cache.filling,
        cache.inherit_ttl,
        cache.writes,
        fetch_s,
    )


def _store(tier: Tier | None) -> Store | None:
    return Store(tier.size_mb * MEGABYTE, tier.ttl_s) if tier else None


def without(design: Design, level: str) -> Design:
    """The design with one tier taken out."""
    return _with(design, level, None)


def levels(design: Design) -> list[str]:
    """The tiers that are there, l1 first."""
    return [level for level, name in NAMES.items() if getattr(design, name) is not None]


def without_all(design: Design) -> Design:
    """The same service without any cache."""
    return replace(design, process=None, shared=None, results=None, edge=None)


def with_tier_of(design: Design, other: Design, level: str) -> Design:
    """The design with one tier as the other has it."""
    return _with(design, level, getattr(other, NAMES[level]))


def sized(design: Design, level: str, capacity: float) -> Design:
    """The design with l1 or l2 of that many bytes."""
    store: Store = getattr(design, NAMES[level])
    return _with(design, level, replace(store, capacity=capacity))


def longer(design: Design, level: str, factor: float) -> Design:
    """The design with a time to live so many times as long, of l1, l2 or l4."""
    tier = getattr(design, NAMES[level])
    return _with(design, level, replace(tier, ttl_s=tier.ttl_s * factor))


def _with(design: Design, level: str, tier: Any) -> Design:
    changed: dict[str, Any] = {NAMES[level]: tier}
    return replace(design, **changed)


def candidates(workload: Workload, start: Design) -> Iterator[Design]:
    """Every combination of the tiers of `start`, of sizes up to all entries and up to theirs, times to live as they are; the one without any too."""
    processes, shareds = _sizes(start.process, workload.largest[0]), _sizes(start.shared, workload.largest[1])
    results = [None, start.results] if start.results else [None]
    edges = [None, start.edge] if start.edge else [None]
    for process, shared, result, edge in product(processes, shareds, results, edges):
        yield replace(start, process=process, shared=shared, results=result, edge=edge)


def _sizes(store: Store | None, every: int) -> Sequence[Store | None]:
    if store is None:
        return [None]
    sizes = {min(store.capacity, max(1.0, math.ceil(share * every))) for share in FRACTIONS}
    return [None, *(replace(store, capacity=size) for size in sorted(sizes))]


def described(design: Design) -> str:
    """A design in a few words, such as 'L1 12 MB 60 s + L2 80 MB 300 s'."""
    words = [
        f"{level.upper()} {megabytes(store.capacity)} {seconds(store.ttl_s)}"
        for level, store in (("l1", design.process), ("l2", design.shared))
        if store
    ]
    words += ["L3"] if design.results else []
    words += [f"L4 {seconds(design.edge.ttl_s)}"] if design.edge else []
    return " + ".join(words) or "no cache"


def megabytes(size: float) -> str:
    """'12 MB', '100 GB'."""
    if math.isinf(size):
        return "unlimited"
    return f"{size / 1e9:,.3g} GB" if size >= 1e9 else f"{size / 1e6:,.3g} MB"


def seconds(span: float) -> str:
    """'60 s', '24 h', '31 d'."""
    if math.isinf(span):
        return "for ever"
    for length, name, least in ((86_400, "d", 172_800), (3600, "h", 3600), (60, "min", 600)):
        if span >= least:
            return f"{span / length:,.3g} {name}"
    return f"{span:,.4g} s"
