"""The circular moving-block bootstrap of quantiles, fast: no resample is ever written out.

Time is a circle of cells, four to a block. A resample is a weight for each cell: how many of its drawn blocks cover it.
The quantile of a weighted sample is found by counting: first over bins of neighbouring ranks (one matrix product for
all resamples), then inside the one bin that holds it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_CELLS_A_BLOCK = 4
_MOST_BINS = 512
_AT_ONCE = 100


@dataclass(frozen=True)
class _Sorted:
    """A sample in order of value: the time cell of each observation, and counts by cell and by bin of ranks."""

    values: Floats
    cells: Integers
    edges: Integers
    counts: Floats

    @classmethod
    def of(cls, values: Floats, cells: Integers, cell_count: int) -> "_Sorted":
        n = len(values)
        order = np.argsort(values, kind="stable")
        bins = min(_MOST_BINS, math.isqrt(n) + 1)
        edges = np.linspace(0, n, bins + 1).astype(np.int64)
        bin_of = np.repeat(np.arange(bins), np.diff(edges))
        counts = np.bincount(cells[order] * bins + bin_of, minlength=cell_count * bins).reshape(cell_count, bins)
        return cls(values[order], cells[order], edges, counts.astype(float))


def resampled_quantiles(values: Floats, times: Floats, qs: Sequence[float], *, block_s: float, resamples: int, seed: int) -> Floats:
    """Array (resamples, len(qs)) of quantiles with linear interpolation; NaN where a resample drew only empty blocks."""
    span = float(times.max() - times.min())
    blocks = max(1, round(span / block_s))
    cell_count = blocks * _CELLS_A_BLOCK
    cells = np.minimum((times - times.min()) * (cell_count / (span or 1.0)), cell_count - 1).astype(np.int64)
    sample = _Sorted.of(values, cells, cell_count)
    parts = [_quantiles(sample, weights, qs) for weights in _weights(blocks, resamples, seed)]
    return np.concatenate(parts)


def _weights(blocks: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Weights by cell, `_AT_ONCE` resamples at a time: each draws `blocks` starts on the circle."""
    random = np.random.default_rng(seed)
    cells = blocks * _CELLS_A_BLOCK
    for first in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - first)
        starts = random.integers(cells, size=(rows, blocks)) + np.arange(rows)[:, None] * cells
        begun = np.bincount(starts.ravel(), minlength=rows * cells).reshape(rows, cells).astype(float)
        yield sum((np.roll(begun, shift, axis=1) for shift in range(_CELLS_A_BLOCK)), start=np.zeros_like(begun))


def _quantiles(sample: _Sorted, weights: Floats, qs: Sequence[float]) -> Floats:
    cumulated = np.cumsum(weights @ sample.counts, axis=1)
    total = cumulated[:, -1]
    found = np.empty((len(weights), len(qs)))
    for column, q in enumerate(qs):
        place = np.maximum(q * (total - 1), 0)
        below = np.floor(place)
        low = _at_rank(sample, weights, cumulated, below)
        high = _at_rank(sample, weights, cumulated, np.minimum(below + 1, np.maximum(total - 1, 0)))
        found[:, column] = np.where(total > 0, low + (high - low) * (place - below), np.nan)
    return found


def _at_rank(sample: _Sorted, weights: Floats, cumulated: Floats, rank: Floats) -> Floats:
    """The value at `rank` (from 0, one for each row of `weights`) of each weighted sample."""
    rows = np.arange(len(weights))
    bins = np.minimum((cumulated <= rank[:, None]).sum(axis=1), cumulated.shape[1] - 1)
    before = np.where(bins > 0, cumulated[rows, bins - 1], 0)
    widest = int(np.diff(sample.edges).max())
    members = np.minimum(sample.edges[bins][:, None] + np.arange(widest), len(sample.values) - 1)
    within = before[:, None] + np.cumsum(weights[rows[:, None], sample.cells[members]], axis=1)
    place = np.minimum((within <= rank[:, None]).sum(axis=1), widest - 1)
    return sample.values[members[rows, place]]
