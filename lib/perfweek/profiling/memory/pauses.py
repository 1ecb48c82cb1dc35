"""Pauses of the garbage collector: everything in a Python process waits for them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

PAUSE_COLUMNS = ("epoch_s", "pid", "generation", "pause_ms")
_LONGEST_MS = 1e7


@dataclass(frozen=True)
class Pauses:
    """`table`: PAUSE_COLUMNS, one row a pause, epoch_s whole seconds; `recorded`: whether the service wrote them down at all;
    `damaged` lines left out."""

    table: pd.DataFrame
    recorded: bool
    damaged: int


def parse_pauses(text: str | None) -> Pauses:
    """Read what perfweek.gc_log writes; None where there is no file."""
    rows: list[tuple[float, int, int, float]] = []
    damaged = 0
    for line in (text or "").splitlines():
        try:
            rows += _rows(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            damaged += 1
    return Pauses(pd.DataFrame(rows, columns=list(PAUSE_COLUMNS)), text is not None, damaged)


def _rows(record: Any) -> Iterator[tuple[float, int, int, float]]:
    time, pid, generation = float(record["time"]), int(record["pid"]), int(record["generation"])
    durations = np.asarray(record["pauses_ms"], dtype=float)
    if not (np.isfinite(time) and 0 <= generation <= 9 and durations.ndim == 1 and ((durations >= 0) & (durations < _LONGEST_MS)).all()):
        raise ValueError("a pause that cannot be true")
    return ((time, pid, generation, float(duration)) for duration in durations)


def pauses_by_generation(table: pd.DataFrame, seconds: float) -> pd.DataFrame:
    """generation, pauses, a_second, median_ms, longest_ms, share: of the `seconds`, during which the process stood still."""
    rows = [
        {
            "generation": generation,
            "pauses": len(found),
            "a_second": len(found) / seconds,
            "median_ms": found.median(),
            "longest_ms": found.max(),
            "share": found.sum() / 1000 / seconds,
        }
        for generation, found in table.groupby("generation")["pause_ms"]
    ]
    return pd.DataFrame(rows, columns=["generation", "pauses", "a_second", "median_ms", "longest_ms", "share"])
