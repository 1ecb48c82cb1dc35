"""What the dashboards show: each panel a question, its PromQL, its unit, and the metric of the catalogue that it is.

Rates are taken over Grafana's `$__rate_interval`. Names of the service's own metrics stand in one place: a service that calls its histogram
otherwise changes SERVICE and generates anew.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["timeseries", "stat"]
REQUESTS = "catalogue_request_duration_seconds"
RESPONSES = "catalogue_responses_total"
DATABASE = "catalogue_database_duration_seconds"
STATEMENTS = "catalogue_statements_total"
ANSWERS = "catalogue_answers_total"
CACHE_BYTES = "catalogue_cache_bytes"
SERVICE = 'job="$job"'


@dataclass(frozen=True)
class Query:
    """An expression, and what one of its series is called."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """`question` is the title, `says` what a reader should conclude; `metric`: of the catalogue; `unit`: Grafana's name of it."""

    question: str
    says: str
    metric: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"


@dataclass(frozen=True)
class Board:
    """A dashboard: a fixed uid, its rows of panels; `flames`: a flame graph of Pyroscope beside them."""

    uid: str
    title: str
    says: str
    panels: tuple[Panel, ...]
    flames: bool = False


def quantile(q: float, histogram: str, by: str) -> str:
    """PromQL of a quantile of a classic histogram of the service; quantiles are taken of merged buckets, never averaged."""
    return f"histogram_quantile({q}, sum by ({by}, le) (rate({histogram}_bucket{{{SERVICE}}}[$__rate_interval])))"


def rate(counter: str, by: str = "") -> str:
    grouped = f"sum by ({by}) " if by else "sum "
    return f"{grouped}(rate({counter}{{{SERVICE}}}[$__rate_interval]))"


PERFORMANCE = Board(
    "perfweek-performance",
    "Performance",
    "How fast is the service, what fails, and how close is it to its limits?",
    (
        Panel(
            "How slow is the slow end, by route?",
            "95 of 100 requests are faster. A route above the budget burns it.",
            "http.latency.p95",
            "s",
            (Query(quantile(0.95, REQUESTS, "route"), "{{route}}"),),
        ),
        Panel(
            "And one request in a hundred?",
            "A page of twenty requests meets it every fifth time.",
            "http.latency.p99",
            "s",
            (Query(quantile(0.99, REQUESTS, "route"), "{{route}}"),),
        ),
        Panel(
            "How slow as the load generator sees it?",
            "k6's own native histogram: the network, and what waits in front of the service, are in it.",
            "http.latency.p95",
            "s",
            (Query("histogram_quantile(0.95, sum by (name) (rate(k6_http_req_duration_seconds[$__rate_interval])))", "{{name}}"),),
        ),
        Panel("How much is asked, by route?", "Load, not capacity.", "http.rate", "reqps", (Query(rate(RESPONSES, "route"), "{{route}}"),)),
        Panel(
            "What share of answers are errors?",
            "Of all routes; alerts look at the budget that it burns.",
            "http.errors",
            "percentunit",
            (
                Query(
                    f'sum(rate({RESPONSES}{{{SERVICE},status=~"5.."}}[$__rate_interval]) or vector(0)) / {rate(RESPONSES)}',
                    "errors",
                ),
            ),
        ),
        Panel(
            "Does the load generator keep up?",
            "Virtual users in use; arrivals that could not be started were never measured.",
            "http.dropped",
            "short",
            (
                Query("sum(k6_vus)", "users"),
                Query("sum(rate(k6_dropped_iterations_total[$__rate_interval])) or vector(0)", "dropped a second"),
            ),
        ),
        Panel(
            "How busy are its cores?",
            "CPU seconds a second: at the number of cores, requests wait.",
            "process.cpu.utilisation",
            "short",
            (Query(f"rate(process_cpu_seconds_total{{{SERVICE}}}[$__rate_interval])", "{{instance}}"),),
        ),
        Panel(
            "Does its memory grow?",
            "Resident memory; under a steady load it must level off.",
            "process.rss.max",
            "bytes",
            (Query(f"process_resident_memory_bytes{{{SERVICE}}}", "{{instance}}"),),
        ),
    ),
)

PROFILES = Board(
    "perfweek-profiles",
    "Profiles",
    "Where does the CPU time go, and how much of it does a request take?",
    (
        Panel(
            "How much CPU time does a request take?",
            "Compare this, not shares: a share rises also where the rest falls.",
            "process.cpu.per_request",
            "s",
            (Query(f"sum(rate(process_cpu_seconds_total{{{SERVICE}}}[$__rate_interval])) / {rate(RESPONSES)}", "CPU a request"),),
        ),
        Panel(
            "How many files and sockets are open?",
            "A leak of connections shows here first.",
            "process.rss.max",
            "short",
            (Query(f"process_open_fds{{{SERVICE}}}", "{{instance}}"),),
        ),
    ),
    flames=True,
)

