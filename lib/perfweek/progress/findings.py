"""What Friday leaves behind: its own figures, the ratios to Monday's, and what the predictions are scored by."""

import math
from collections.abc import Sequence

from perfweek.caching.study import observed_hit_ratio
from perfweek.facts import Fact
from perfweek.load.findings import facts_of as load_facts
from perfweek.predictions import Prediction
from perfweek.progress.compare import QUANTILES
from perfweek.progress.measure import Pair
from perfweek.progress.result import Progress
from perfweek.warehouse.effects import effect_facts
from perfweek.warehouse.history import endpoint_timings, timing_facts

TIERS = ("l1", "l2")


def facts_of(progress: Progress, predicted: Sequence[Prediction] = ()) -> list[Fact]:
    """http.*, process.* and warehouse.* of Friday, progress.ratio of each latency quantile, cache.hit_ratio, and what the `predicted` changes of
    the warehouse are told by; none for no data."""
    pair = progress.pair
    service = [*load_facts(progress.baselines[1]), *_ratios(progress), *_hit_ratio(pair)] if progress.baselines else []
    return [*service, *_statements(pair), *_effects(pair, predicted)]


def _statements(pair: Pair) -> list[Fact]:
    rows = pair.statements.rows
    return timing_facts(endpoint_timings(rows), pair.statements.source) if len(rows) else []


def _effects(pair: Pair, predicted: Sequence[Prediction]) -> list[Fact]:
    return effect_facts(pair.statements.rows, pair.statements.source, predicted)


def _ratios(progress: Progress) -> list[Fact]:
    return [
        Fact("progress.ratio", one.effect, progress.source, {"endpoint": one.endpoint, "quantile": one.quantity})
        for one in progress.comparisons
        if one.quantity in QUANTILES and not math.isnan(one.effect.value)
    ]


def _hit_ratio(pair: Pair) -> list[Fact]:
    """Of each tier that the log names; of a second one only where it answered anything."""
    found = [(tier, observed_hit_ratio(pair.trace, tier)) for tier in TIERS]
    told = [(tier, one) for tier, one in found if one.value > 0 or (tier == TIERS[0] and not math.isnan(one.value))]
    return [Fact("cache.hit_ratio", one, pair.trace.source, {"tier": tier}) for tier, one in told]
