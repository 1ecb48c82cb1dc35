"""What requests cost that can be counted: the same requests, one after another, counted the same at every run."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from perfweek.access_log import measured_log, read_access_log
from perfweek.errors import MeasurementError
from perfweek.evidence import Measurement
from perfweek.load.k6 import find_k6, run_k6
from perfweek.load.reading.keep import result_files
from perfweek.load.reading.results import read_results
from perfweek.load.script import bundled_script, environment_of
from perfweek.load.service import running_service
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.history import FILE as HISTORY
from perfweek.warehouse.history import load_history

STATEMENTS, FAILED, ANSWERED, SCANNED = "statements a request", "failed requests", "bytes of an answer", "bytes scanned a request"
EXACT = (STATEMENTS, FAILED)
"""Counts that are the same at every run; the others are of data that grows."""


@dataclass(frozen=True)
class Counter:
    """One count of one route: its mean over `n` requests, or for failures their number."""

    route: str
    name: str
    value: float
    n: int

    @property
    def check(self) -> str:
        """What reports and waivers call it."""
        return f"{self.route}: {self.name}"


def count_requests(target: Target, folder: Path) -> list[Counter]:
    """Start the service, send the requests, and count. `folder` takes the logs. Raises MeasurementError and TargetError."""
    if not target.service.start:
        raise MeasurementError(
            "the gate counts from a cold start, so it has to start the service itself", "service.start", "Give the command that starts it."
        )
    script = bundled_script(target, "counters.js")
    environment = {**environment_of(target), "IN_ORDER": "1", "SEED": "1", "ITERATIONS": str(target.gate.requests)}
    with running_service(target, target.service.start, folder) as service, step(f"counting {target.gate.requests} requests", 10):
        run_k6(find_k6(), script, environment, folder, service.check)
    requests = read_results(result_files(folder)).requests
    log, history = measured_log(target, Measurement(folder, {}, "")), folder / HISTORY
    logged = read_access_log(log).frame if log else None
    return list(counters_of(requests, logged, load_history(history) if history.is_file() else None))


def counters_of(requests: pd.DataFrame, logged: pd.DataFrame | None, statements: pd.DataFrame | None) -> Iterator[Counter]:
    """`requests`: endpoint, failed; `logged`: columns of the access log; `statements`: endpoint, bytes_scanned. Statements are counted by the
    warehouse where it recorded any, else by the service's own log."""
    for route, rows in requests.groupby("endpoint", observed=True):
        yield Counter(str(route), FAILED, float(rows["failed"].sum()), len(rows))
    routes = {str(route): rows for route, rows in logged.groupby("route")} if logged is not None else {}
    for route, rows in routes.items():
        yield Counter(str(route), ANSWERED, float(rows["bytes"].mean()), len(rows))
    if statements is not None and statements["endpoint"].notna().any():
        yield from _of_statements(statements, {name: len(rows) for name, rows in routes.items()} or dict(requests["endpoint"].value_counts()))
        return
    for route, rows in routes.items():
        yield Counter(str(route), STATEMENTS, float(rows["queries"].mean()), len(rows))


def _of_statements(statements: pd.DataFrame, asked: Mapping[str, int]) -> Iterator[Counter]:
    by_route = {str(route): rows for route, rows in statements.groupby("endpoint")}
    for route, n in asked.items():
        rows = by_route.get(route, statements.head(0))
        yield Counter(str(route), STATEMENTS, len(rows) / n, n)
        scanned = float(pd.to_numeric(rows["bytes_scanned"], errors="coerce").sum())
        if scanned and math.isfinite(scanned):
            yield Counter(str(route), SCANNED, scanned / n, n)
