"""Sentences about the timings of commands, tests, tasks and imports."""

import math
from collections.abc import Sequence

from perfweek.profiling.timings.commands import CLEAN, IMPORT, LONGEST_IMPORT_S, Timing
from perfweek.profiling.timings.durations import UNSTEADY, Duration, durations, failures
from perfweek.profiling.timings.read import Timings
from perfweek.profiling.timings.slowest import Tests, import_total, longest_chain, slowest_packages, slowest_tasks, slowest_tests
from perfweek.profiling.timings.stopwatch import CANNOT_START
from perfweek.wording import bracketed, count, listed, number, percent

NO_COMMANDS = "No data: the target names no build or test command. Give [commands] build and test in target.toml to time them."
NO_TESTS = "No data about tests: no report of theirs was found. Let the test command write JUnit XML, and name the file in [commands] reports."
NO_IMPORTS = "No data about imports: give [commands] imports in target.toml to time that of a Python module."
SLOWEST = 5
_HOW = {"warm": "warm", "after clean": "cold, after `clean`", "first run": "in the first run", "hyperfine": "as hyperfine measured it"}
_TIMED_OUT = 124
_TEMPERATURE = {"warm": "warm", "cold": "cold", "unknown": "not known whether cold or warm"}


def commands_sentence(timings: Timings) -> str:
    """How long each command takes, cold and warm, which runs differ much, and what failed."""
    known, failed = durations(timings), failures(timings)
    if not known and not failed:
        return NO_COMMANDS
    names = dict.fromkeys(one.command for one in known)
    parts = [_takes(name, [one for one in known if one.command == name]) for name in names]
    if unsteady := [one for one in known if one.unsteady]:
        parts.append(_unsteady(unsteady))
    return " ".join([*parts, *(_failed(lap, timings.module) for lap in failed)])


def tests_sentence(tests: Tests) -> str:
    """Which test is the slowest, and what the slowest take of all test time."""
    if not tests.times:
        return _no_times(tests)
    first, few = tests.times[0], min(SLOWEST, len(tests.times))
    rest = f"; the {few} slowest of {len(tests.times):,} take {percent(tests.share(few))} of all test time" if len(tests.times) > 1 else ""
    beside = f" They ran side by side, {number(tests.side_by_side)} at a time." if tests.side_by_side > 1 else ""
    left = [count(n, f"{kind} test") for n, kind in ((tests.failed, "failed"), (tests.skipped, "skipped"), (tests.untimed, "untimed")) if n]
    missing = f" Not counted: {listed(left)}." if left else ""
    return f"The slowest test is `{first.name}`: {bracketed(first.time_s, 's')}{rest}.{beside}{missing}"


def start_sentence(timings: Timings, tests: Tests) -> str:
    """How much of the test command's time passes outside of its tests; '' where the reports do not tell."""
    walls = [one for one in durations(timings) if one.command == "test" and one.temperature == tests.temperature]
    if not walls or math.isnan(tests.clock_s) or not 0 <= tests.clock_s <= walls[0].wall_s.value:
        return ""
    outside_s = walls[0].wall_s.value - tests.clock_s
    return f"Of the test command's {number(walls[0].wall_s.value)} s, {number(outside_s)} s pass outside of tests: starting, collecting, ending."


def imports_sentence(timings: Timings) -> str:
    """How long the import takes, and in which packages."""
    packages = slowest_packages(timings)
    if not packages:
        return NO_IMPORTS
    most = listed([f"`{package}` ({number(own.value)} ms)" for package, own in packages[:3]])
    name = f"Importing `{timings.module}`" if timings.module else "The import"
    return f"{name} takes {bracketed(import_total(timings), 'ms')}; most of it is the code of {most}."


def tasks_sentence(timings: Timings) -> str:
    """The slowest task of Turborepo and the critical path; '' where there is no run summary."""
    tasks = [one for one in slowest_tasks(timings) if not math.isnan(one.cold_s.value)]
    if not tasks:
        return "No task of Turborepo tells its time without the cache." if timings.summaries else ""
    chain = longest_chain(timings)
    path = ""
    if chain and len(chain.tasks) > 1:
        path = f" However many run at a time, the chain {' → '.join(chain.tasks)} takes {number(chain.seconds)} s."
    return f"The slowest task is `{tasks[0].name}`: {bracketed(tasks[0].cold_s, 's')} without the cache.{path}"


