"""What share of the reads the planned tiers would answer, and how large a cache has to be before more gains little."""

import numpy as np

from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.requests import Requests as Trace
from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import ORIGIN, simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target import Cache
from perfweek.wording import bracketed, count, percent

RULE = Rule(
    record="ADR-003",
    id="planned-hits",
    quantity="hits that the planned tiers would reach",
    unit="1",
    formula="reads of a key answered by any planned tier in a replay of the log, over reads of a key; knee from the exact LRU curve (Mattson 1970)",
    threshold=Threshold("at least", 0.95, 0.95, "D", "below 95 % hits the p95 stays the latency of a miss"),
    role="supporting",
    instead="make the miss faster, with fewer and smaller statements behind it",
    fewest=100,
    measure="log a cache key for every read, and describe the tiers under cache.tiers",
)
KNEE = 0.9


def planned_hits(evidence: Evidence) -> Criterion:
    """The hit ratio of all planned tiers together, with the size at which nine tenths of what any size reaches are reached."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.cache))


def _observe(requests: Requests, cache: Cache) -> Observation | Missing:
    replayed = simulated(requests, cache)
    if isinstance(replayed, Missing):
        return replayed
    found = joint.share(requests.blocks, replayed.time, replayed.tier != ORIGIN, np.ones(len(replayed.time)))
    reads = requests.reads
    curve = exact_curve(Trace.of(reads.loc[reads["key"] != "", "key"]))
    knee = curve.size_for(1 - KNEE * (1 - curve.floor))
    said = "" if np.isnan(knee) else f"; {count(int(knee), 'object')} give {percent(KNEE)} of the hits that any size gives"
    return Observation.of(
        found, requests.kept * replayed.covered, requests.mix, f"the planned tiers would answer {bracketed(found.estimate, '%')} of the reads{said}"
    )
