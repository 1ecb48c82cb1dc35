"""How long each command takes, cold and warm apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from perfweek.profiling.timings.commands import CLEAN, IMPORT, Timing
from perfweek.profiling.timings.hyperfine import Benchmark
from perfweek.profiling.timings.read import Temperature, Timings
from perfweek.profiling.timings.repeats import median_of_runs, variation
from perfweek.stats import Estimate

UNSTEADY = 0.1
"""A coefficient of variation beyond this is said: the runs differ by more than what most changes of a build bring."""


@dataclass(frozen=True)
class Duration:
    """The runs of a command that never failed, in one temperature. `how`: 'after clean', 'first run', 'warm' or 'hyperfine'; CPU seconds are
    medians, user and system; `spread` and `cpu_spread` are coefficients of variation, NaN where unknown."""

    command: str
    temperature: Temperature
    how: str
    wall_s: Estimate
    user_s: float
    system_s: float
    spread: float
    cpu_spread: float

    @property
    def unsteady(self) -> bool:
        return self.spread > UNSTEADY


def durations(timings: Timings) -> list[Duration]:
    """Cold before warm, in the order of the commands; then those of hyperfine reports, which do not say what was warm."""
    failed = {lap.command for lap in failures(timings)}
    laps = [lap for lap in timings.laps if lap.command not in failed | {CLEAN, IMPORT}]
    groups: dict[tuple[str, Temperature], list[Timing]] = {}
    for lap in laps:
        groups.setdefault((lap.command, lap.temperature), []).append(lap)
    names = list(dict.fromkeys(lap.command for lap in laps))
    ordered = sorted(groups.items(), key=lambda item: (names.index(item[0][0]), item[0][1]))
    return [_of_laps(command, temperature, group) for (command, temperature), group in ordered] + [
        _of_benchmark(benchmark) for _, benchmark in timings.benchmarks if not benchmark.failed
    ]


def failures(timings: Timings) -> list[Timing]:
    """The failed run of each command that failed, of `clean` and of the import; a command is not repeated after it."""
    return list({lap.command: lap for lap in timings.laps if lap.exit_code}.values())


def _of_laps(command: str, temperature: Temperature, laps: Sequence[Timing]) -> Duration:
    walls = [lap.wall_s for lap in laps]
    return Duration(
        command,
        temperature,
        " or ".join(dict.fromkeys(lap.state for lap in laps)),
        median_of_runs(walls),
        median(lap.user_s for lap in laps),
        median(lap.system_s for lap in laps),
        variation(walls),
        variation([lap.user_s + lap.system_s for lap in laps]),
    )


def _of_benchmark(one: Benchmark) -> Duration:
    return Duration(one.command, "unknown", "hyperfine", median_of_runs(one.times_s), one.user_s, one.system_s, variation(one.times_s), math.nan)
