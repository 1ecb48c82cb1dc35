"""Whether the origin survives the full load with empty caches.

A service that answers most reads from caches can be stable while they are warm and never recover once they are not (Bronson and others,
Metastable Failures in Distributed Systems, HotOS 2021).
"""

import math

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.kafka.rate import busiest_second
from perfweek.decisions.material import Capacity, Evidence, Missing, Requests
from perfweek.stats import Estimate
from perfweek.target import Cache
from perfweek.wording import bracketed, number

RULE = Rule(
    record="ADR-003",
    id="cold-start",
    quantity="busiest second's reads over what the origin takes",
    unit="times",
    formula="reads in the busiest second, none answered by a cache, over the origin's limit: stated, or Monday's capacity times its misses",
    threshold=Threshold("at most", 1, 1, "L", "an origin that takes less than the full load does not survive cold caches"),
    role="veto",
    instead="join concurrent misses of a key and shed load until caches are warm",
    fewest=20,
    measure="let Monday find the capacity (load.capacity), or set cache.origin_limit",
)


def cold_start(evidence: Evidence) -> Criterion:
    """Load over limit; the interval takes both at their ends."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.cache, evidence.capacity))


def _observe(requests: Requests, cache: Cache, capacity: Capacity | Missing) -> Observation | Missing:
    seconds = math.floor(requests.seconds)
    if seconds < 1:
        return Missing("the log is shorter than a second")
    limit = _limit(cache, capacity)
    if isinstance(limit, Missing):
        return limit
    offsets = requests.reads["time"].to_numpy(float) - requests.dataset.start
    peak = busiest_second(np.bincount(offsets[offsets < seconds].astype(int), minlength=seconds))
    scale = max(1.0, cache.requests_a_second * requests.seconds / max(1, len(requests.reads))) if cache.requests_a_second else 1.0
    low, high = (limit.value if math.isnan(bound) else bound for bound in (limit.low, limit.high))
    if not low > 0:
        return Missing("the origin's limit is not known to be above 0", requests.dataset.source)
    found = Estimate(
        peak.value * scale / limit.value, peak.low * scale / high, peak.high * scale / low, seconds, f"{peak.method}; limit: {limit.method}"
    )
    finding = f"with cold caches the busiest second asks {bracketed(found)} times what the origin takes ({number(limit.value)} requests a second)"
    return Observation.of(of_interval(found), requests.kept, requests.mix, finding)


def _limit(cache: Cache, capacity: Capacity | Missing) -> Estimate | Missing:
    if cache.origin_limit:
        return Estimate(cache.origin_limit, cache.origin_limit, cache.origin_limit, 1, "stated in target.toml")
    if isinstance(capacity, Missing):
        return capacity
    rate, low, high = (bound * capacity.missed for bound in (capacity.rate, capacity.low, capacity.high))
    return Estimate(rate, low, high, 1, "Monday's capacity times the share of reads that its caches let through")
