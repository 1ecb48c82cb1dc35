"""Several short runs of each side, and one of them read as a comparison takes it.

Where both versions can be started they run in turn, A B B A, so that a slow minute of the machine hits both. Else Monday repeats its short runs
after its long one, and Friday repeats them.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from perfweek.access_log import measured_log, read_access_log
from perfweek.evidence import Measurement
from perfweek.load.baseline import Baseline
from perfweek.load.measure import measure_load
from perfweek.load.run import LoadRun, read_load
from perfweek.progress.runs import Run
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.history import FILE as HISTORY
from perfweek.warehouse.history import load_history
from perfweek.week import Week

BEFORE, AFTER = "before", "after"
CACHES = ("l1", "l2", "l3", "l4")


def both_can_run(target: Target) -> bool:
    """Whether the version as found and the changed one can both be started now."""
    service = target.service
    return bool(service.start and service.start_changed and service.start != service.start_changed and not target.load.results)


def in_turn(count: int) -> list[tuple[str, int]]:
    """(side, number) of `count` runs a side in the order A B B A A B B A, so that a steady drift of the machine favours neither."""
    pairs = [((BEFORE, number), (AFTER, number)) for number in range(1, count + 1)]
    return [one for place, pair in enumerate(pairs) for one in (pair if place % 2 == 0 else pair[::-1])]


def measure_in_turn(week: Week, target: Target, profile: str, count: int) -> tuple[list[Measurement], list[Measurement]]:
    """`count` short runs of each version, in turn: the evidence sets friday-before-1, friday-after-1, ... Raises MeasurementError."""
    starts = {BEFORE: target.service.start, AFTER: target.service.start_changed}
    taken: dict[str, list[Measurement]] = {BEFORE: [], AFTER: []}
    order = in_turn(count)
    for place, (side, number) in enumerate(order, start=1):
        with step(f"run {place} of {len(order)}: {side}", 12):
            taken[side].append(measure_load(week, target, f"friday-{side}-{number}", short_of(target, profile), starts[side]))
    return taken[BEFORE], taken[AFTER]


def measure_again(week: Week, target: Target, day: str, profile: str, start: str, count: int) -> list[Measurement]:
    """`count` short runs of the one version that there is: the evidence sets monday-short-1, ... Raises MeasurementError."""
    return [measure_load(week, target, f"{day}-short-{number}", short_of(target, profile), start) for number in range(1, count + 1)]


def short_of(target: Target, profile: str) -> str:
    """The bundled script has a short form of each profile; a script of the user's own is run as it is."""
    return profile if target.load.script else f"{profile}-short"


def read_run(week: Week, target: Target, measurement: Measurement) -> Run:
    """One run, with what it says of the service and the warehouse. Raises EvidenceError."""
    load = read_load(week, measurement)
    return run_of(load, measurement.folder.name, measured_log(target, measurement), measurement.folder / HISTORY)


def run_of(load: LoadRun, name: str, log: Path | None, history: Path) -> Run:
    """A load run as a comparison takes it; `log` and `history`: what the service logged meanwhile, where it did."""
    baseline = Baseline(load, math.inf)
    figures = {"CPU a request": baseline.cpu_ms_per_request.value, "memory": baseline.rss_mib.value}
    figures |= {**_of_log(log), **_of_history(history, len(load.results.requests))}
    return Run(name, load.plateau, baseline.unsent, {name: value for name, value in figures.items() if math.isfinite(value)})


def _of_log(path: Path | None) -> Mapping[str, float]:
    """The share of reads that any cache answered, where the log names what answered."""
    if path is None:
        return {}
    frame = read_access_log(path).frame
    reads = frame[frame["method"].isin(["GET", "HEAD"]) & ~frame["tier"].isin(["", "none"])]
    return {"cache hit ratio": float(reads["tier"].isin(CACHES).mean())} if len(reads) else {}


def _of_history(path: Path, requests: int) -> Mapping[str, float]:
    if not path.is_file() or not requests:
        return {}
    statements = load_history(path)
    asked = statements[statements["endpoint"].notna()]
    scanned = pd.to_numeric(asked["bytes_scanned"], errors="coerce").to_numpy(float)
    return {"statements a request": len(asked) / requests, "bytes scanned a request": float(np.nansum(scanned)) / requests}
