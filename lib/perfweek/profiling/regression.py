"""CPU time of each endpoint from the CPU time of the whole process: which requests ran in which second tells them apart, where their mix varies.

A linear model without a constant: CPU-milliseconds of a cell of time = sum over endpoints of cost x requests that ran in it. At a fixed rate of
arrivals the number of all requests hardly varies, so what the process does on its own could not be told from it; it is shared by all requests.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.stats import t as student

from perfweek.profiling.served import served
from perfweek.stats import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
COLLINEAR = 30.0
"""Condition number of the scaled counts beyond which costs trade off against each other freely (Belsley, Kuh and Welsch 1980, section 3.2)."""
_FEWEST_FREE = 3


def costs_by_regression(counts: Floats, cpu_ms: Floats) -> list[Estimate]:
    """CPU-milliseconds a request of each endpoint: `counts` has a row a cell of time and a column an endpoint, `cpu_ms` a value a cell.

    Non-negative least squares (Lawson and Hanson 1974), with the t intervals of ordinary least squares cut at 0. Value and bounds are NaN
    where the data cannot tell: the counts of several endpoints rise and fall together, or the cells are too few.
    """
    cells, endpoints = counts.shape
    scale = np.linalg.norm(counts, axis=0)
    known = scale > 0
    free = cells - int(known.sum())
    if free < _FEWEST_FREE or not known.any():
        return [_unknown(cells, "too few cells of time") for _ in range(endpoints)]
    scaled = counts[:, known] / scale[known]
    mixed = _mixed(scaled)
    ordinary, *_ = np.linalg.lstsq(scaled, cpu_ms, rcond=None)
    value, _ = nnls(scaled, cpu_ms)
    variance = float(np.sum((cpu_ms - scaled @ ordinary) ** 2)) / free
    half = student.ppf((1 + CONFIDENCE) / 2, free) * np.sqrt(variance * np.diag(np.linalg.pinv(scaled.T @ scaled)))
    fitted = iter(zip(value / scale[known], ordinary / scale[known], half / scale[known], mixed, strict=True))
    return [_estimate(*next(fitted), cells) if seen else _unknown(cells, "no request") for seen in known]


def cells(requests: pd.DataFrame, process: pd.DataFrame, names: Sequence[str], cell_s: float = 1.0) -> tuple[Floats, Floats]:
    """(counts, cpu_ms) of cells of `cell_s` while requests were started and the process watched (epoch_s and cpu_s of `process`).

    Requests count as `served` counts them.
    """
    if len(requests) < 2 or len(process) < 2:
        return np.zeros((0, len(names))), np.zeros(0)
    start, watched = requests["time"].to_numpy(float), process["epoch_s"].to_numpy(float)
    first, last = max(start.min(), watched[0]), min(start.max(), watched[-1])
    edges = first + cell_s * np.arange(max(0, math.floor((last - first) / cell_s)) + 1)
    cpu_ms = 1000 * np.diff(np.interp(edges, watched, process["cpu_s"].to_numpy(float)))
    return np.column_stack([served(requests[requests["endpoint"] == name], edges) for name in names]), cpu_ms


def _mixed(scaled: Floats) -> NDArray[np.bool_]:
    """The columns that take part in a combination which the data hardly see."""
    _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
    weak = directions[singular < singular.max() / COLLINEAR]
    return np.asarray((np.abs(weak) > 0.1).any(axis=0)) if len(weak) else np.zeros(scaled.shape[1], dtype=bool)


def _estimate(value: float, centre: float, half: float, mixed: bool, n: int) -> Estimate:
    if mixed:
        return _unknown(n, "its requests rise and fall with those of others")
    low, high = min(value, max(0.0, centre - half)), max(value, centre + half)
    return Estimate(float(value), float(low), float(high), n, f"regression over {n} cells of time, t interval")


def _unknown(n: int, why: str) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, n, f"cannot tell: {why}")
