"""The catalogue of metrics: every figure in facts, reports, dashboards, alerts and comparisons has its name from here."""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True)
class Metric:
    """A dotted name, its unit, which direction is an improvement, and what it says in a few words."""

    name: str
    unit: str
    better: Better
    title: str


METRICS = (
    Metric("http.latency.p50", "ms", "lower", "median response time"),
    Metric("http.latency.p95", "ms", "lower", "response time, 95th percentile"),
    Metric("http.latency.p99", "ms", "lower", "response time, 99th percentile"),
    Metric("http.errors", "1", "lower", "share of failed requests"),
    Metric("http.rate", "1/s", "neither", "requests a second"),
    Metric("http.dropped", "1", "lower", "share of iterations that could not be started"),
    Metric("process.rss.max", "MiB", "lower", "largest resident memory"),
    Metric("process.cpu.per_request", "ms", "lower", "CPU time a request"),
    Metric("profile.share", "1", "neither", "share of samples in a function"),
    Metric("command.duration", "s", "lower", "wall time of a build or test command"),
    Metric("test.duration", "s", "lower", "time of a test"),
    Metric("import.duration", "ms", "lower", "time to import a Python module"),
    Metric("warehouse.query.count", "1", "neither", "statements"),
    Metric("warehouse.query.duration.p50", "ms", "lower", "median execution time of a statement"),
    Metric("warehouse.query.duration.p95", "ms", "lower", "execution time of a statement, 95th percentile"),
    Metric("warehouse.query.bytes_scanned", "B", "lower", "bytes scanned a statement"),
    Metric("warehouse.query.partitions_scanned_share", "1", "lower", "share of partitions scanned"),
    Metric("cache.miss_ratio", "1", "lower", "share of requests that miss the cache"),
    Metric("cache.hit_ratio", "1", "higher", "share of requests that hit the cache"),
    Metric("cache.working_set", "1", "neither", "distinct keys requested"),
    Metric("decision.criterion", "1", "neither", "value of a decision's criterion, in the criterion's own unit"),
    Metric("progress.ratio", "1", "lower", "Friday's figure over Monday's"),
)
CATALOGUE = {metric.name: metric for metric in METRICS}
