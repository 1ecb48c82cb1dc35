"""How many answers of the planned tiers would be older than the last write of their key."""

import math
from dataclasses import replace

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import lived, simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.stats import Estimate
from perfweek.target import Cache
from perfweek.wording import bracketed, percent

RULE = Rule(
    record="ADR-003",
    id="stale-answers",
    quantity="answers older than the last write of their key",
    unit="1",
    formula="answers marked stale in a replay of the log through the planned tiers, with what writes delete there, over reads of a key",
    threshold=Threshold("at most", 0.01, 0.01, "J", "more stale answers than are tolerated"),
    role="veto",
    instead="delete a written key in every tier, or do not cache its route",
    fewest=100,
    measure="log the key of every write, and say under cache.writes what a write deletes",
)


def stale_answers(evidence: Evidence) -> Criterion:
    """The share of stale answers, against what the target tolerates."""
    tolerated = evidence.known.stale_tolerated
    threshold = Threshold("at most", tolerated, tolerated, "J", f"{percent(tolerated)} of the answers may be stale")
    return criterion(replace(RULE, threshold=threshold), evidence.requests, lambda requests: _observe(requests, evidence.cache, tolerated))


def _observe(requests: Requests, cache: Cache, tolerated: float) -> Observation | Missing:
    replayed = simulated(requests, cache)
    if isinstance(replayed, Missing):
        return replayed
    if len(requests.writes) and (requests.writes["key"] == "").all():
        return Missing("no answered write carries a key, so what it makes stale cannot be told", requests.dataset.source)
    found = joint.share(requests.blocks, replayed.time, replayed.stale, np.ones(len(replayed.time)))
    if not replayed.stale.any() and not math.isnan(found.estimate.high):
        n = len(replayed.time)
        found = joint.of_interval(Estimate(0.0, 0.0, 3 / n, n, "no stale answer: rule of three"))
    finding = f"{bracketed(found.estimate, '%')} of the answers would be older than the last write of their key"
    # old answers appear as entries age: a log shorter than the first tier's time to live shows too few of them
    oldest = 1.0 if found.estimate.low > tolerated else lived(requests, min(tier.ttl_s for tier in cache.tiers))
    return Observation.of(found, requests.kept * replayed.covered * oldest, requests.mix, finding)
