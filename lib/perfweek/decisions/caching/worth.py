"""What each tier is worth on the reads that the tiers before it miss: the only reads that it ever sees."""

from dataclasses import replace

import numpy as np

from perfweek.caching.tiers.replay import TIERS
from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target import Cache, Tier
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
    """What L4, met first, saves."""
    return _judged(evidence, "l4")


def _judged(evidence: Evidence, level: str) -> Criterion:
    rule = replace(RULE, id=f"worth-{level}", quantity=f"{RULE.quantity}, {level.upper()}")
    return criterion(rule, evidence.requests, lambda requests: _observe(requests, evidence.cache, level))


def _observe(requests: Requests, cache: Cache, level: str) -> Observation | Missing:
    replayed = simulated(requests, cache)
    if isinstance(replayed, Missing):
        return replayed
    if level not in replayed.planned:
        return Missing(f"the target plans no {level.upper()}; add it to cache.tiers", requests.dataset.source)
    without = simulated(requests, cache.model_copy(update={"tiers": tuple(tier for one, tier in _named(cache) if one != level)}), bare=True)
    if isinstance(without, Missing):
        return without
    place = TIERS.index(level)
    reached, hits = int(np.count_nonzero(replayed.tier >= place)), int(np.count_nonzero(replayed.tier == place))
    found = joint.of_sums(requests.blocks, replayed.time, np.column_stack([without.ms, replayed.ms]), _saved)
    on_misses = hits / reached if reached else 0.0
    finding = f"{NAMES[level]} would save {bracketed(found.estimate, '%')} of the mean; it answers {percent(on_misses)} of the reads that reach it"
    return Observation.of(found, requests.kept * replayed.covered, requests.mix, finding)


def _named(cache: Cache) -> list[tuple[str, Tier]]:
    """The tiers with their level written out, so that taking one out does not move the others."""
    return [(level, tier.model_copy(update={"level": level})) for level, tier in cache.by_level()]


def _saved(sums: joint.Floats) -> joint.Floats:
    return np.where(sums[..., 0] > 0, 1 - sums[..., 1] / sums[..., 0], np.nan)
