"""What DuckDB's profiler says about one statement, in the terms of the query history."""

import json
from typing import Any, NamedTuple

import duckdb

METRICS = (
    "query.total_time",
    "parser.total_time",
    "planner.total_time",
    "optimizer.total_time",
    "physical_planner.total_time",
    "operator.type",
    "operator.row_groups_scanned",
    "operator.total_row_groups_to_scan",
    "system.peak_temp_dir_size",
)
_PHASES = ("parser", "planner", "optimizer", "physical_planner")


class Profile(NamedTuple):
    """Times in milliseconds; `spilled` is the largest size of the temporary folder in bytes; `scanned` and `totals` are
    row groups scanned and held, one number for each scan of the plan in the plan's order."""

    compilation_ms: float = 0.0
    execution_ms: float = 0.0
    spilled: int = 0
    scanned: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()


def watch(session: duckdb.DuckDBPyConnection) -> None:
    """Switch the profiler of `session` on, for METRICS alone: each further one (names of tables and filters above all) costs time."""
    session.execute("set enable_profiling = 'no_output'")
    session.execute("set profiling_coverage = 'ALL'")
    session.execute(f"set tracked_metrics = {list(METRICS)}")


def last_profile(session: duckdb.DuckDBPyConnection) -> Profile:
    """The profile of the last statement of `session`. One that is not profiled (some are not) has neither times nor scans."""
    return read_profile(session.get_profiling_information(format="json"))


def read_profile(text: str) -> Profile:
    """The same from the profiler's JSON."""
    content = json.loads(text)
    if "query" not in content:
        return Profile()
    scans: list[dict[str, Any]] = []
    _collect_scans(content.get("operator", ()), scans)
    compilation_s = sum([content[phase]["total_time"] for phase in _PHASES if phase in content])
    return Profile(
        compilation_ms=compilation_s * 1000,
        execution_ms=max(0.0, content["query"]["total_time"] - compilation_s) * 1000,
        spilled=content["system"]["peak_temp_dir_size"],
        scanned=tuple([node["row_groups_scanned"] for node in scans]),
        totals=tuple([node["total_row_groups_to_scan"] for node in scans]),
    )


def _collect_scans(nodes: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    for node in nodes:
        if node["type"] == "TABLE_SCAN":
            found.append(node)
        if "children" in node:
            _collect_scans(node["children"], found)
