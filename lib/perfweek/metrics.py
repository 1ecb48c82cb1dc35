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
    Metric("http.latency.p95.bound", "ms", "lower", "response time, 95th percentile where no answer is the slowest of all"),
    Metric("http.latency.p99", "ms", "lower", "response time, 99th percentile"),
    Metric("http.latency.p999", "ms", "lower", "response time, 99.9th percentile"),
    Metric("http.errors", "1", "lower", "share of failed requests"),
    Metric("http.rate", "1/s", "neither", "requests a second"),
    Metric("http.part.ms", "ms", "lower", "what a part takes of the 95th percentile of the response time"),
    Metric("http.dropped", "1", "lower", "share of iterations that could not be started"),
    Metric("http.capacity.rate", "1/s", "higher", "highest rate of arrivals that kept the budget"),
    Metric("http.capacity.knee", "1/s", "higher", "rate of arrivals at which response times bend upwards"),
    Metric("http.capacity.throughput", "1/s", "higher", "largest throughput"),
    Metric("http.capacity.contention", "1", "lower", "share of the work that waits its turn (scaling law, a)"),
    Metric("http.capacity.coherency", "1", "lower", "cost of keeping each other informed (scaling law, b)"),
    Metric("http.capacity.concurrency", "1", "higher", "requests under way at the largest throughput (scaling law)"),
    Metric("process.rss.max", "MiB", "lower", "largest resident memory"),
    Metric("process.rss.slope", "B/s", "lower", "growth of memory under constant load"),
    Metric("process.rss.slope_per_request", "B", "lower", "growth of memory a request"),
    Metric("process.uss.max", "MiB", "lower", "largest memory of the processes alone"),
    Metric("process.cpu.utilisation", "1", "neither", "cores in use; with the label core, its busy share"),
    Metric("process.cpu.waiting", "1", "lower", "threads ready to run without a core"),
    Metric("process.switches.forced", "1/s", "lower", "context switches forced upon the service"),
    Metric("gc.pause.share", "1", "lower", "share of time that the garbage collector stops a process"),
    Metric("gc.pause.max", "ms", "lower", "longest pause of the garbage collector"),
    Metric("gc.pause.rate", "1/s", "lower", "pauses of the garbage collector a second"),
    Metric("process.cpu.per_request", "ms", "lower", "CPU time a request"),
    Metric("profile.share", "1", "neither", "share of samples in a function"),
    Metric("profile.cpu", "ms", "lower", "CPU time a request in a function, or of an endpoint"),
    Metric("profile.overhead", "1", "lower", "figure with the profiler on over the same without it"),
    Metric("profile.accounted", "1", "neither", "busy time of the profile over CPU time of the operating system"),
    Metric("command.duration", "s", "lower", "wall time of a build or test command"),
    Metric("test.duration", "s", "lower", "time of a test"),
    Metric("import.duration", "ms", "lower", "time to import a Python module"),
    Metric("warehouse.query.count", "1", "neither", "statements"),
    Metric("warehouse.query.duration.p50", "ms", "lower", "median execution time of a statement"),
    Metric("warehouse.query.duration.p95", "ms", "lower", "execution time of a statement, 95th percentile"),
    Metric("warehouse.query.bytes_scanned", "B", "lower", "bytes scanned a statement"),
    Metric("warehouse.query.partitions_scanned_share", "1", "lower", "share of partitions scanned"),
    Metric("warehouse.credits.per_second", "credits/s", "lower", "credits for a second of execution of statements, without idle time"),
    Metric("warehouse.helped.duration", "ms", "lower", "mean execution time of the statements that a change is for"),
    Metric("warehouse.elapsed.p95", "ms", "lower", "elapsed time of a warehouse's statements, 95th percentile"),
    Metric("warehouse.result_cache.share", "1", "higher", "share of SELECTs answered from the result cache"),
    Metric("cache.miss_ratio", "1", "lower", "share of requests that miss the cache"),
    Metric("cache.hit_ratio", "1", "higher", "share of requests that hit the cache"),
    Metric("cache.design.share", "1", "neither", "share of the reads that a tier of a design answers"),
    Metric("cache.design.p95", "ms", "lower", "response time with a design's caches, 95th percentile"),
    Metric("cache.design.cost", "$/month", "lower", "cost of a design: its tiers and what misses them"),
    Metric("cache.design.age", "s", "lower", "age of the oldest answer that a design allows"),
    Metric("cache.eviction_age", "s", "higher", "how long an entry stays in a cache"),
    Metric("cache.evicted", "1/s", "lower", "entries a second that had to make room"),
    Metric("cache.expired", "1/s", "neither", "entries a second that came to their end"),
    Metric("cache.memory.used", "1", "neither", "share of a cache's memory in use"),
    Metric("cache.memory.fragmentation", "1", "lower", "resident memory over what the allocator gave"),
    Metric("cache.shard.skew", "1", "lower", "load of the busiest shard over the mean"),
    Metric("cache.kv.refused", "1/s", "lower", "writes a second that Workers KV refused"),
    Metric("cache.working_set", "1", "neither", "distinct keys requested"),
    Metric("decision.criterion", "1", "neither", "value of a decision's criterion, in the criterion's own unit"),
    Metric("api.findings", "1", "lower", "operations of the API that break one of its design principles"),
    Metric("progress.ratio", "1", "lower", "Friday's figure over Monday's"),
)
CATALOGUE = {metric.name: metric for metric in METRICS}