WAREHOUSE = Board(
    "perfweek-warehouse",
    "Warehouse",
    "What do requests ask of the warehouse, and what do its statements scan?",
    (
        Panel(
            "How many statements does a request send, by route?",
            "More than a few, and growing with the page: one statement an item.",
            "warehouse.query.count",
            "short",
            (Query(f"{rate(STATEMENTS, 'route')} / {rate(RESPONSES, 'route')}", "{{route}}"),),
        ),
        Panel(
            "How long do requests wait for the warehouse?",
            "The part of the response time that no code of the service shortens.",
            "warehouse.query.duration.p95",
            "s",
            (Query(quantile(0.95, DATABASE, "route"), "{{route}}"),),
        ),
        Panel(
            "How long do statements take, as the week measured it?",
            "From the week's facts: the 95th percentile by endpoint.",
            "warehouse.query.duration.p95",
            "ms",
            (Query("perfweek_warehouse_query_duration_p95", "{{endpoint}}"),),
        ),
        Panel(
            "What share of a table's partitions do they scan?",
            "From the week's facts: what clustering would lower.",
            "warehouse.query.partitions_scanned_share",
            "percentunit",
            (Query("perfweek_warehouse_query_partitions_scanned_share", "{{endpoint}}"),),
        ),
    ),
)

CACHES = Board(
    "perfweek-caches",
    "Cache tiers and Redis",
    "Which tier answers, and is each one healthy?",
    (
        Panel(
            "Which tier answers?",
            "Answers a second by tier; what the origin answers, it pays for.",
            "cache.hit_ratio",
            "reqps",
            (Query(rate(ANSWERS, "tier"), "{{tier}}"),),
        ),
        Panel(
            "How full is the cache in the process?", "Bytes it holds.", "cache.memory.used", "bytes", (Query(f"{CACHE_BYTES}{{{SERVICE}}}", "held"),)
        ),
        Panel(
            "How often does Redis have what is asked?",
            "Hits over look-ups; judge it beside the prediction.",
            "cache.hit_ratio",
            "percentunit",
            (
                Query(
                    "sum(rate(redis_keyspace_hits_total[$__rate_interval])) / (sum(rate(redis_keyspace_hits_total[$__rate_interval])) + "
                    "sum(rate(redis_keyspace_misses_total[$__rate_interval])))",
                    "hits",
                ),
            ),
        ),
        Panel(
            "How much of its memory is used?",
            "Of maxmemory; without a limit nothing is drawn, and nothing protects the machine.",
            "cache.memory.used",
            "percentunit",
            (Query("redis_memory_used_bytes / (redis_memory_max_bytes > 0)", "{{instance}}"),),
        ),
        Panel(
            "Why do entries leave?",
            "Expired: their time was up. Evicted: something else needed the room.",
            "cache.evicted",
            "short",
            (
                Query("sum(rate(redis_evicted_keys_total[$__rate_interval]))", "evicted a second"),
                Query("sum(rate(redis_expired_keys_total[$__rate_interval]))", "expired a second"),
            ),
        ),
        Panel(
            "Are all slots of the cluster served?",
            "16,384, or a part of all keys has no home.",
            "cache.shard.skew",
            "short",
            (Query("min(redis_cluster_slots_ok)", "slots served"), Query("max(redis_cluster_slots_fail)", "slots failed")),
        ),
    ),
)

PROGRESS = Board(
    "perfweek-progress",
    "Weekly progress",
    "What did the weeks change?",
    (
        Panel(
            "How did the slow end move?",
            "Friday's 95th percentile over that before, by endpoint: below one is faster.",
            "progress.ratio",
            "none",
            (Query('perfweek_progress_ratio{quantile="p95"}', "{{endpoint}}"),),
            "stat",
        ),
        Panel(
            "What was measured on Monday?",
            "The week's 95th percentile by endpoint.",
            "http.latency.p95",
            "ms",
            (Query('perfweek_http_latency_p95{day="monday"}', "{{endpoint}}"),),
            "stat",
        ),
        Panel(
            "How old is the newest week?",
            "A week that nobody measured tells nothing.",
            "progress.ratio",
            "s",
            (Query("perfweek_week_age_seconds", "age"),),
            "stat",
        ),
    ),
)

BOARDS = (PERFORMANCE, PROFILES, WAREHOUSE, CACHES, PROGRESS)
