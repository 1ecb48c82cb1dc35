"""The sizes that configuration files are made from: of a proposed design, or of the tiers as the target designs them."""

import math
from dataclasses import dataclass

from perfweek.caching.keys.specification import slug
from perfweek.caching.tiers.design import KV_LEAST_CACHED_S, KV_LEAST_TTL_S, Design
from perfweek.target import Target

GIB = 1 << 30
JITTER = 0.1
"""Share by which times to live are spread, so that what was filled together does not end together."""
LARGEST_TTL_S = 31 * 86_400.0


@dataclass(frozen=True)
class Sizes:
    """Bytes and seconds; 0 bytes or seconds where a tier is not there. `process_bytes`: of an instance. `shared_bytes`: of entries on all masters,
    as their allocator counts them. `usable`: the share of a node's memory that entries may take."""

    service: str
    process_bytes: float
    process_ttl_s: float
    shared_bytes: float
    shared_ttl_s: float
    masters: int
    replicas: int
    node_gib: float
    usable: float
    edge_ttl_s: float
    edge_cached_s: float

    @property
    def maxmemory(self) -> int:
        """Of a master, in bytes: its share of the entries, never more than the usable part of its memory."""
        return int(min(self.shared_bytes / self.masters, self.usable * self.node_gib * GIB)) if self.shared_bytes else 0

    @property
    def node_needs_gib(self) -> float:
        """Memory of a node for its entries, fragmentation, buffers and the copy of a replica's synchronisation."""
        return self.maxmemory / self.usable / GIB

    @property
    def short_bytes(self) -> float:
        """What of the entries finds no room on that many masters."""
        return max(0.0, self.shared_bytes - self.usable * self.node_gib * GIB * self.masters)


def sizes_of(target: Target, design: Design | None = None) -> Sizes:
    """Of a design, else of the target's tiers. An unlimited tier gets what its nodes hold; masters are as many as the entries need, up to 100."""
    levels, prices = dict(target.cache.by_level()), target.prices
    first, second, edge = levels.get("l1"), levels.get("l2"), levels.get("l4")
    process = (1e6 * first.size_mb, first.ttl_s) if first else (0.0, 0.0)
    shared = (1e6 * second.size_mb, second.ttl_s) if second else (0.0, 0.0)
    far = (edge.ttl_s, target.cache.edge_cached_s) if edge else (0.0, 0.0)
    if design:
        process = (design.process.capacity, design.process.ttl_s) if design.process else (0.0, 0.0)
        shared = (design.shared.capacity, design.shared.ttl_s) if design.shared else (0.0, 0.0)
        far = (design.edge.ttl_s, design.edge.cached_s) if design.edge else (0.0, 0.0)
    a_node = prices.redis_usable * prices.redis_node_gib * GIB
    needed = math.ceil(shared[0] / a_node) if math.isfinite(shared[0]) else prices.redis_masters
    masters = min(100, max(prices.redis_masters, needed))
    return Sizes(
        slug(target.service.name),
        min(process[0], 1e12),
        min(process[1], LARGEST_TTL_S),
        min(shared[0], masters * a_node),
        min(shared[1], LARGEST_TTL_S),
        masters,
        prices.redis_replicas,
        prices.redis_node_gib,
        prices.redis_usable,
        max(min(far[0], LARGEST_TTL_S), KV_LEAST_TTL_S) if far[0] else 0.0,
        max(far[1], KV_LEAST_CACHED_S) if far[0] else 0.0,
    )
