"""Taking the time of the target's build and test commands, and of one import.

A round runs each command once, so that a slow minute of the machine does not hit one command alone. A cold round starts with the
`clean` command; a warm round follows it without. Cold and warm rounds alternate until each has run as often as asked.
"""

import csv
import glob
import json
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import mean
from typing import Literal, cast

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.profiling.timings.kept import Kept
from perfweek.profiling.timings.stopwatch import Lap, time_run
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

COMMANDS, RECORD, NAME = "commands.csv", "record.json", "commands-monday"
CLEAN, IMPORT = "clean", "import"
LONGEST_S, LONGEST_IMPORT_S = 600.0, 60.0
"""A command is not repeated once its runs took LONGEST_S together; an import that takes longer than LONGEST_IMPORT_S is ended."""
MOST_IMPORTS = 3

State = Literal["after clean", "first run", "warm", "clean"]


@dataclass(frozen=True)
class Timing(Lap):
    """A lap of `command`: the `run`-th one in its `state`."""

    command: str
    state: State
    run: int

    @property
    def temperature(self) -> Literal["cold", "warm"]:
        return "warm" if self.state == "warm" else "cold"


COLUMNS = ("command", "state", "run", *(one.name for one in fields(Lap)))


def measure_commands(week: Week, target: Target, name: str = NAME) -> Measurement:
    """Run the target's commands cold and warm and return the evidence set `name`: COMMANDS, RECORD, the commands' output and reports.

    A command that fails is not repeated: how long it took to fail is no baseline. Without commands, the reports that are there are kept.
    """
    given = target.commands
    inputs = {"commands": given.model_dump(mode="json"), "folder": target.repository.path, "import": " ".join(_import_command(target))}
    return evidence.collect(week, name, inputs, lambda folder: _measure(target, folder))


def read_commands(measurement: Measurement) -> list[Timing]:
    """The timings of `measure_commands`, in the order of the runs."""
    with measurement.path(COMMANDS).open(newline="") as rows:
        return [_timing(row) for row in csv.DictReader(rows)]


def source(week: Week, measurement: Measurement) -> str:
    """The file of the timings as facts cite it."""
    return evidence.relative(week, measurement.path(COMMANDS))


def _timing(row: dict[str, str]) -> Timing:
    wall_s, user_s, system_s = (float(row[name]) for name in ("wall_s", "user_s", "system_s"))
    return Timing(wall_s, user_s, system_s, int(row["exit_code"]), row["command"], cast(State, row["state"]), int(row["run"]))


def _measure(target: Target, folder: Path) -> None:
    runner = _Runner(target, folder)
    with (folder / COMMANDS).open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(COLUMNS)
        for one in runner.timings():
            rows.writerow([one.command, one.state, one.run, f"{one.wall_s:.4f}", f"{one.user_s:.4f}", f"{one.system_s:.4f}", one.exit_code])
    if not runner.commands:
        runner.kept.keep_unchanged()
    record = {"reports_not_written": runner.kept.write_listing(), "reports_left_out": runner.kept.left_out, "imports": service_module(target)}
    write_atomic(folder / RECORD, json.dumps(record, indent=2) + "\n")


def rounds(cold: int, warm: int, cleaned: bool) -> list[tuple[State, int]]:
    """(state, number) of each round in order: cold and warm in turn, a single cold one first where nothing is cleaned before."""
    if not cleaned:
        return [("first run", 1), *(("warm", number) for number in range(1, warm + 1))]
    plan: list[tuple[State, int]] = []
    for number in range(1, max(cold, warm) + 1):
        plan += [("after clean", number)] if number <= cold else []
        plan += [("warm", number)] if number <= warm else []
    return plan


@dataclass
class _Runner:
    target: Target
    folder: Path
    spent: dict[str, list[float]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        given = self.target.commands
        self.commands = {name: self.target.command(text, self.folder) for name, text in (("build", given.build), ("test", given.test)) if text}
        self.clean = self.target.command(given.clean, self.folder) if self.commands else []
        self.imports = _import_command(self.target)
        self.where = self.target.resolve(self.target.repository.path)
        root, run = glob.escape(str(self.target.root)), glob.escape(str(self.folder))
        self.kept = Kept(self.folder, [str(Path(root) / pattern.replace("{run}", run)) for pattern in given.reports])

    def timings(self) -> Iterator[Timing]:
        """Every lap, as it ends. A round whose `clean` fails is the first one or none: nobody knows what it would find."""
        given = self.target.commands
        for planned, number in rounds(given.cold, given.runs, bool(self.clean)):
            state = planned
            if planned == "after clean" and self.left:
                yield (cleaned := self._lap(CLEAN, self.clean, "clean", number))
                state = "first run" if cleaned.exit_code else planned
                if cleaned.exit_code and number > 1:
                    continue
            for name in self.left:
                yield self._lap(name, self.commands[name], state, number)
            if state == "warm" and number <= MOST_IMPORTS and self.imports and IMPORT not in self.done:
                yield self._lap(IMPORT, self.imports, state, number)

    @property
    def left(self) -> list[str]:
        """The commands that may be repeated."""
        return [name for name in self.commands if name not in self.done]

    def _lap(self, name: str, command: list[str], state: State, number: int) -> Timing:
        """One run; a command that failed or took long enough is done."""
        so_far = self.spent.setdefault(name, [])
        log = self.folder / (f"{name}-{number}.log" if name == IMPORT else f"{name}.log")
        with step(f"timing the {name} command, {state}, run {number}", mean(so_far) if so_far else 30):
            lap = time_run(command, self.target.root, log, LONGEST_IMPORT_S) if name == IMPORT else time_run(command, self.where, log)
        if name in self.commands:
            self.kept.keep(name, state, number)
        so_far.append(lap.wall_s)
        if lap.exit_code or sum(so_far) > LONGEST_S:
            self.done.add(name)
        return Timing(**vars(lap), command=name, state=state, run=number)


def service_module(target: Target) -> str:
    """The module whose import is timed: [commands] imports, or that of the `module:app` in [service] start; '' where there is none."""
    if target.commands.imports:
        return target.commands.imports
    words = shlex.split(target.service.start)
    named = [word.partition(":")[0] for word in words[1:] if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(\(\))?", word)]
    return named[0] if named and _is_python(words[0]) else ""


def _import_command(target: Target) -> list[str]:
    module = service_module(target)
    words = target.command(target.service.start)
    python = words[0] if words and _is_python(words[0]) else sys.executable
    return [python, "-X", "importtime", "-c", f"import {module}"] if module else []


def _is_python(program: str) -> bool:
    return program == "{python}" or Path(program).name.startswith(("python", "pypy"))
