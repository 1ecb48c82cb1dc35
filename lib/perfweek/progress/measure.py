"""Friday's measurement: the changed service under Monday's load."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.caching.measure import logged_trace
from perfweek.caching.trace import Trace
from perfweek.evidence import Measurement
from perfweek.load.measure import measure_load
from perfweek.load.run import LoadRun, read_load
from perfweek.target import Target
from perfweek.warehouse.history import FILE as HISTORY
from perfweek.warehouse.history import load_history
from perfweek.week import Week

MONDAY, FRIDAY = "load-monday", "load-friday"
NO_STATEMENTS = pd.DataFrame({"endpoint": []})


@dataclass(frozen=True)
class Pair:
    """Monday's run and Friday's (None where there was no service to load a second time), and what the service logged on Friday: its `trace` of
    requests, its `statements` to the warehouse (columns of sql/history/statements.sql; no rows where it logged none) and their file.
    `asked`: what each run asked of the service, as environment.differences reads it."""

    monday: LoadRun
    friday: LoadRun | None
    trace: Trace
    statements: pd.DataFrame
    statements_source: str
    asked: tuple[dict[str, Any], dict[str, Any]]


def measure_pair(week: Week, target: Target, profile: str = "") -> Pair:
    """Load the changed service as Monday loaded it (`profile`: '' for Monday's) and read both runs.

    No run on Friday where the target names k6 results: then there is no service to load, and the same files twice are no progress.
    Raises EvidenceError where Monday was not measured, MeasurementError where the service cannot be loaded.
    """
    first = evidence.read(week, MONDAY)
    monday = read_load(week, first)
    if target.load.results:
        return Pair(monday, None, Trace.no_data(monday.source), NO_STATEMENTS, "", ({}, {}))
    start = target.service.start_changed or target.service.start
    second = measure_load(week, target, FRIDAY, profile or str(monday.record.get("profile", "")), start)
    friday = read_load(week, second)
    asked = _asked(monday, first), _asked(friday, second)
    return Pair(monday, friday, logged_trace(week, target, second), *_statements(week, second), asked)


def _asked(run: LoadRun, measurement: Measurement) -> dict[str, Any]:
    return {**run.record, "scripts": measurement.inputs.get("script"), "asked": measurement.inputs.get("asked")}


def _statements(week: Week, measurement: Measurement) -> tuple[pd.DataFrame, str]:
    if not measurement.has(HISTORY):
        return NO_STATEMENTS, ""
    path = measurement.path(HISTORY)
    return load_history(path), evidence.relative(week, path)
