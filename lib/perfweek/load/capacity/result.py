"""What the load in steps found: cells, knee, scaling law, and whether the generator or the service was the limit."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.load.capacity.cells import Cell, cells_of
from perfweek.load.capacity.generator import Generator, examine_generator
from perfweek.load.capacity.knee import Knee, find_knee, highest_kept, saturated_from
from perfweek.load.capacity.measure import REFUSAL
from perfweek.load.capacity.usl import NoScaling, Scaling, fit_scaling
from perfweek.load.k6 import GENERATOR, SUMMARY, counted
from perfweek.load.run import read_load
from perfweek.stats import Estimate
from perfweek.week import Week

UNASKED = "unasked"
"""The counter of capacity.js: arrivals at which it did not ask any more."""


@dataclass(frozen=True)
class Capacity:
    """`cells` by offered rate, judged by a budget for the 95th percentile of all requests together, in ms; without any, `reason` and `remedy`
    say why. `users`: k6's virtual users; `stopped`: at last all of them were waiting, and no more was asked. `source` and
    `generator_source`: the files of the requests and of k6's own CPU time."""

    cells: tuple[Cell, ...]
    budget_ms: float
    machine_cores: int
    users: int
    record: Mapping[str, Any]
    stopped: bool
    source: str
    generator_source: str
    reason: str = ""
    remedy: str = ""

    @cached_property
    def highest(self) -> Estimate:
        """The highest rate of arrivals that still kept the budget; see `highest_kept`."""
        return highest_kept(self.cells)

    @cached_property
    def knee(self) -> Knee:
        return find_knee(self.cells)

    @cached_property
    def saturated(self) -> Cell | None:
        """The lowest level that the service could not serve."""
        return saturated_from(self.cells)

    @cached_property
    def largest(self) -> Estimate:
        """The largest throughput of a whole level, answers a second; NaN where there is none."""
        whole = [cell.throughput for cell in self.cells if cell.whole]
        return max(whole, key=lambda throughput: throughput.value, default=Estimate(math.nan, math.nan, math.nan, 0, "no data"))

    @cached_property
    def scaling(self) -> Scaling | NoScaling:
        whole = [cell for cell in self.cells if cell.whole]
        return fit_scaling([cell.in_flight.value for cell in whole], [cell.throughput.value for cell in whole])

    @cached_property
    def generator(self) -> Generator:
        return examine_generator(self.cells, self.machine_cores, self.users, self.stopped)


def read_capacity(week: Week, measurement: Measurement, budget_ms: float) -> Capacity:
    """Read the evidence of `measure_capacity`. Raises EvidenceError where a file is missing or damaged beyond use."""
    if measurement.has(REFUSAL):
        path = measurement.path(REFUSAL)
        told, source = json.loads(path.read_text()), evidence.relative(week, path)
        return Capacity((), budget_ms, 0, 0, {}, False, source, source, told["reason"], told["remedy"])
    run = read_load(week, measurement)
    generator = measurement.path(GENERATOR)
    cells = cells_of(
        run.results.requests,
        run.results.iterations,
        run.plan,
        run.origin,
        budget_ms,
        {"service": run.process[["epoch_s", "cpu_s"]].dropna(), "generator": pd.read_csv(generator)},
    )
    reason = "" if cells else "no level of the load was reached"
    return Capacity(
        cells=tuple(sorted(cells, key=lambda cell: cell.offered)),
        budget_ms=budget_ms,
        machine_cores=run.record["cores"],
        users=run.record["users"],
        record=run.record,
        stopped=counted(measurement.path(SUMMARY), UNASKED) > 0,
        source=run.source,
        generator_source=evidence.relative(week, generator),
        reason=reason,
        remedy="Raise [load] rate, or look at the log of the service." if reason else "",
    )
