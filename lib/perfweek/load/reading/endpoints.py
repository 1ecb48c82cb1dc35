"""Latency of each group of requests and of each second, exact, as k6 computes it: over all responses, by linear interpolation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading.outcome import By, Outcome, groups_of
from perfweek.load.reading.samples import Samples
from perfweek.load.reading.shapes import PARTS
from perfweek.stats import Estimate, block_quantiles

_INTERVALS = (0.5, 0.95, 0.99)
_PARTS = (0.5, 0.95, 0.99, 1.0)
_MASKED = 32


@dataclass(frozen=True)
class Endpoint:
    """`n` responses, answered or not, as k6 counts them; durations in ms. `part_ms`: part of the request -> p50, p95, p99 and largest."""

    name: str
    n: int
    failed: int
    refused: int
    timed_out: int
    mean_ms: float
    least_ms: float
    p50: Estimate
    p90_ms: float
    p95: Estimate
    p99: Estimate
    p999_ms: float
    largest_ms: float
    part_ms: dict[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Seconds:
    """For each second in which a response ended: the second (epoch), how many, how many of them failed, quantiles of all in ms."""

    second: NDArray[np.int64]
    n: NDArray[np.int64]
    failed: NDArray[np.int64]
    p50_ms: NDArray[np.float64]
    p95_ms: NDArray[np.float64]
    p99_ms: NDArray[np.float64]


def endpoints_of(samples: Samples, outcome: Outcome, by: By = "name") -> list[Endpoint]:
    """One row a group, the one with most response time first."""
    names, groups = groups_of(samples, by)
    with ThreadPoolExecutor(2) as pool:  # NumPy sorts without the interpreter's lock
        found = list(pool.map(lambda pair: _endpoint(pair[0], pair[1], samples, outcome), zip(names, _members(groups, len(names)), strict=True)))
    return sorted((endpoint for endpoint in found if endpoint.n), key=lambda endpoint: endpoint.mean_ms * endpoint.n, reverse=True)


def seconds_of(samples: Samples, outcome: Outcome) -> Seconds:
    """The series by the second of the end, as k6 stamps it."""
    second = samples.end_ns // 1_000_000_000
    order = np.argsort(second, kind="stable")
    values, failed = samples.duration_ms[order], outcome.failed[order]
    seconds, starts, counts = np.unique(second[order], return_index=True, return_counts=True)
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        values[start : start + count].sort()
    failures = np.add.reduceat(failed.astype(np.int64), starts) if len(starts) else np.empty(0, np.int64)
    return Seconds(seconds, counts, failures, *(_of_sorted(values, starts, counts, q) for q in _INTERVALS))


def _members(groups: NDArray[np.intp], count: int) -> Sequence[NDArray[np.intp]]:
    if count <= _MASKED:
        return [np.flatnonzero(groups == group) for group in range(count)]
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups, minlength=count))[:-1])


def _endpoint(name: str, members: NDArray[np.intp], samples: Samples, outcome: Outcome) -> Endpoint:
    values = samples.duration_ms[members]
    if not len(values):
        nothing = Estimate(np.nan, np.nan, np.nan, 0, "no data")
        return Endpoint(name, 0, 0, 0, 0, np.nan, np.nan, nothing, np.nan, nothing, nothing, np.nan, np.nan, {})
    start = outcome.start_s[members]
    p50, p95, p99 = block_quantiles(values, start - start[0], _INTERVALS)
    p90, p999, largest, least = _quantiles(values, len(values), (0.9, 0.999, 1.0, 0.0))
    return Endpoint(
        name=name,
        n=len(values),
        failed=int(outcome.failed[members].sum()),
        refused=int(outcome.refused[members].sum()),
        timed_out=int(outcome.timed_out[members].sum()),
        mean_ms=float(values.mean()),
        least_ms=least,
        p50=p50,
        p90_ms=p90,
        p95=p95,
        p99=p99,
        p999_ms=p999,
        largest_ms=largest,
        part_ms=_parts(samples.part_ms[members]),
    )


def _parts(part_ms: NDArray[np.float32]) -> dict[str, tuple[float, float, float, float]]:
    """p50, p95, p99 and largest of each part that is known of any request; NaN, which stands for unknown, comes last in order."""
    found = {}
    for part, column in zip(PARTS, np.ascontiguousarray(part_ms.T), strict=True):
        known = len(column) - int(np.count_nonzero(np.isnan(column)))
        if known:
            p50, p95, p99, largest = _quantiles(column, known, _PARTS)
            found[part] = (p50, p95, p99, largest)
    return found


def _quantiles(values: NDArray[Any], n: int, qs: Sequence[float]) -> list[float]:
    """Quantiles of the n least of `values`, which are put into another order."""
    below = [int(q * (n - 1)) for q in qs]
    values.partition(sorted({place for first in below for place in (first, min(first + 1, n - 1))}))
    pairs = [(float(values[first]), float(values[min(first + 1, n - 1)])) for first in below]
    return [low + (high - low) * (q * (n - 1) - first) for q, first, (low, high) in zip(qs, below, pairs, strict=True)]


def _of_sorted(values: NDArray[np.float64], starts: NDArray[np.intp], counts: NDArray[np.int64], q: float) -> NDArray[np.float64]:
    """The `q`-quantile of each run values[start:start + count], which is sorted."""
    place = q * (counts - 1)
    below = np.floor(place).astype(np.int64)
    low, high = values[starts + below], values[starts + np.minimum(below + 1, counts - 1)]
    return low + (high - low) * (place - below)
