"""The measured timings, read back: laps of the commands, and what their reports say of tests, tasks and modules."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perfweek import evidence
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.profiling.timings.commands import COMMANDS, IMPORT, RECORD, Timing, read_commands
from perfweek.profiling.timings.hyperfine import Benchmark
from perfweek.profiling.timings.importtime import Imports
from perfweek.profiling.timings.junit import JUnit
from perfweek.profiling.timings.kept import LISTING, read_listing
from perfweek.profiling.timings.reports import Report, read_import_log, read_report
from perfweek.profiling.timings.turborepo import Summary
from perfweek.week import Week

Temperature = Literal["cold", "warm", "unknown"]
_TEMPERATURES: dict[str, Temperature] = {"warm": "warm", "after clean": "cold", "first run": "cold"}


@dataclass(frozen=True)
class Written:
    """A report as the `run`-th run of `command` wrote it ('' where it was there without a run); `source`: its file as facts cite it."""

    content: Report
    command: str
    temperature: Temperature
    run: int
    source: str


@dataclass(frozen=True)
class Timings:
    """What was measured: `laps` in order, the `reports` that could be read, `problems` a line each for those that could not, how many
    reports no command wrote (`stale`) and how many were too large or too many (`left_out`). `module`: the one whose import was timed."""

    laps: Sequence[Timing]
    reports: Sequence[Written]
    problems: Sequence[str]
    stale: int
    left_out: int
    module: str
    source: str

    @property
    def tests(self) -> list[tuple[Written, JUnit]]:
        return [(one, one.content) for one in self.reports if isinstance(one.content, JUnit)]

    @property
    def benchmarks(self) -> list[tuple[Written, Benchmark]]:
        return [(one, benchmark) for one in self.reports if isinstance(one.content, list) for benchmark in one.content]

    @property
    def summaries(self) -> list[tuple[Written, Summary]]:
        return [(one, one.content) for one in self.reports if isinstance(one.content, Summary)]

    @property
    def imports(self) -> list[tuple[Written, Imports]]:
        return [(one, one.content) for one in self.reports if isinstance(one.content, Imports)]

    def source_of(self, found: Sequence[tuple[Written, object]]) -> str:
        """The file to cite for `found`: its last report, else that of the laps."""
        return found[-1][0].source if found else self.source


def read_timings(week: Week, measurement: Measurement) -> Timings:
    """Read the evidence of `measure_commands`. A report that cannot be read is a line of `problems`, not an error."""
    laps = read_commands(measurement)
    record = json.loads(measurement.path(RECORD).read_text())
    reports: list[Written] = []
    problems: list[str] = []
    for row in [*read_listing(measurement.path(LISTING)), *_import_logs(laps)]:
        path = measurement.path(row["file"])
        try:
            content: Report = read_import_log(path) if row["command"] == IMPORT else read_report(path)
        except EvidenceError as error:
            problems.append(f"{Path(row['written_as']).name}: {error.what}")
            continue
        temperature = _TEMPERATURES.get(row["state"], "unknown")
        reports.append(Written(content, row["command"], temperature, int(row["run"]), evidence.relative(week, path)))
    source = evidence.relative(week, measurement.path(COMMANDS))
    return Timings(laps, reports, problems, record["reports_not_written"], record["reports_left_out"], record["imports"], source)


def _import_logs(laps: Sequence[Timing]) -> list[dict[str, str]]:
    """Rows like those of a listing."""
    done = [lap for lap in laps if lap.command == IMPORT and lap.exit_code == 0]
    names = [f"{IMPORT}-{lap.run}.log" for lap in done]
    return [
        {"file": name, "command": IMPORT, "state": lap.state, "run": str(lap.run), "written_as": name} for name, lap in zip(names, done, strict=True)
    ]