def slowest_sentence(timings: Timings) -> str:
    """All of the above about tests, tasks and imports."""
    tests = slowest_tests(timings)
    parts = (tests_sentence(tests), start_sentence(timings, tests), tasks_sentence(timings), imports_sentence(timings))
    return " ".join(part for part in parts if part)


def commands_note(timings: Timings) -> str:
    """How the commands were timed."""
    runs = sum(lap.command not in (CLEAN, IMPORT) for lap in timings.laps)
    hyperfine = " hyperfine ran its commands one after the other and does not say what was warm." if timings.benchmarks else ""
    return (
        f"n = {count(runs, 'run')}, cold and warm rounds in turn; wall time is the median, CPU time that of all processes of a run. "
        f"Spread is the standard deviation over the mean; beyond {percent(UNSTEADY)} it is said.{hyperfine}"
    )


def slowest_note(timings: Timings) -> str:
    """How the times of tests and modules were taken, and which reports could not be read."""
    tests = slowest_tests(timings)
    timed = f"n = {count(len(tests.times), 'test')} in {count(tests.runs, 'run')}, {_TEMPERATURE[tests.temperature]}; medians."
    parts = [timed if tests.times else "No test was timed."]
    if timings.imports:
        damaged = sum(report.damaged for _, report in timings.imports)
        left = f"; {count(damaged, 'damaged line')} left out" if damaged else ""
        parts.append(f"Imports by python -X importtime, which slows them a little{left}.")
    parts += [f"Not read: {problem}." for problem in timings.problems[:5]]
    if len(timings.problems) > 5:
        parts.append(f"{len(timings.problems) - 5} more reports could not be read.")
    if timings.stale:
        parts.append(f"{count(timings.stale, 'report')} left out that no command wrote.")
    if timings.left_out:
        parts.append(f"{count(timings.left_out, 'report')} left out: too large, or too many.")
    return " ".join(parts)


def _takes(name: str, known: Sequence[Duration]) -> str:
    subject = f"`{name}`" if known[0].how == "hyperfine" else f"The {name} command"
    ordered = sorted(known, key=lambda one: one.temperature == "cold")
    times = [f"{bracketed(one.wall_s, 's')} {' or '.join(_HOW[how] for how in one.how.split(' or '))}" for one in ordered]
    return f"{subject} takes {listed(times)}."


def _unsteady(known: Sequence[Duration]) -> str:
    worst = max(known, key=lambda one: one.spread)
    steadier = f", its CPU time by {100 * worst.cpu_spread:.0f} %" if worst.cpu_spread < worst.spread else ""
    which = "one of these" if len(known) == 1 else f"{len(known)} of these"
    most = f"{worst.command}, {worst.temperature}: by {100 * worst.spread:.0f} %{steadier}"
    return f"Unsteady: the times of {which} differ by more than {percent(UNSTEADY)} between runs ({most})."


def _failed(lap: Timing, module: str) -> str:
    if lap.exit_code == CANNOT_START and lap.wall_s == 0:
        how = "could not be started"
    elif lap.command == IMPORT and lap.exit_code == _TIMED_OUT:
        how = f"did not end within {LONGEST_IMPORT_S:g} s"
    else:
        how = f"failed with exit code {lap.exit_code}"
    if lap.command == CLEAN:
        return f"The clean command {how}: no run after it counts as cold; its output is in `clean.log` beside the evidence."
    if lap.command == IMPORT:
        return f"The import of `{module}` {how}; its output is in `{IMPORT}-{lap.run}.log` beside the evidence."
    return f"The {lap.command} command {how}: no baseline; its output is in `{lap.command}.log` beside the evidence."


def _no_times(tests: Tests) -> str:
    left = tests.failed + tests.skipped + tests.untimed
    return f"No test has a time: {tests.failed} failed, {tests.skipped} skipped, {tests.untimed} without one." if left else NO_TESTS
