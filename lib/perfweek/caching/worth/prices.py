"""What a design costs a month, part by part."""

import math
from collections.abc import Mapping

from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.workload import MONTH_S
from perfweek.target import Prices

PARTS = ("l1 memory", "l2 nodes", "l4 edge", "origin CPU", "warehouse")
_GB, _MILLION = 1e9, 1e6
_HOURS = MONTH_S / 3600


def redis_masters(capacity: float, prices: Prices) -> int:
    """Masters that hold `capacity` bytes of entries."""
    return max(prices.redis_masters, math.ceil(capacity / (prices.redis_node_gib * 2**30 * prices.redis_usable)))


def standing(design: Design, prices: Prices, stored: tuple[int, int], given: Mapping[str, float] | None = None) -> dict[str, float]:
    """Dollars a month that do not depend on the requests. `stored`: bytes of all entries in l1 and l2, which is what a tier without limit holds.
    `given`: dollars a gigabyte and month that the target states for l1 and l2, instead of the prices."""
    own, cost = given or {}, dict.fromkeys(PARTS, 0.0)
    if design.process:
        size = min(design.process.capacity, max(stored[0], 1)) if math.isinf(design.process.capacity) else design.process.capacity
        cost["l1 memory"] = design.instances * size / _GB * (own.get("l1") or prices.process_gb_month)
    if design.shared:
        size = stored[1] if math.isinf(design.shared.capacity) else design.shared.capacity
        nodes = redis_masters(size, prices) * (1 + prices.redis_replicas)
        cost["l2 nodes"] = size / _GB * own["l2"] if own.get("l2") else nodes * prices.redis_node_hour * _HOURS
    if design.edge:
        cost["l4 edge"] = prices.workers_month + max(0.0, stored[1] / _GB - 1) * prices.kv_gb_month
    return cost


def moving(reads: float, writes: float, cpu_ms: float, warehouse_s: float, edge: bool, prices: Prices) -> dict[str, float]:
    """Dollars a month for amounts of a month: reads and writes at the edge, milliseconds of CPU and seconds of the warehouse for what nothing else
    answered. The 60 s that a warehouse bills at least when it resumes are not in it."""
    cost = dict.fromkeys(PARTS, 0.0)
    if edge:
        cost["l4 edge"] = (
            max(0.0, reads / _MILLION - 10) * (prices.kv_reads_million + prices.workers_million)
            + max(0.0, writes / _MILLION - 1) * prices.kv_writes_million
        )
    cost["origin CPU"] = cpu_ms / 3.6e6 * prices.core_hour
    cost["warehouse"] = warehouse_s / 3600 * prices.credits_hour * prices.credit
    return cost
