"""Tables of the timings."""

import math
from collections.abc import Iterator

import pandas as pd

from perfweek.profiling.timings.durations import UNSTEADY, durations, failures
from perfweek.profiling.timings.read import Timings
from perfweek.profiling.timings.slowest import import_total, slowest_imports, slowest_tasks, slowest_tests
from perfweek.stats import Estimate
from perfweek.wording import interval_text, number

COMMAND_FORMATS = {"wall s": ".3g", "user CPU s": ".3g", "system CPU s": ".2g", "spread %": ".0f", "n": "d"}
SLOWEST_FORMATS = {"s": ".3g", "share %": ".1f"}
ROWS_A_KIND = 12


def command_table(timings: Timings) -> pd.DataFrame:
    """One row a command and temperature; a command that failed has a row without times."""
    rows = [
        {
            "command": one.command,
            "state": one.how if one.temperature == "warm" or one.how == "hyperfine" else f"cold, {one.how}",
            "n": one.wall_s.n,
            "wall s": one.wall_s.value,
            "95 % interval": interval_text(one.wall_s),
            "user CPU s": one.user_s,
            "system CPU s": one.system_s,
            "spread %": 100 * one.spread,
            "remark": f"unsteady: spread beyond {100 * UNSTEADY:g} %" if one.unsteady else "",
        }
        for one in durations(timings)
    ]
    failed = [{"command": lap.command, "state": lap.state, "n": 1, "remark": f"failed, exit code {lap.exit_code}"} for lap in failures(timings)]
    columns = ["command", "state", "n", "wall s", "95 % interval", "user CPU s", "system CPU s", "spread %", "remark"]
    return pd.DataFrame([*rows, *failed], columns=columns).fillna({"95 % interval": ""})


def slowest_table(timings: Timings) -> pd.DataFrame:
    """The slowest tests, tasks and modules: seconds with their interval, and the share of all time of their kind."""
    rows = [*_tests(timings), *_tasks(timings), *_imports(timings)]
    columns = ["kind", "name", "s", "95 % interval", "share %", "remark"]
    return pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows], columns=columns)


_Row = tuple[str, str, float, str, float, str]


def _tests(timings: Timings) -> Iterator[_Row]:
    tests = slowest_tests(timings)
    for one in tests.times[:ROWS_A_KIND]:
        share = 100 * one.time_s.value / tests.total_s if tests.total_s else math.nan
        yield "test", one.name, one.time_s.value, interval_text(one.time_s), share, one.suite


def _tasks(timings: Timings) -> Iterator[_Row]:
    tasks = slowest_tasks(timings)
    total = math.fsum(one.cold_s.value for one in tasks if not math.isnan(one.cold_s.value))
    for one in tasks[:ROWS_A_KIND]:
        cached = f"{number(one.warm_s.value)} s from the cache" if one.warm_s.n else ""
        yield "task", one.name, one.cold_s.value, interval_text(one.cold_s), 100 * one.cold_s.value / total if total else math.nan, cached


def _imports(timings: Timings) -> Iterator[_Row]:
    total = import_total(timings).value
    for one in slowest_imports(timings)[:ROWS_A_KIND]:
        own, share = _in_seconds(one.self_ms), 100 * one.self_ms.value / total if total else math.nan
        yield "import", one.module, own.value, interval_text(own), share, f"{number(one.cumulative_ms.value / 1000)} s with what it imports"


def _in_seconds(time: Estimate) -> Estimate:
    return Estimate(time.value / 1000, time.low / 1000, time.high / 1000, time.n, time.method)
