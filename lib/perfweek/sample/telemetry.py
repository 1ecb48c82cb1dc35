"""The service's own metrics, in the Prometheus text format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics, generate_latest

from perfweek.sample.cache import Tiers
from perfweek.sample.journal import Trace

_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5)


class Telemetry:
    """Histograms by route, responses by route and status, cache answers by route and tier, and the process itself."""

    def __init__(self, tiers: Tiers) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._durations = self._histogram("catalogue_request_duration_seconds", "Time from arrival to the last part of the response.")
        self._database = self._histogram("catalogue_database_duration_seconds", "Time a request waited for the warehouse.")
        self._responses = Counter("catalogue_responses_total", "Responses sent.", ["route", "status"], registry=self._registry)
        self._answers = Counter("catalogue_answers_total", "Responses by the tier that had them.", ["route", "tier"], registry=self._registry)
        self._statements = Counter("catalogue_statements_total", "Statements sent to the warehouse.", ["route"], registry=self._registry)
        held = Gauge("catalogue_cache_bytes", "Bytes held by the cache in the process.", registry=self._registry)
        held.set_function(lambda: tiers.l1.bytes)
        failures = Gauge("catalogue_redis_failures", "Requests that Redis did not answer since the start.", registry=self._registry)
        failures.set_function(lambda: tiers.l2.failures if tiers.l2 else 0)

    def _histogram(self, name: str, help_text: str) -> Histogram:
        return Histogram(name, help_text, ["route"], buckets=_BUCKETS_S, registry=self._registry)

    def note(self, trace: Trace) -> None:
        self._durations.labels(trace.route).observe(trace.duration_ms / 1000)
        self._database.labels(trace.route).observe(trace.database_ms / 1000)
        self._responses.labels(trace.route, str(trace.status)).inc()
        self._answers.labels(trace.route, trace.tier).inc()
        self._statements.labels(trace.route).inc(trace.queries)

    def exposition(self) -> bytes:
        return generate_latest(self._registry)
