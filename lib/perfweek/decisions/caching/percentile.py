"""ADR-003, multi-tier caching: can the tiers bring the 95th percentile down at all?

The q-th percentile is the latency of a miss as long as more than 1 - q of the requests miss. With hits of 2 ms and
misses of 120 ms, 80 % hits give a mean of 26 ms and still a p95 of a miss; from 95 % on the p95 is a hit.
"""

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed

TIERS = ("l1", "l2", "origin")
HIT_RATIO = Rule(
    record="ADR-003",
    id="percentile-rule",
    quantity="hits in the reads that pass the cache",
    unit="1",
    formula="reads answered by a cache tier over reads answered by a tier or the origin; p95 is a hit where 1 - h <= 1 - 0.95",
    threshold=Threshold("at least", 0.95, 0.95, "D", "below 95 % hits the p95 is the latency of a miss"),
    role="supporting",
    instead="make the miss faster, with fewer and smaller statements behind it",
    fewest=100,
    measure="log which tier answered each request",
)


def percentile_rule(evidence: Evidence) -> Criterion:
    """The hit ratio of the tiers as they are now, against what the 95th percentile needs."""
    return criterion(HIT_RATIO, evidence.requests, _observe)


def _observe(requests: Requests) -> Observation | Missing:
    reads = requests.reads
    cached = reads[reads["tier"].isin(TIERS)]
    if cached.empty:
        return Missing("the access log names no cache tier")
    hits = joint.share(requests.blocks, cached["time"], cached["tier"] != "origin", cached["tier"] != "")
    finding = f"{bracketed(hits.estimate, '%')} of the reads were hits"
    return Observation.of(hits, requests.kept * len(cached) / len(reads), requests.mix, finding)
