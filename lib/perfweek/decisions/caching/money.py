"""Whether the shared tier saves more money than it costs."""

import math

import numpy as np

from perfweek.caching.tiers.replay import TIERS
from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target import Cache, Prices
from perfweek.wording import bracketed, number

RULE = Rule(
    record="ADR-003",
    id="money",
    quantity="warehouse credits that Redis saves, over its price",
    unit="times",
    formula="database hours of the misses that L2 answers, as credits, over the price of its nodes (break-even of Gray's five-minute rule)",
    threshold=Threshold("at least", 1, 1, "D", "it pays for itself from 1 on"),
    role="supporting",
    instead="keep the process's own cache alone",
    fewest=100,
    measure="log the database time of every request, and set [prices] and cache.requests_a_second",
)
HOURS = 730.0
MIB_A_MB = 1e6 / 1024**3


def money(evidence: Evidence) -> Criterion:
    """A month of saved credits over a month of nodes, at the stated prices and rate."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.cache, evidence.prices))


def redis_price(cache: Cache, prices: Prices) -> float:
    """Dollars a month of the nodes that hold the planned size."""
    size_mb = next(tier.size_mb for level, tier in cache.by_level() if level == "l2")
    masters = max(prices.redis_masters, math.ceil(size_mb * MIB_A_MB / (prices.redis_node_gib * prices.redis_usable)))
    return masters * (1 + prices.redis_replicas) * prices.redis_node_hour * HOURS


def _observe(requests: Requests, cache: Cache, prices: Prices) -> Observation | Missing:
    replayed = simulated(requests, cache)
    if isinstance(replayed, Missing):
        return replayed
    if "l2" not in replayed.planned or math.isinf(next(tier.size_mb for level, tier in cache.by_level() if level == "l2")):
        return Missing("the target plans no L2 of a stated size", requests.dataset.source)
    reads = requests.reads[requests.reads["key"] != ""]
    if not reads["database_ms"].any():
        return Missing("the access log records no database time", requests.dataset.source)
    rate = cache.requests_a_second or len(reads) / max(requests.seconds, 1e-9)
    asked = reads[reads["database_ms"] > 0].groupby("route")["database_ms"].mean()
    spared = reads["route"].map(asked).fillna(0.0).to_numpy(float) * (replayed.tier == TIERS.index("l2"))
    month = rate * HOURS * 3600 / 3.6e6 * prices.credits_hour * prices.credit
    price = redis_price(cache, prices)
    found = joint.of_sums(requests.blocks, replayed.time, np.column_stack([spared, np.ones_like(spared)]), lambda sums: sums[..., 0] / sums[..., 1])
    found = found.map(lambda ms: ms * month / price) if price > 0 else joint.exact(math.inf, len(spared), "free of charge")
    finding = f"Redis saves {bracketed(found.estimate)} times its ${number(price)} a month, at {number(rate)} reads a second"
    return Observation.of(found, requests.kept * replayed.covered, "assumed", finding)
