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
    source, curve = study.trace.source, study.curve
    if not curve.requests:
        return []
    points = [Fact("cache.miss_ratio", study.miss_ratio(size), source, {"objects": str(size)}) for size in study.sizes]
    keys = Estimate(curve.distinct, curve.distinct, curve.distinct, curve.requests, "count of distinct keys")
    observed = study.observed(IN_PROCESS)
    seen = [] if math.isnan(observed.value) else [Fact("cache.hit_ratio", observed, source, {"tier": IN_PROCESS})]
    return [*points, Fact("cache.working_set", keys, source), *seen]


def predictions_of(study: Study, target: Target) -> list[Prediction]:
    """The hit ratio expected of the in-process cache once it has the size and the time to live of the first planned tier.

    The range is the interval of the trace: it holds for requests like these. None without data or a plan.
    """
    tiers = target.cache.tiers
    if not tiers or not study.curve.requests:
        return []
    expected = study.hit_ratio(tiers[0].size_mb * MEGABYTE, tiers[0].ttl_s)
    low, high = (expected.value if math.isnan(bound) else bound for bound in (expected.low, expected.high))
    change = f"in-process cache of {tiers[0].size_mb:,g} MB, entries living {tiers[0].ttl_s:,g} s"
    before = study.observed(IN_PROCESS).value
    labels, artifact = {"tier": IN_PROCESS}, target.service.start_changed
    return [Prediction("in-process-cache", change, "cache.hit_ratio", labels, before, low, expected.value, high, artifact)]
