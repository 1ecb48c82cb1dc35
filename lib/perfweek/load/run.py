"""A measured load run, read back: its requests, what was cut, and the service's memory and CPU meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.load.measure import RUN
from perfweek.load.plan import Plan
from perfweek.load.processes import COLUMNS, PROCESS
from perfweek.load.reading.keep import result_files
from perfweek.load.reading.results import Results, read_results
from perfweek.load.warmup import Level, levels_of, without_warmup
from perfweek.week import Week


@dataclass(frozen=True)
class LoadRun:
    """`results` of the whole run, its `plan`, `origin` (epoch seconds of the start of the test), the content of run.json, and the
    columns of process.csv (no rows where no process was watched). `source`, `record_source` and `process_source` are the files of
    requests, record and process as facts cite them. `levels` tells of each stretch of constant load whether it had warmed up; where it
    had to, the plan has its first seconds as a phase of their own, so that its plateaus are what figures are taken from."""

    results: Results
    plan: Plan
    origin: float
    record: Mapping[str, Any]
    process: pd.DataFrame
    source: str
    record_source: str
    process_source: str
    levels: tuple[Level, ...] = ()

    @cached_property
    def plateau(self) -> pd.DataFrame:
        """The requests that started while the load was constant and the service warm; all of them where the plan is not known."""
        return on_plateau(self.results.requests, self.plan, self.origin)

    @cached_property
    def plateau_s(self) -> float:
        """For how many seconds the load was constant; from first to last request where the plan is not known."""
        spans = sorted((phase.start_s, phase.end_s) for phase in self.plan.plateaus)
        if not spans:
            times = self.results.requests["time"]
            return float(times.max() - times.min())
        covered, reached = 0.0, 0.0
        for start, end in spans:
            covered += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return covered

    @cached_property
    def plateau_iterations(self) -> pd.DataFrame:
        """The iterations on the plateau (results.Results.iterations), with `dropped` as in `drops`."""
        return self.drops(on_plateau(self.results.iterations, self.plan, self.origin))

    def drops(self, iterations: pd.DataFrame) -> pd.DataFrame:
        """`iterations` with only those counted as dropped that are arrivals which could not be started.

        An executor that waits for answers reports what it had left when time was up, in one row: those never arrived.
        """
        if self.plan.model == "open":
            return iterations
        return iterations.assign(dropped=iterations["dropped"].where(iterations["dropped"] <= 1, 0))

    @cached_property
    def arrivals(self) -> tuple[int, int]:
        """(all, those that could not be started) on the plateau: as many as an open model plans, else iterations done and dropped."""
        done, dropped = int(self.plateau_iterations["done"].sum()), int(self.plateau_iterations["dropped"].sum())
        planned = round(sum(phase.low * (phase.end_s - phase.start_s) for phase in self.plan.plateaus))
        return (max(planned, dropped) if self.plan.model == "open" and planned else done + dropped), dropped


def read_load(week: Week, measurement: Measurement) -> LoadRun:
    """Read the evidence of `measure_load`. Raises EvidenceError where a file is missing or damaged beyond use."""
    record = _record(measurement.path(RUN))
    files = result_files(measurement.folder)
    results = read_results(files)
    plan = Plan.from_json(record)
    first = plan.phases[0].start_s if plan.phases else 0.0
    origin = record["load_started"] or float(results.requests["time"].iloc[0]) - first
    process = pd.read_csv(measurement.path(PROCESS)) if measurement.has(PROCESS) else pd.DataFrame(columns=list(COLUMNS), dtype=float)
    watched = PROCESS if measurement.has(PROCESS) else RUN
    source, record_source, process_source = (evidence.relative(week, path) for path in (files[0], measurement.path(RUN), measurement.path(watched)))
    levels = levels_of(results.requests, plan, origin, results.resolution_s)
    return LoadRun(results, without_warmup(plan, levels), origin, record, process, source, record_source, process_source, levels)


def on_plateau(rows: pd.DataFrame, plan: Plan, origin: float) -> pd.DataFrame:
    """The rows (with `time` in epoch seconds and `scenario`) that lie on a plateau of their scenario; all where the plan has none."""
    if not plan.plateaus:
        return rows
    offset = rows["time"] - origin
    kept = pd.Series(False, index=rows.index)
    for phase in plan.plateaus:
        kept |= (rows["scenario"] == phase.scenario) & (offset >= phase.start_s) & (offset < phase.end_s)
    return rows[kept].reset_index(drop=True)


def log_on_plateau(log: pd.DataFrame, run: LoadRun) -> pd.DataFrame:
    """The rows of the service's own log, by `time`, on a plateau of the load. It knows no scenarios: the plateaus of the first one count."""
    if not run.plan.plateaus:
        return log
    return on_plateau(log.assign(scenario=run.plan.plateaus[0].scenario), run.plan, run.origin)


def _record(path: Path) -> Mapping[str, Any]:
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise EvidenceError(f"the record of the run is damaged: {error}", str(path), "Run the day again: it will be measured anew.") from error
