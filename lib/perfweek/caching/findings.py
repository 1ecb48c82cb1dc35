"""What Thursday leaves behind: facts, and the predictions that Friday scores."""

import math
from dataclasses import replace

from perfweek.caching.study import Study
from perfweek.caching.tiers.replay import TIERS
from perfweek.caching.worth.designs import described, levels
from perfweek.caching.worth.outcome import Outcome, tried
from perfweek.caching.worth.whole import Worth
from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.stats import Estimate
from perfweek.target import Target

LOGGED = ("l1", "l2")
"""Tiers that an access log names."""


def facts_of(study: Study, worth: Worth | None = None) -> list[Fact]:
    """cache.miss_ratio at the recorded sizes, cache.working_set, cache.hit_ratio as the service has it now, and cache.design.* of the designed
    and the proposed tiers; none for no data."""
    if not study.curve.requests:
        return []
    source = study.trace.source
    points = [Fact("cache.miss_ratio", study.miss_ratio(size), source, {"objects": str(size)}) for size in study.sizes]
    seen = [Fact("cache.hit_ratio", study.observed(tier), source, {"tier": tier}) for tier in LOGGED if _has(study, tier)]
    designs = [fact for name in ("designed", "proposed") if worth for fact in _of_design(name, getattr(worth, name), source)]
    return [*points, Fact("cache.working_set", working_set(study), source), *seen, *designs]


def _of_design(name: str, outcome: Outcome, source: str) -> list[Fact]:
    labels = {"design": name}
    tiers = [tier for tier in TIERS if tier == "origin" or tier in levels(outcome.design)]
    worst = outcome.design.worst_age_s
    age = Estimate(worst, worst, worst, outcome.n, "times to live along the path that fills the tiers")
    return [
        *[Fact("cache.design.share", outcome.share(tier), source, {**labels, "tier": tier}) for tier in tiers],
        Fact("cache.design.p95", outcome.quantile(0.95), source, labels),
        Fact("cache.design.cost", outcome.dollars(), source, labels),
        Fact("cache.design.age", age, source, labels),
    ]


def predictions_of(study: Study, target: Target, worth: Worth | None) -> list[Prediction]:
    """The share of the reads that l1 answers on Friday once it has its designed size and time to live, and l2 where the log shows that there is one:
    simulated without the edge, which Friday's load does not pass.

    The range is the interval of the trace: it holds for requests like these. None without data or a plan.
    """
    if worth is None:
        return []
    designed = worth.designed.design
    design = replace(designed, edge=None, shared=designed.shared if _has(study, "l2") and study.observed("l2").value > 0 else None)
    outcome = tried(worth.workload, design)
    return [_predicted(study, target, outcome, tier) for tier in LOGGED if tier in levels(design)]


def _predicted(study: Study, target: Target, outcome: Outcome, tier: str) -> Prediction:
    expected, before = outcome.share(tier), study.observed(tier).value
    low, high = (expected.value if math.isnan(bound) else bound for bound in (expected.low, expected.high))
    name = {"l1": "in-process-cache", "l2": "shared-cache"}[tier]
    change = f"caches: {described(outcome.design)}"
    return Prediction(name, change, "cache.hit_ratio", {"tier": tier}, before, low, expected.value, high, target.service.start_changed)


def _has(study: Study, tier: str) -> bool:
    """Whether the log tells what the tier did; a second tier is told of where it answered anything."""
    observed = study.observed(tier).value
    return not math.isnan(observed) and (tier == "l1" or observed > 0)


def working_set(study: Study) -> Estimate:
    """The distinct keys that were read: a count, without uncertainty for this trace."""
    keys = study.curve.distinct if study.curve.requests else math.nan
    return Estimate(keys, keys, keys, study.curve.requests, "count of distinct keys")
