"""How long the target's build and test commands take."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.process import guarded
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

COMMANDS, NAME = "commands.csv", "commands-monday"
COLUMNS = ("command", "run", "wall_s", "user_s", "system_s", "exit_code")
RUNS = 3
LONGEST_S = 600.0
"""A command is not repeated once its runs took that long together."""
_CANNOT_START = 127

_TIMER = """
import json, os, sys, time
started = time.perf_counter()
try:
    pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    _, status, used = os.wait4(pid, 0)
    result = [time.perf_counter() - started, used.ru_utime, used.ru_stime, os.waitstatus_to_exitcode(status)]
except OSError as error:
    print(error, file=sys.stderr)
    result = [0.0, 0.0, 0.0, 127]
with open(sys.argv[1], "w") as output:
    json.dump(result, output)
"""


@dataclass(frozen=True)
class Timing:
    """One run of a command: seconds of wall time and of CPU of it and its children, and its exit code (127: it could not be started)."""

    command: str
    run: int
    wall_s: float
    user_s: float
    system_s: float
    exit_code: int


def measure_commands(week: Week, target: Target) -> Measurement:
    """Run the build and the test command three times each, in turn, and return the evidence set NAME; no runs of a command that the target lacks.

    A command that fails is not repeated: how long it took to fail is no baseline.
    """
    given = {name: command for name in ("build", "test") if (command := getattr(target.commands, name))}
    inputs = {"commands": given, "runs": RUNS, "folder": target.repository.path}
    return evidence.collect(week, NAME, inputs, lambda folder: _measure(target, given, folder))


def read_commands(measurement: Measurement) -> list[Timing]:
    """The timings of `measure_commands`, in the order of the runs."""
    with measurement.path(COMMANDS).open(newline="") as rows:
        return [
            Timing(row["command"], int(row["run"]), float(row["wall_s"]), float(row["user_s"]), float(row["system_s"]), int(row["exit_code"]))
            for row in csv.DictReader(rows)
        ]


def source(week: Week, measurement: Measurement) -> str:
    """The file of the timings as facts cite it."""
    return evidence.relative(week, measurement.path(COMMANDS))


def _measure(target: Target, given: dict[str, str], folder: Path) -> None:
    with (folder / COMMANDS).open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(COLUMNS)
        for timing in _timings(target, given, folder):
            rows.writerow([timing.command, timing.run, f"{timing.wall_s:.3f}", f"{timing.user_s:.3f}", f"{timing.system_s:.3f}", timing.exit_code])


def _timings(target: Target, given: dict[str, str], folder: Path) -> Iterator[Timing]:
    """Run by run through the commands, so that a slow minute of the machine does not hit one command alone."""
    spent = dict.fromkeys(given, 0.0)
    left = set(given)
    for run in range(1, RUNS + 1):
        for name in [name for name in given if name in left]:
            with step(f"timing the {name} command, run {run} of {RUNS}", spent[name] / (run - 1) if run > 1 else 30):
                timing = _time(name, run, target.command(given[name], folder), target.resolve(target.repository.path), folder)
            yield timing
            spent[name] += timing.wall_s
            if timing.exit_code or spent[name] > LONGEST_S:
                left.discard(name)


def _time(name: str, run: int, command: list[str], where: Path, folder: Path) -> Timing:
    result = folder / f".{name}.json"
    with guarded([sys.executable, "-I", "-S", "-c", _TIMER, str(result), *command], folder / f"{name}.log", folder=where) as child:
        child.wait()
    wall_s, user_s, system_s, exit_code = json.loads(result.read_text()) if result.exists() else (0.0, 0.0, 0.0, _CANNOT_START)
    result.unlink(missing_ok=True)
    return Timing(name, run, wall_s, user_s, system_s, exit_code)
