"""What Monday leaves behind about load: facts."""

import math

from perfweek.facts import Fact
from perfweek.load.baseline import Baseline
from perfweek.load.latency import QUANTILES, EndpointLatency
from perfweek.stats import identified


def facts_of(baseline: Baseline) -> list[Fact]:
    """http.* by endpoint, http.dropped, process.*; none for what was not measured or, as a bound, is not known."""
    source, process_source = baseline.run.source, baseline.run.process_source
    facts = [fact for latency in baseline.endpoints for fact in _endpoint_facts(latency, source)]
    facts.append(Fact("http.dropped", baseline.dropped, source))
    facts.append(Fact("process.rss.max", baseline.rss_mib, process_source))
    facts.append(Fact("process.cpu.per_request", baseline.cpu_ms_per_request, process_source))
    return [fact for fact in facts if not math.isnan(fact.estimate.value)]


def _endpoint_facts(latency: EndpointLatency, source: str) -> list[Fact]:
    measured = {
        "latency.p50": latency.p50,
        "latency.p95": latency.p95,
        "latency.p95.bound": latency.upper.p95,
        "latency.p99": latency.p99,
        "errors": latency.errors,
        "rate": latency.rate,
    }
    if identified(QUANTILES["p999"], latency.n):
        measured["latency.p999"] = latency.p999
    found = [Fact(f"http.{name}", estimate, source, {"endpoint": latency.endpoint}) for name, estimate in measured.items()]
    return [fact for fact in found if math.isfinite(fact.estimate.value)]
