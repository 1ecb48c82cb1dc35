"""What each tier is worth where the tiers before it are built already: on what they miss, the only reads that it ever sees."""

from dataclasses import replace

import numpy as np

from perfweek.caching.tiers.replay import TIERS
from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import lived, simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target import Cache
from perfweek.wording import bracketed, percent

RULE = Rule(
    record="ADR-003",
    id="worth",
    quantity="mean response time that the tier saves",
    unit="1",
    formula="mean of a replay of the log without the tier less the mean with it, lookups on misses included, over the mean without it",
    threshold=Threshold("at least", 0.05, 0.05, "J", "a tier that saves less than 5 % of the mean is not worth its upkeep"),
    role="necessary",
    instead="leave the tier out",
    fewest=100,
    measure="log a cache key for every read, and describe the tiers under cache.tiers",
)
NAMES = {"l1": "the cache in the process", "l2": "the shared Redis", "l3": "the result cache", "l4": "the edge"}


def process_worth(evidence: Evidence) -> Criterion:
    """What L1 saves."""
    return _judged(evidence, "l1")


def shared_worth(evidence: Evidence) -> Criterion:
    """What L2 saves on what L1 misses."""
    return _judged(evidence, "l2")


def results_worth(evidence: Evidence) -> Criterion:
    """What L3 saves on what L1 and L2 miss."""
    return _judged(evidence, "l3")


def edge_worth(evidence: Evidence) -> Criterion:
    """What L4 saves on what the others leave, although it is met first."""
    return _judged(evidence, "l4")


def _judged(evidence: Evidence, level: str) -> Criterion:
    rule = replace(RULE, id=f"worth-{level}", quantity=f"{RULE.quantity}, {level.upper()}")
    return criterion(rule, evidence.requests, lambda requests: _observe(requests, evidence.cache, level))


def _observe(requests: Requests, cache: Cache, level: str) -> Observation | Missing:
    if cache.tiers and level not in dict(cache.by_level()):
        return Missing(f"the target plans no {level.upper()}; add it to cache.tiers", requests.dataset.source)
    replayed, without = simulated(requests, _up_to(cache, level)), simulated(requests, _up_to(cache, level, itself=False), bare=True)
    if isinstance(replayed, Missing):
        return replayed
    if isinstance(without, Missing):
        return without
    place = TIERS.index(level)
    reached, hits = int(np.count_nonzero(replayed.tier >= place)), int(np.count_nonzero(replayed.tier == place))
    found = joint.of_sums(requests.blocks, replayed.time, np.column_stack([without.ms, replayed.ms]), _saved)
    on_misses = hits / reached if reached else 0.0
    ttl_s = dict(cache.by_level())[level].ttl_s
    # a longer log would only add hits: a short one may support a tier, but not refuse it
    enough = found.estimate.low >= RULE.threshold.supports
    covered = requests.kept * replayed.covered * (1.0 if enough else lived(requests, ttl_s))
    finding = f"{NAMES[level]} would save {bracketed(found.estimate, '%')} of the mean; it answers {percent(on_misses)} of the reads that reach it"
    return Observation.of(found, covered, requests.mix, finding)


def _up_to(cache: Cache, level: str, itself: bool = True) -> Cache:
    """The tiers before a level in the order in which they would be built, L1 first, with or without the level itself; each keeps its level."""
    kept = [(one, tier) for one, tier in cache.by_level() if one < level or (itself and one == level)]
    return cache.model_copy(update={"tiers": tuple(tier.model_copy(update={"level": one}) for one, tier in kept)})


def _saved(sums: joint.Floats) -> joint.Floats:
    return np.where(sums[..., 0] > 0, 1 - sums[..., 1] / sums[..., 0], np.nan)
