"""Prometheus' recording and alert rules, from the budgets: each alert says what is wrong, for whom, and which runbook to open.

Error and latency budgets by burn rate over two windows each: fast (14.4 times, a month's budget in two days) wakes somebody, slow (6 times) can
wait for the morning. The short window ends the alert soon after the trouble does (Google's SRE workbook, chapter 5).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from perfweek.files import write_atomic
from perfweek.monitoring.panels import REQUESTS, RESPONSES

OBJECTIVE = 0.99
"""Of all requests so many are answered without error, and so many within the budget."""
FILE = "prometheus/rules.yml"
_WINDOWS = ("5m", "30m", "1h", "6h")
_FAST, _SLOW = 14.4, 6.0


@dataclass(frozen=True)
class Alert:
    """`severity`: page (somebody gets up) or ticket; `runbook`: the file below runbooks/ that says what to do."""

    name: str
    expr: str
    lasts: str
    severity: str
    says: str
    runbook: str


def alerts(budget_s: float) -> tuple[Alert, ...]:
    """All alerts; `budget_s` is the latency budget, and has to be a bound of the histogram's buckets."""
    return (
        *_burning("ErrorBudget", "perfweek:errors:share", "Errors", "regression_rollback.ipynb"),
        *_burning("LatencyBudget", "perfweek:slow:share", f"Answers that take longer than {budget_s:g} s", "slow_endpoint.ipynb"),
        *SERVICE_ALERTS,
        *CACHE_ALERTS,
    )


SERVICE_ALERTS = (
    Alert(
        "MemoryGrows",
        "min_over_time(deriv(process_resident_memory_bytes[10m])[30m:5m]) * 3600 > 50e6",
        "10m",
        "ticket",
        "Resident memory of {{ $labels.instance }} grows by more than 50 MB an hour",
        "incident.ipynb",
    ),
    Alert(
        "FilesNearLimit",
        "process_open_fds / process_max_fds > 0.8",
        "5m",
        "page",
        "{{ $labels.instance }} has most of its files and sockets open: a pool leaks, or is too large",
        "pool_exhaustion.ipynb",
    ),
    Alert("ServiceDown", 'up{job="service"} == 0', "1m", "page", "The service {{ $labels.instance }} is not scraped", "incident.ipynb"),
    Alert(
        "WeekIsStale",
        "perfweek_week_age_seconds > 8 * 86400",
        "1h",
        "ticket",
        "Nothing was measured for more than a week: baselines and predictions are out of date",
        "load_test.ipynb",
    ),
    Alert(
        "WeekIsStale",
        "perfweek_week_age_seconds > 8 * 86400",
        "1h",
        "ticket",
        "Nothing was measured for more than a week: baselines and predictions are out of date",
        "load_test.ipynb",
    ),
)
CACHE_ALERTS = (
    Alert(
        "CacheHitsDrop",
        "perfweek:cache_hits:share30m < 0.5 * perfweek:cache_hits:share30m offset 1d and perfweek:cache_hits:share30m offset 1d > 0.1",
        "15m",
        "ticket",
        "Caches answer less than half of what they answered a day ago",
        "cache_warm_up.ipynb",
    ),
    Alert(
        "RedisEvicts",
        "sum by (instance) (rate(redis_evicted_keys_total[10m])) > 1",
        "15m",
        "ticket",
        "Redis {{ $labels.instance }} evicts entries before their time: it is too small for what it is asked to keep",
        "cache_warm_up.ipynb",
    ),
    Alert("RedisDown", "redis_up == 0", "2m", "page", "Redis {{ $labels.instance }} does not answer", "incident.ipynb"),
    Alert(
        "ClusterSlotsUnserved",
        "redis_cluster_enabled == 1 and redis_cluster_slots_ok < 16384",
        "1m",
        "page",
        "The cluster serves only {{ $value }} of its slots as {{ $labels.instance }} sees it: the keys of the others have no home",
        "incident.ipynb",
    ),
    Alert(
        "ClusterSlotsUnserved",
        "redis_cluster_enabled == 1 and redis_cluster_slots_ok < 16384",
        "1m",
        "page",
        "The cluster serves only {{ $value }} of its slots as {{ $labels.instance }} sees it: the keys of the others have no home",
        "incident.ipynb",
    ),
    Alert(
        "ReplicaLags",
        "redis_connected_slave_lag_seconds > 10",
        "5m",
        "ticket",
        "A replica of {{ $labels.instance }} is {{ $value }} s behind: what it has not got is lost if its master dies",
        "incident.ipynb",
    ),
    Alert(
        "RedisConnectionsNearLimit",
        "redis_connected_clients / redis_config_maxclients > 0.8",
        "5m",
        "ticket",
        "Clients of {{ $labels.instance }} use most of its connections",
        "pool_exhaustion.ipynb",
    ),
)


def rules(budget_s: float) -> dict[str, Any]:
    """The content of rules.yml."""
    recording = [rule for window in _WINDOWS for rule in _shares(budget_s, window)]
    hits = 'sum(rate(catalogue_answers_total{tier=~"l1|l2"}[30m])) / sum(rate(catalogue_answers_total[30m]))'
    recording.append({"record": "perfweek:cache_hits:share30m", "expr": hits})
    return {
        "groups": [
            {"name": "perfweek-shares", "rules": recording},
            {"name": "perfweek-alerts", "rules": [_rule(alert) for alert in alerts(budget_s)]},
        ]
    }


def write_rules(stack: Path, budget_s: float) -> Path:
    """Write rules.yml below `stack` and return it."""
    return write_atomic(stack / FILE, yaml.safe_dump(rules(budget_s), sort_keys=False, width=160, allow_unicode=True))


def _shares(budget_s: float, window: str) -> list[dict[str, str]]:
    every = f"sum(rate({REQUESTS}_count[{window}]))"
    failed = f'(sum(rate({RESPONSES}{{status=~"5.."}}[{window}])) or vector(0)) / sum(rate({RESPONSES}[{window}]))'
    slow = f'1 - sum(rate({REQUESTS}_bucket{{le="{budget_s:g}"}}[{window}])) / {every}'
    return [{"record": f"perfweek:errors:share{window}", "expr": failed}, {"record": f"perfweek:slow:share{window}", "expr": slow}]


def _burning(name: str, share: str, what: str, runbook: str) -> tuple[Alert, Alert]:
    budget = 1 - OBJECTIVE
    fast, slow = (f"{share}{long} > {factor * budget:.4g} and {share}{short} > {factor * budget:.4g}" for factor, long, short in _PAIRS)
    says = f"{what} burn the budget of {100 * budget:g} % of all requests"
    return (
        Alert(f"{name}BurnsFast", fast, "2m", "page", f"{says}: a month's budget would be gone in two days", runbook),
        Alert(f"{name}BurnsSlowly", slow, "15m", "ticket", f"{says}: a month's budget would be gone in five days", runbook),
    )


_PAIRS = ((_FAST, "1h", "5m"), (_SLOW, "6h", "30m"))


def _rule(alert: Alert) -> dict[str, Any]:
    notes = {"summary": alert.says, "runbook_url": f"runbooks/{alert.runbook}"}
    return {"alert": alert.name, "expr": alert.expr, "for": alert.lasts, "labels": {"severity": alert.severity}, "annotations": notes}
