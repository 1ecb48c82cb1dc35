"""What was watched while the service was loaded, read back: the process, its workers, the cores and the collector's pauses."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.gc_log import FILE
from perfweek.load.processes import COLUMNS, CPU_COLUMNS, CPUS, PROCESS, WORKER_COLUMNS, WORKERS
from perfweek.load.run import LoadRun
from perfweek.profiling.memory.pauses import Pauses, parse_pauses
from perfweek.week import Week

_MOST_CHARACTERS = 100_000_000


@dataclass(frozen=True)
class Resources:
    """`process`, `workers` and `cpus` have the columns of load/processes.py; NaN, or no row, for what was not watched. `sources`:
    the evidence file behind each, as facts cite it."""

    run: LoadRun
    process: pd.DataFrame
    workers: pd.DataFrame
    cpus: pd.DataFrame
    pauses: Pauses
    sources: dict[str, str]

    @cached_property
    def plateau(self) -> tuple[float, float]:
        """(start, end) in epoch seconds of the longest time with one constant load; the whole run where the plan is not known."""
        phases = self.run.plan.plateaus
        if phases:
            longest = max(phases, key=lambda phase: phase.end_s - phase.start_s)
            return self.run.origin + longest.start_s, self.run.origin + longest.end_s
        times = self.run.results.requests["time"]
        return float(times.min()), float(times.max())

    @cached_property
    def requests(self) -> np.ndarray:
        """When each request started, ascending, in epoch seconds."""
        return np.sort(self.run.results.requests["time"].to_numpy(dtype=float))

    def on_plateau(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows, by epoch_s, that were taken while the load was constant."""
        start, end = self.plateau
        return rows[(rows["epoch_s"] >= start) & (rows["epoch_s"] <= end)]


def read_resources(week: Week, measurement: Measurement, run: LoadRun) -> Resources:
    """Read what lies beside a load run; evidence of an earlier perfweek holds less of it."""
    pauses = None
    if measurement.has(FILE):
        with measurement.path(FILE).open(errors="replace") as log:
            pauses = log.read(_MOST_CHARACTERS)  # a line that is cut in two counts as damaged
    found = {name: evidence.relative(week, measurement.path(name)) for name in (WORKERS, CPUS, FILE) if measurement.has(name)}
    return Resources(
        run,
        run.process.reindex(columns=list(COLUMNS)),
        _table(measurement, WORKERS, WORKER_COLUMNS),
        _table(measurement, CPUS, CPU_COLUMNS),
        parse_pauses(pauses),
        dict.fromkeys((PROCESS, WORKERS, CPUS, FILE), run.process_source) | found,
    )


def _table(measurement: Measurement, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.read_csv(measurement.path(name)) if measurement.has(name) else pd.DataFrame(columns=list(columns), dtype=float)
