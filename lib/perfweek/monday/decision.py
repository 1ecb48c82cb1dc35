"""What Monday concludes: its verdict, its key figures, its facts."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from perfweek.bottlenecks import findings as bottleneck_findings
from perfweek.bottlenecks import sentences as bottleneck_sentences
from perfweek.bottlenecks.document import write_bottlenecks
from perfweek.bottlenecks.study import Study
from perfweek.candidates import Candidate
from perfweek.candidates import record as record_candidates
from perfweek.facts import Fact
from perfweek.load import findings as load_findings
from perfweek.load import sentences
from perfweek.load.baseline import Baseline
from perfweek.load.capacity import findings as capacity_findings
from perfweek.load.capacity import sentences as capacity_sentences
from perfweek.load.capacity.result import Capacity
from perfweek.monday.measuring import Load, Profiled, Usage
from perfweek.profiling import findings as profile_findings
from perfweek.profiling.memory import findings as memory_findings
from perfweek.profiling.pyroscope import findings as continuous_findings
from perfweek.profiling.timings import findings as timing_findings
from perfweek.profiling.timings.read import Timings
from perfweek.stats import Estimate
from perfweek.week import Week
from perfweek.wording import in_percent

T = TypeVar("T")
MOST_CANDIDATES = 8


def verdict(baseline: Baseline, study: Study, capacity: Capacity) -> list[str]:
    """Whether the budget is met, what to work on first, and how much load the service takes."""
    if not baseline.endpoints:
        return ["No request was measured on the plateau, so there is no baseline."]
    return [
        sentences.budget_sentence(baseline),
        bottleneck_sentences.bottleneck_sentence(study.findings),
        capacity_sentences.capacity_sentence(capacity),
    ]


def key_figures(baseline: Baseline, capacity: Capacity, tile: Callable[[str, Estimate, str, str], T]) -> list[T]:
    """`tile` of (label, estimate, unit, source) for the figures of the first screen."""
    source, process = baseline.run.source, baseline.run.process_source
    return [
        tile("p95, all requests", baseline.overall.p95, "ms", source),
        tile("requests failed", in_percent(baseline.overall.errors), "%", source),
        tile("arrivals not started", in_percent(baseline.dropped), "%", source),
        tile("highest rate within the budget", capacity.highest, "1/s", capacity.source),
        tile("CPU time a request", baseline.cpu_ms_per_request, "ms", process),
        tile("largest resident memory", baseline.rss_mib, "MiB", process),
    ]


def facts_of(load: Load, usage: Usage, profiled: Profiled, timings: Timings, study: Study, capacity: Capacity) -> list[Fact]:
    """Everything that later days, dashboards and comparisons read of Monday."""
    baseline = load.baseline
    return [
        *load_findings.facts_of(baseline),
        *bottleneck_findings.facts_of(study),
        *capacity_findings.facts_of(capacity),
        *memory_findings.facts_of(usage.resources, usage.leak, usage.cpu),
        *profile_findings.facts_of(profiled.run, profiled.costs),
        *continuous_findings.facts_of(profiled.continuous, baseline.run.plateau),
        *timing_findings.facts_of(timings),
    ]


def candidates_of(study: Study) -> list[Candidate]:
    """What could be worked on next: bottlenecks whose removal would give back response time. A bound is not a promise: half of it is taken as
    likely, until what came of earlier ones corrects that."""
    gains = [(place, one, one.removal.of_all.value) for place, one in enumerate(study.findings) if one.removal.of_all.value > 0]
    return [
        Candidate(
            id=f"bottleneck-{place}",
            title=f"{one.title} ({one.endpoint or 'all endpoints'})",
            day="monday",
            adviser="bottlenecks",
            of="response time",
            low=0.0,
            likely=gain / 2,
            high=gain,
            effort="code",
            success=f"the 95th percentile of {one.endpoint or 'all requests'} falls, at most by {one.removal.of_p95.value:.3g} ms",
            source=one.source,
            runbook="slow-endpoint",
        )
        for place, one, gain in gains[:MOST_CANDIDATES]
    ]


def artifacts(week: Week, study: Study) -> list[Path]:
    """Write what people can take away of Monday, and what Friday ranks; return the former."""
    record_candidates(week, "monday", candidates_of(study))
    return [write_bottlenecks(week, study)]
