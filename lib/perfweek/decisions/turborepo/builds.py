"""What Turborepo's own run summaries say: how close a run is to the longest chain of tasks, and what its cache spares."""

import math

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion, stated
from perfweek.decisions.joint import Drawn, exact, of_interval
from perfweek.decisions.material import Build, Builds, Evidence, Missing
from perfweek.profiling.timings.turborepo import critical_path
from perfweek.stats import ratio_of_windows
from perfweek.wording import bracketed, count, number

_INSTEAD = "filter the pipeline's steps by path and cache their results by lock file"
CRITICAL = Rule(
    record="ADR-004",
    id="critical-share",
    quantity="speed-up reached, of what the chain of tasks allows",
    unit="1",
    formula="longest chain of tasks over wall time, of runs without cache hits: (sum / wall) over (sum / chain)",
    threshold=Threshold("at most", 0.8, 0.8, "D", "at 80 % of the bound no orchestration makes the build shorter"),
    role="necessary",
    instead="split the longest chain of tasks",
    fewest=1,
    measure="write run summaries without the cache: turbo run build --force --summarize",
)
EFFICIENCY = Rule(
    record="ADR-004",
    id="cache-efficiency",
    quantity="task time that the cache spares",
    unit="1",
    formula="timeSaved over timeSaved and time executed, of run summaries",
    threshold=Threshold("at least", 0.5, 0.5, "J", "half of the task time should come from the cache"),
    role="supporting",
    instead=_INSTEAD,
    fewest=5,
    measure="write run summaries in the pipeline: turbo run build --summarize",
)
WAITING = Rule(
    record="ADR-004",
    id="waiting-share",
    quantity="pipeline time that is queueing and repeating",
    unit="1",
    formula="as stated in target.toml; wall time of the pipeline in queues and in reruns of flaky tests over all of it",
    threshold=Threshold("at most", 0.5, 0.5, "J", "where more than half is waiting, that comes first"),
    role="veto",
    instead="add runners and mend flaky tests first",
    fewest=1,
    measure="read queue time and reruns off the pipeline's own report and set decisions.pipeline_waiting",
)


def critical_share(evidence: Evidence) -> Criterion:
    """How much of the possible speed-up the runs reach already."""
    return criterion(CRITICAL, evidence.builds, _critical)


def cache_efficiency(evidence: Evidence) -> Criterion:
    """The share of task time that came from the cache."""
    return criterion(EFFICIENCY, evidence.builds, _efficiency)


def waiting_share(evidence: Evidence) -> Criterion:
    """As stated."""
    known = evidence.known.pipeline_waiting
    return stated(WAITING, known, evidence.any_dataset, f"{100 * known:.0f} % of the pipeline's time is waiting", "pipeline_waiting")


def chain_s(build: Build) -> float:
    """Seconds of the longest chain of tasks, without the cache; NaN where a time is missing, a task failed or they run in a circle."""
    chain = critical_path(build.tasks)
    return chain.seconds if chain else math.nan


def _critical(builds: Builds) -> Observation | Missing:
    cold = [run for run in builds.runs if run.cold and run.summary.wall_s > 0]
    reached = [min(1.0, chain_s(run) / run.summary.wall_s) for run in cold]
    reached = [share for share in reached if not math.isnan(share)]
    if not reached:
        return Missing("no run summary is of a run without the cache")
    total = sum(task.cold_s for task in cold[-1].tasks)
    chain = chain_s(cold[-1])
    finding = (
        f"the longest chain takes {number(chain)} of {number(total)} s of tasks; {bracketed(_over(reached).estimate, '%')} of the speed-up is reached"
    )
    return Observation.of(_over(reached), 1.0, "measured", f"{finding} (Turborepo {cold[-1].version})")


def _over(shares: list[float]) -> Drawn:
    if len(shares) == 1:
        return exact(shares[0], 1, "one run")
    return of_interval(ratio_of_windows(shares, np.ones(len(shares))))


def _efficiency(builds: Builds) -> Observation | Missing:
    saved = [sum(task.saved_s for task in run.tasks) for run in builds.runs]
    spent = [sum(task.took_s for task in run.tasks) for run in builds.runs]
    found = ratio_of_windows(saved, np.add(saved, spent))
    if np.isnan(found.value):
        return Missing("the run summaries hold no task with a time")
    return Observation.of(
        of_interval(found), 1.0, "measured", f"in {count(len(saved), 'run')} the cache spared {bracketed(found, '%')} of the task time"
    )
