"""Friday's measurement: the changed service under Monday's load, and short runs of both versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perfweek import evidence
from perfweek.caching.measure import logged_trace
from perfweek.caching.trace import Trace
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.load.measure import measure_load
from perfweek.load.run import LoadRun, read_load
from perfweek.profiling.timings.commands import NAME as COMMANDS
from perfweek.profiling.timings.commands import measure_commands, read_commands
from perfweek.progress.repeats import both_can_run, measure_again, measure_in_turn, read_run, run_of
from perfweek.progress.runs import Run
from perfweek.progress.statements import Statements, statements_after
from perfweek.target import Target
from perfweek.warehouse.history import FILE as HISTORY
from perfweek.week import Week

MONDAY, FRIDAY, COMMANDS_FRIDAY = "load-monday", "load-friday", "commands-friday"


@dataclass(frozen=True)
class Sides:
    """The runs that are compared, `before` and `after`; `in_turn`: A B B A, minutes apart, else days apart. `commands`: wall times of the build
    and test commands on both days, by figure."""

    before: tuple[Run, ...] = ()
    after: tuple[Run, ...] = ()
    in_turn: bool = False
    commands: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Pair:
    """Monday's run and Friday's (None where there was no service to load a second time), the `sides` that are compared, and what the service
    logged on Friday: its `trace` of requests; the `statements` to the warehouse since the change. `asked`: what each run asked of the service, as
    environment.differences reads it."""

    monday: LoadRun
    friday: LoadRun | None
    sides: Sides
    trace: Trace
    statements: Statements
    asked: tuple[dict[str, Any], dict[str, Any]]


def measure_pair(week: Week, target: Target, profile: str = "") -> Pair:
    """Load the changed service as Monday loaded it (`profile`: '' for Monday's), then both versions in turn, and read all runs.

    No run on Friday where the target names k6 results: then there is no service to load, and the same files twice are no progress.
    Raises EvidenceError where Monday was not measured, MeasurementError where the service cannot be loaded.
    """
    first = evidence.read(week, MONDAY)
    monday = read_load(week, first)
    if target.load.results:
        return Pair(monday, None, Sides(), Trace.no_data(monday.source), statements_after(week, target, None), ({}, {}))
    profile = profile or str(monday.record.get("profile", ""))
    second = measure_load(week, target, FRIDAY, profile, target.service.start_changed or target.service.start)
    friday = read_load(week, second)
    sides = measure_sides(week, target, profile, (first, second), (monday, friday))
    asked = _asked(monday, first), _asked(friday, second)
    statements = statements_after(week, target, second, friday.origin)
    return Pair(monday, friday, sides, logged_trace(week, target, second), statements, asked)


def measure_sides(week: Week, target: Target, profile: str, long: tuple[Measurement, Measurement], runs: tuple[LoadRun, LoadRun]) -> Sides:
    """The short runs of both versions; the two long runs alone where nothing can be repeated."""
    commands = _commands(week, target)
    if both_can_run(target) and target.load.repeats > 1:
        taken = measure_in_turn(week, target, profile, target.load.repeats)
        return Sides(_read(week, target, taken[0]), _read(week, target, taken[1]), in_turn=True, commands=commands)
    earlier = _repeated_on_monday(week)
    if earlier and target.service.start:
        start = target.service.start_changed or target.service.start
        later = measure_again(week, target, "friday", profile, start, len(earlier))
        return Sides(_read(week, target, earlier), _read(week, target, later), commands=commands)
    before, after = ((run_of(run, one.folder.name, None, one.folder / HISTORY),) for run, one in zip(runs, long, strict=True))
    return Sides(before, after, commands=commands)


def _read(week: Week, target: Target, taken: Sequence[Measurement]) -> tuple[Run, ...]:
    return tuple(read_run(week, target, one) for one in taken)


def _repeated_on_monday(week: Week) -> list[Measurement]:
    names = sorted(path.name for path in week.evidence.glob("monday-short-*"))
    return [found for name in names if (found := evidence.find(week, name))]


def _commands(week: Week, target: Target) -> tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...]:
    """Wall times of warm runs that succeeded, Monday's and Friday's; measured again only where Monday had them."""
    given = target.commands
    if not (given.build or given.test) or not (known := evidence.find(week, COMMANDS)):
        return ()
    try:
        again = measure_commands(week, target, COMMANDS_FRIDAY)
    except EvidenceError:
        return ()
    found = [(f"{name} time", _warm(known, name), _warm(again, name)) for name in ("build", "test")]
    return tuple(one for one in found if one[1] and one[2])


def _warm(measurement: Measurement, command: str) -> tuple[float, ...]:
    return tuple(one.wall_s for one in read_commands(measurement) if one.command == command and one.temperature == "warm" and not one.exit_code)


def _asked(run: LoadRun, measurement: Measurement) -> dict[str, Any]:
    inputs = measurement.inputs
    return {**run.record, "rows_lost": run.results.damaged, "scripts": inputs.get("script"), "asked": inputs.get("asked")}
