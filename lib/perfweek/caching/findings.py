"""What Thursday leaves behind: facts, and the prediction that Friday scores."""

import math

from perfweek.caching.study import MEGABYTE, Study
from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.stats import Estimate
from perfweek.target import Target

IN_PROCESS = "l1"
"""How an access log names the tier inside the service."""


def facts_of(study: Study) -> list[Fact]:
    """cache.miss_ratio at the recorded sizes, cache.working_set, and cache.hit_ratio as the service's own cache had it; none for no data."""
    if not study.curve.requests:
        return []
    source, observed = study.trace.source, study.observed(IN_PROCESS)
    points = [Fact("cache.miss_ratio", study.miss_ratio(size), source, {"objects": str(size)}) for size in study.sizes]
    seen = [] if math.isnan(observed.value) else [Fact("cache.hit_ratio", observed, source, {"tier": IN_PROCESS})]
    return [*points, Fact("cache.working_set", working_set(study), source), *seen]


def predictions_of(study: Study, target: Target) -> list[Prediction]:
    """The hit ratio expected of the in-process cache once it has the size and the time to live of the first planned tier.

    The range is the interval of the trace: it holds for requests like these. None without data or a plan.
    """
    expected = planned(study, target)
    if math.isnan(expected.value):
        return []
    tier = target.cache.tiers[0]
    low, high = (expected.value if math.isnan(bound) else bound for bound in (expected.low, expected.high))
    change = f"in-process cache of {tier.size_mb:,g} MB, entries living {tier.ttl_s:,g} s"
    before, artifact = study.observed(IN_PROCESS).value, target.service.start_changed
    return [Prediction("in-process-cache", change, "cache.hit_ratio", {"tier": IN_PROCESS}, before, low, expected.value, high, artifact)]


def planned(study: Study, target: Target) -> Estimate:
    """The hit ratio expected of the first planned tier; no data without one."""
    if not target.cache.tiers or not study.curve.requests:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    tier = target.cache.tiers[0]
    return study.hit_ratio(tier.size_mb * MEGABYTE, tier.ttl_s)


def working_set(study: Study) -> Estimate:
    """The distinct keys that were read: a count, without uncertainty for this trace."""
    keys = study.curve.distinct if study.curve.requests else math.nan
    return Estimate(keys, keys, keys, study.curve.requests, "count of distinct keys")
