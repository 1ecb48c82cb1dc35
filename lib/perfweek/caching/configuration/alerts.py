"""Metrics and alert thresholds of each tier, by the names of the catalogue, as Prometheus rules.

Recording rules give what a service, a Redis exporter and a worker count the catalogue's names; alerts use those names only, so that another service
changes the recording rules and nothing else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from perfweek.caching.configuration.sizes import Sizes
from perfweek.metrics import CATALOGUE
from perfweek.stats import Estimate
from perfweek.wording import number, percent

ALIVE = "cache.eviction_age"
_ANSWERS = "catalogue_answers_total"


@dataclass(frozen=True)
class Threshold:
    """An alert on a metric of the catalogue: `condition` such as '< 0.42', held for `minutes`; `reason`: where the number comes from."""

    name: str
    tier: str
    metric: str
    condition: str
    minutes: int
    severity: str
    reason: str

    @property
    def series(self) -> str:
        return f'{prometheus_name(self.metric)}{{tier="{self.tier}"}}'


def prometheus_name(metric: str) -> str:
    """cache.hit_ratio -> cache_hit_ratio; it must be in the catalogue."""
    return CATALOGUE[metric].name.replace(".", "_")


def thresholds(sizes: Sizes, expected: Mapping[str, Estimate]) -> list[Threshold]:
    """Those of the tiers that are there; `expected`: predicted hit ratios by level; where next to nothing is expected there
    is no alert on it."""
    found = [_hits(tier, estimate) for tier, estimate in expected.items() if _lowest(estimate) > 0]
    if sizes.shared_bytes:
        found += _shared(sizes)
    if sizes.edge_ttl_s:
        reason = "a key takes one write a second; a share of refused writes means that a key is filled by many locations at once"
        found.append(Threshold("EdgeWritesRefused", "l4", "cache.kv.refused", "> 1", 10, "warning", reason))
    return found


def _lowest(expected: Estimate) -> float:
    """2 points below the interval, 5 more where there is none; not over 0 where nothing is expected, or nothing is known."""
    if math.isnan(expected.value):
        return 0.0
    return (expected.value - 0.05 if math.isnan(expected.low) else expected.low) - 0.02


def _hits(tier: str, expected: Estimate) -> Threshold:
    limit = _lowest(expected)
    return Threshold(
        f"HitRatioBelowPrediction{tier.upper()}",
        tier,
        "cache.hit_ratio",
        f"< {limit:.3f}",
        15,
        "warning",
        f"predicted {percent(expected.value)}; 2 points below the lower end of its interval",
    )


def _shared(sizes: Sizes) -> list[Threshold]:
    short = max(1.0, 0.5 * sizes.shared_ttl_s)
    return [
        Threshold(
            "EntriesEvictedTooYoung",
            "l2",
            ALIVE,
            f"< {short:g}",
            15,
            "warning",
            f"entries live {number(sizes.shared_ttl_s)} s: when they stay for less than half of that, eviction decides and not expiry: too small",
        ),
        Threshold(
            "MoreEvictedThanExpired", "l2", "cache.evicted", '> on(tier) cache_expired{tier="l2"}', 30, "info", "a tier that is large enough expires"
        ),
        Threshold(
            "MemoryNearLimit", "l2", "cache.memory.used", "> 0.95", 15, "info", "eviction begins at 1; expected where the tier is meant to be full"
        ),
        Threshold("Fragmented", "l2", "cache.memory.fragmentation", "> 1.33", 30, "warning", "a node's headroom is for a ratio of up to 1.33"),
        Threshold("ShardsUneven", "l2", "cache.shard.skew", "> 1.5", 15, "warning", "the busiest master has 1.5 times the mean: a hot key or slot"),
    ]


def recording(sizes: Sizes, source: str = _ANSWERS) -> list[dict[str, Any]]:
    """The catalogue's names from what is counted; `source`: the service's counter of answers by tier."""
    rules = [
        _recorded("cache.hit_ratio", "l1", f'sum(rate({source}{{tier="l1"}}[5m])) / sum(rate({source}{{tier=~"l1|l2|origin"}}[5m]))'),
    ]
    if sizes.shared_bytes:
        gone = "sum(rate(redis_evicted_keys_total[5m]))"
        expired = "sum(rate(redis_expired_keys_total[5m]))"
        rate = "rate(redis_commands_processed_total[5m])"
        rules += [
            _recorded("cache.hit_ratio", "l2", f'sum(rate({source}{{tier="l2"}}[5m])) / sum(rate({source}{{tier=~"l2|origin"}}[5m]))'),
            _recorded("cache.evicted", "l2", gone),
            _recorded("cache.expired", "l2", expired),
            _recorded(ALIVE, "l2", f"sum(redis_db_keys) / ({gone} + {expired})"),
            _recorded("cache.memory.used", "l2", "max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))"),
            _recorded("cache.memory.fragmentation", "l2", "max(redis_mem_fragmentation_ratio)"),
            _recorded("cache.shard.skew", "l2", f"max({rate}) / avg({rate})"),
        ]
    if sizes.edge_ttl_s:
        rules.append(_recorded("cache.kv.refused", "l4", "sum(rate(edge_kv_refused_total[5m]))"))
    return rules


def alerts_yaml(sizes: Sizes, expected: Mapping[str, Estimate]) -> str:
    """Groups of recording and alerting rules."""
    alerting = [
        {
            "alert": one.name,
            "expr": f"{one.series} {one.condition}",
            "for": f"{one.minutes}m",
            "labels": {"severity": one.severity, "tier": one.tier},
            "annotations": {"summary": f"{CATALOGUE[one.metric].title}: {{{{ $value }}}}", "description": one.reason, "runbook": "cache-warm-up"},
        }
        for one in thresholds(sizes, expected)
    ]
    groups = [{"name": "cache-metrics", "rules": recording(sizes)}, {"name": "cache-alerts", "rules": alerting}]
    head = (
        "# Recording rules give counters the catalogue's names: for another service change these. Counters: the service's answers by tier,\n"
        "# redis_exporter, and edge_kv_refused_total from the worker's log lines cache_kv_refused. Alerts use the catalogue's names only.\n"
    )
    return head + yaml.safe_dump({"groups": [group for group in groups if group["rules"]]}, sort_keys=False, width=150)


def _recorded(metric: str, tier: str, expression: str) -> dict[str, Any]:
    return {"record": prometheus_name(metric), "expr": expression, "labels": {"tier": tier}}
