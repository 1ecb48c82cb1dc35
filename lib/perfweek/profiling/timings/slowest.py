"""The tests, tasks and modules that take most of the time, over the repeated runs of one temperature."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from perfweek.profiling.timings.junit import JUnit
from perfweek.profiling.timings.read import Temperature, Timings, Written
from perfweek.profiling.timings.repeats import median_of_runs
from perfweek.profiling.timings.turborepo import Chain, Task, critical_path
from perfweek.stats import Estimate

SIDE_BY_SIDE = 1.05
"""Tests that add up to more than this times the clock ran side by side."""


@dataclass(frozen=True)
class TestTime:
    """A test that passed in each run that it was part of, and its seconds."""

    __test__ = False

    suite: str
    name: str
    time_s: Estimate


@dataclass(frozen=True)
class Tests:
    """The tests of all reports of one temperature, the slowest first. `failed`, `skipped` and `untimed` count tests, of which none has a
    time here; `clock_s`: seconds of the suites by the clock in one run, NaN where no report says so."""

    __test__ = False

    times: Sequence[TestTime]
    temperature: Temperature
    runs: int
    failed: int
    skipped: int
    untimed: int
    clock_s: float

    @cached_property
    def total_s(self) -> float:
        """What the tests with a time take together."""
        return math.fsum(one.time_s.value for one in self.times)

    @property
    def side_by_side(self) -> float:
        """How many ran at a time on average; 1 where they ran one after the other or nothing is known."""
        ratio = self.total_s / self.clock_s if self.clock_s > 0 else 1.0
        return ratio if ratio > SIDE_BY_SIDE else 1.0

    def share(self, first: int) -> float:
        """The share of all test time that the `first` slowest take; NaN without any."""
        return math.fsum(one.time_s.value for one in self.times[:first]) / self.total_s if self.total_s else math.nan


@dataclass(frozen=True)
class ImportTime:
    """A module: milliseconds of its own code, and with all that it imports first."""

    module: str
    self_ms: Estimate
    cumulative_ms: Estimate


@dataclass(frozen=True)
class TaskTime:
    """A task of Turborepo: seconds without its cache and from it; NaN where no run shows it."""

    name: str
    cold_s: Estimate
    warm_s: Estimate


def slowest_tests(timings: Timings) -> Tests:
    """Warm runs where there are any, else cold ones, else reports of no run: one temperature only. The times of one name in a run are added."""
    chosen, temperature = _one_temperature(timings.tests)
    found: dict[tuple[str, str], dict[tuple[str, int], float]] = defaultdict(lambda: defaultdict(float))
    left: dict[str, set[tuple[str, str]]] = {"failed": set(), "skipped": set(), "untimed": set()}
    for written, report in chosen:
        for case in report.cases:
            kind = case.outcome if case.outcome != "passed" else "untimed" if math.isnan(case.time_s) else ""
            if kind:
                left[kind].add((case.suite, case.name))
            else:
                found[case.suite, case.name][written.command, written.run] += case.time_s
    bad = left["failed"] | left["skipped"] | left["untimed"]
    times = [TestTime(*test, median_of_runs(list(runs.values()))) for test, runs in found.items() if test not in bad]
    clocks: dict[tuple[str, int], float] = defaultdict(float)
    for written, report in chosen:
        clocks[written.command, written.run] += report.suite_s
    clock_s = median_of_runs([clock for clock in clocks.values() if not math.isnan(clock)]).value
    ordered = sorted(times, key=lambda one: -one.time_s.value)
    return Tests(ordered, temperature, len(clocks), len(left["failed"]), len(left["skipped"]), len(left["untimed"]), clock_s)


def slowest_imports(timings: Timings) -> list[ImportTime]:
    """The modules with most time of their own first. A module that a run did not import is missing from that run's times."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _, report in timings.imports:
        for one in report.modules:
            found[one.module].append((one.self_us / 1000, one.cumulative_us / 1000))
    times = [ImportTime(module, *(median_of_runs(column) for column in zip(*runs, strict=True))) for module, runs in found.items()]
    return sorted(times, key=lambda one: -one.self_ms.value)


def import_total(timings: Timings) -> Estimate:
    """Milliseconds of all imports of a run: the sum of the modules' own times."""
    return median_of_runs([report.total_us / 1000 for _, report in timings.imports])


def slowest_tasks(timings: Timings) -> list[TaskTime]:
    """The tasks of Turborepo that succeeded, the slowest without cache first."""
    found: dict[str, list[Task]] = defaultdict(list)
    for _, summary in timings.summaries:
        for task in summary.tasks:
            found[task.name].append(task)
    times = [
        TaskTime(name, *(median_of_runs([value for value in column if not math.isnan(value)]) for column in _columns(tasks)))
        for name, tasks in found.items()
        if not any(task.exit_code for task in tasks)
    ]
    return sorted(times, key=lambda one: (math.isnan(one.cold_s.value), -one.cold_s.value))


def longest_chain(timings: Timings) -> Chain | None:
    """The critical path of the summary with most tasks; None where none can tell."""
    largest = max((summary for _, summary in timings.summaries), key=lambda one: len(one.tasks), default=None)
    return critical_path(largest.tasks) if largest else None


def _columns(tasks: Sequence[Task]) -> tuple[list[float], list[float]]:
    return [task.cold_s for task in tasks], [task.warm_s for task in tasks]


def _one_temperature(reports: list[tuple[Written, JUnit]]) -> tuple[list[tuple[Written, JUnit]], Temperature]:
    order: tuple[Temperature, ...] = ("warm", "cold", "unknown")
    for temperature in order:
        chosen = [(written, report) for written, report in reports if written.temperature == temperature]
        if chosen:
            return chosen, temperature
    return [], "unknown"


def slowest_packages(timings: Timings) -> list[tuple[str, Estimate]]:
    """Top-level packages by the milliseconds of their modules' own code, the slowest first."""
    found: dict[str, list[float]] = defaultdict(list)
    for _, report in timings.imports:
        sums: dict[str, int] = defaultdict(int)
        for one in report.modules:
            sums[one.module.partition(".")[0]] += one.self_us
        for package, own_us in sums.items():
            found[package].append(own_us / 1000)
    return sorted(((package, median_of_runs(runs)) for package, runs in found.items()), key=lambda item: -item[1].value)
