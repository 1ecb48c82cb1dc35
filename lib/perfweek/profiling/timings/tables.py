"""Tables of the timings."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from perfweek.profiling.timings.durations import UNSTEADY, durations, failures
from perfweek.profiling.timings.read import Timings
from perfweek.profiling.timings.slowest import import_total, slowest_imports, slowest_tasks, slowest_tests
from perfweek.stats import Estimate
from perfweek.wording import interval_text, number

COMMAND_FORMATS = {"wall s": ".3g", "user CPU s": ".3g", "system CPU s": ".2g", "spread %": ".0f", "n": "d"}
SLOWEST_FORMATS = {"ms": ",.1f", "share %": ".1f"}
ROWS_A_KIND, LEAST_SHARE = 12, 0.005


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
    """The slowest tests, tasks and modules that take LEAST_SHARE of all time of their kind: milliseconds with their interval, and that share."""
    rows = [*_tests(timings), *_tasks(timings), *_imports(timings)]
    return pd.DataFrame(
        [row for row in rows if not float(row["share %"]) < 100 * LEAST_SHARE], columns=["kind", "name", "ms", "95 % interval", "share %", "remark"]
    )


_Row = dict[str, str | float]


def _tests(timings: Timings) -> Iterator[_Row]:
    tests = slowest_tests(timings)
    for one in tests.times[:ROWS_A_KIND]:
        yield _row("test", one.name, _ms(one.time_s), 1000 * tests.total_s, one.suite)


def _tasks(timings: Timings) -> Iterator[_Row]:
    tasks = slowest_tasks(timings)
    total_s = math.fsum(one.cold_s.value for one in tasks if not math.isnan(one.cold_s.value))
    for one in tasks[:ROWS_A_KIND]:
        cached = f"{number(1000 * one.warm_s.value)} ms from the cache" if one.warm_s.n else ""
        yield _row("task", one.name, _ms(one.cold_s), 1000 * total_s, cached)


def _imports(timings: Timings) -> Iterator[_Row]:
    total = import_total(timings).value
    for one in slowest_imports(timings)[:ROWS_A_KIND]:
        yield _row("import", one.module, one.self_ms, total, f"{number(one.cumulative_ms.value)} ms with its imports")


def _row(kind: str, name: str, time: Estimate, total: float, remark: str) -> _Row:
    share = 100 * time.value / total if total else math.nan
    return {"kind": kind, "name": name, "ms": time.value, "95 % interval": interval_text(time), "share %": share, "remark": remark}


def _ms(seconds: Estimate) -> Estimate:
    return replace(seconds, value=1000 * seconds.value, low=1000 * seconds.low, high=1000 * seconds.high)
