"""What Monday measures, part by part: taken once, read back as what its sections show."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from perfweek import evidence
from perfweek.bottlenecks.others import of_capacity, of_leak, of_traps
from perfweek.bottlenecks.study import Study, read_study
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.load.baseline import Baseline
from perfweek.load.capacity.measure import measure_capacity
from perfweek.load.capacity.result import Capacity, read_capacity
from perfweek.load.capacity.sentences import capacity_sentence
from perfweek.load.database.statements import Statements, read_statements
from perfweek.load.measure import measure_load
from perfweek.load.run import read_load
from perfweek.load.traps import Machine, Observed, sprung
from perfweek.load.traps.observe import observed_of
from perfweek.profiling.endpoints import EndpointCosts, endpoint_costs
from perfweek.profiling.measure import measure_profile
from perfweek.profiling.memory.attribution import Allocations
from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.leak import Leak
from perfweek.profiling.memory.lines import Lines
from perfweek.profiling.memory.measure import measure_allocations, measure_lines, read_allocations, read_lines
from perfweek.profiling.memory.resources import Resources, read_resources
from perfweek.profiling.memory.sentences import leak_sentence
from perfweek.profiling.memory.series import leak_of
from perfweek.profiling.pyroscope.measure import measure_pyroscope
from perfweek.profiling.pyroscope.study import Continuous, read_pyroscope
from perfweek.profiling.run import ProfileRun, read_profile
from perfweek.profiling.timings.commands import measure_commands
from perfweek.profiling.timings.read import Timings, read_timings
from perfweek.progress.repeats import both_can_run, measure_again
from perfweek.target import Target
from perfweek.week import Week


@dataclass(frozen=True)
class Load:
    """The load run of the day: its evidence, and what it says."""

    measurement: Measurement
    baseline: Baseline


@dataclass(frozen=True)
class Usage:
    """Memory and CPU of the service under that load: who holds the memory, and lines that the target asks about, with the files behind both."""

    resources: Resources
    leak: Leak
    cpu: Cpu
    allocations: Allocations
    allocations_source: str
    lines: Lines
    lines_source: str


@dataclass(frozen=True)
class Profiled:
    """The profile taken in a run of its own, CPU time by endpoint, what a continuous profiler saw of the load, and the newest profile of an
    earlier week with that week's name."""

    run: ProfileRun
    costs: EndpointCosts
    continuous: Continuous
    earlier: tuple[str, ProfileRun] | None


def take_load(week: Week, target: Target, profile: str) -> Load:
    """Load the service, or take the results that the target names; where Friday cannot start this version again, also in short runs."""
    measured = measure_load(week, target, "load-monday", profile, target.service.start)
    if target.service.start and not target.load.results and not both_can_run(target) and target.load.repeats > 1:
        measure_again(week, target, "monday", profile or target.load.profile, target.service.start, target.load.repeats)
    return Load(measured, Baseline(read_load(week, measured), target.service.latency_budget_p95_ms))


def take_statements(week: Week, load: Load) -> Statements:
    """What the warehouse recorded of that load."""
    return read_statements(week, load.measurement, load.baseline.run)


def take_usage(week: Week, target: Target, load: Load) -> Usage:
    """What was watched meanwhile. Only a leak is followed to its allocations, and only functions that the target names to their lines."""
    resources = read_resources(week, load.measurement, load.baseline.run)
    leak = leak_of(resources)
    allocations = measure_allocations(week, target, target.service.start, wanted=leak.verdict == "leak")
    lines = measure_lines(week, target)
    sources = [evidence.relative(week, sorted(measured.folder.glob("*.[cj]s*"))[0]) for measured in (allocations, lines)]
    return Usage(resources, leak, Cpu(resources), read_allocations(allocations), sources[0], read_lines(lines), sources[1])


def take_capacity(week: Week, target: Target, profile: str) -> Capacity:
    """Load the service in steps until it no longer keeps up."""
    return read_capacity(week, measure_capacity(week, target, target.service.start, profile), target.service.latency_budget_p95_ms)


def take_profile(week: Week, target: Target, load: Load) -> Profiled:
    """Profile the service under a load of its own, and pull what a Pyroscope server has of Monday's."""
    run = read_profile(week, measure_profile(week, target, target.service.start))
    pulled = measure_pyroscope(week, target, load.baseline.run.plateau)
    continuous = read_pyroscope(week, pulled, load.baseline.run.process)
    costs = endpoint_costs(run, load.baseline.run.plateau, load.baseline.run.process)
    return Profiled(run, costs, continuous, next(_earlier_profiles(week), None))


def _earlier_profiles(week: Week) -> Iterator[tuple[str, ProfileRun]]:
    for earlier in week.earlier():
        measured = evidence.find(earlier, "profile-monday")
        with suppress(EvidenceError):  # of an older perfweek
            if measured and (run := read_profile(earlier, measured)).samples:
                yield earlier.name, run


def take_timings(week: Week, target: Target) -> Timings:
    """Run the target's build and test commands."""
    return read_timings(week, measure_commands(week, target))


def observed(load: Load, usage: Usage, study: Study) -> Observed:
    """What the detectors of known traps look at."""
    cpu = usage.cpu
    return observed_of(load.baseline, study.log, Machine(cpu.core_count, cpu.machine, cpu.workers), cpu.load)


def take_bottlenecks(week: Week, load: Load, statements: Statements, usage: Usage, profiled: Profiled, capacity: Capacity) -> Study:
    """Everything that holds the service back, from all parts of the day."""
    study = read_study(week, load.measurement, load.baseline.run, statements, profiled.run)
    traps = of_traps(sprung(observed(load, usage, study)), load.baseline.run.record_source)
    leak = of_leak(usage.leak, leak_sentence(usage.resources, usage.leak), load.baseline.run.process_source)
    rate = float(load.baseline.run.record.get("rate") or 0)
    known = capacity.cells and capacity.generator.verdict != "the limit"
    limit = of_capacity(capacity.highest, rate, capacity_sentence(capacity), capacity.source) if known else []
    return replace(study, others=(*traps, *leak, *limit))
