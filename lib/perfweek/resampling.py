"""The circular moving-block bootstrap of quantiles, fast: no resample is ever written out.

Time is a circle of cells, four to a block. A resample is a weight for each cell: how many of its drawn blocks cover it.
The quantile of a weighted sample is found by counting: first over bins of neighbouring ranks (one matrix product for
all resamples), then inside the one bin that holds it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CELLS_A_BLOCK = 4
_MOST_BINS = 1024
_MOST_NUMBERS = 1 << 21
_Z90 = 1.2816
_LEAST_SIGNAL = 0.5
_MOST_PERSISTENCE = 0.85


@dataclass(frozen=True)
class Sample:
    """Observations in order of value, the time cell of each, and how many blocks of time the run has."""

    values: Floats
    cells: Integers
    blocks: int

    @classmethod
    def of(cls, values: Floats, times: Floats, block_s: float) -> "Sample":
        """`values` observed at `times` (seconds, any order), at least one."""
        start, span = float(times.min()), float(np.ptp(times))
        blocks = max(1, round(span / block_s))
        cell_count = blocks * CELLS_A_BLOCK
        cells = np.minimum((times - start) * (cell_count / (span or 1.0)), cell_count - 1).astype(np.int64)
        order = np.argsort(values)
        return cls(values[order], cells[order], blocks)

    @property
    def cell_count(self) -> int:
        return self.blocks * CELLS_A_BLOCK

    @cached_property
    def persistence(self) -> float:
        """Correlation of the run's level from one cell of time to the next, 0 to 0.85: of the mean ranks, without what chance adds to each."""
        n, cells = len(self.values), self.cell_count
        sizes = np.diff(np.flatnonzero(np.concatenate([[True], self.values[1:] != self.values[:-1], [True]])))
        middle = np.cumsum(sizes) - sizes / 2
        sums = np.bincount(self.cells, weights=np.repeat(middle, sizes) / n - 0.5, minlength=cells).astype(float)
        variance, following = _autocovariance(sums)
        if not variance:
            return 0.0
        correlation = following / variance
        correlation += (1 + 4 * correlation) / cells  # Kendall 1954: the estimate is low by this
        if correlation > _Z90 / math.sqrt(cells):
            chance = min(n / cells / 12, variance) / variance
            correlation /= max(1 - chance, _LEAST_SIGNAL)
        return float(min(max(correlation, 0.0), _MOST_PERSISTENCE))

    def quantile(self, q: float) -> float:
        """Linear interpolation between ranks; an infinite neighbour makes it infinite."""
        place = q * (len(self.values) - 1)
        below = math.floor(place)
        low, high = self.values[below], self.values[min(below + 1, len(self.values) - 1)]
        return float(low if low == high or place == below else low + (high - low) * (place - below))


def resampled_quantiles(sample: Sample, qs: Sequence[float], *, resamples: int, seed: int) -> Floats:
    """Array (resamples, len(qs)) of quantiles with linear interpolation; NaN where a resample drew only empty blocks."""
    edges, counts = _binned(sample)
    at_once = max(1, _MOST_NUMBERS // max(*counts.shape, int(np.diff(edges).max())))
    parts = [_quantiles(sample, edges, counts, weights, qs) for weights in _weights(sample.blocks, resamples, at_once, seed)]
    return np.concatenate(parts)


def _binned(sample: Sample) -> tuple[Integers, Floats]:
    """Edges of bins of neighbouring ranks, and how many observations each cell (row) has in each bin."""
    n = len(sample.values)
    bins = min(_MOST_BINS, math.isqrt(n) + 1)
    edges = np.linspace(0, n, bins + 1).astype(np.int64)
    bin_of = np.repeat(np.arange(bins), np.diff(edges))
    counts = np.bincount(sample.cells * bins + bin_of, minlength=sample.cell_count * bins)
    return edges, counts.reshape(sample.cell_count, bins).astype(float)


def _weights(blocks: int, resamples: int, at_once: int, seed: int) -> Iterator[Floats]:
    """Weights by cell, `at_once` resamples at a time: each draws `blocks` starts on the circle."""
    random = np.random.default_rng(seed)
    cells = blocks * CELLS_A_BLOCK
    for first in range(0, resamples, at_once):
        rows = min(at_once, resamples - first)
        starts = random.integers(cells, size=(rows, blocks)) + np.arange(rows)[:, None] * cells
        begun = np.bincount(starts.ravel(), minlength=rows * cells).reshape(rows, cells).astype(float)
        yield sum((np.roll(begun, shift, axis=1) for shift in range(CELLS_A_BLOCK)), start=np.zeros_like(begun))


def _quantiles(sample: Sample, edges: Integers, counts: Floats, weights: Floats, qs: Sequence[float]) -> Floats:
    cumulated = np.cumsum(weights @ counts, axis=1)
    total = cumulated[:, -1]
    found = np.empty((len(weights), len(qs)))
    for column, q in enumerate(qs):
        place = np.maximum(q * (total - 1), 0)
        below = np.floor(place)
        index, reached = _at_rank(sample, edges, weights, cumulated, below)
        low, high = sample.values[index], sample.values[_following(sample, weights, index, reached, below)]
        with np.errstate(invalid="ignore"):
            between = np.where((low == high) | (place == below), low, low + (high - low) * (place - below))
        found[:, column] = np.where(total > 0, between, np.nan)
    return found


def _at_rank(sample: Sample, edges: Integers, weights: Floats, cumulated: Floats, rank: Floats) -> tuple[Integers, Floats]:
    """For each row of `weights` the index of the observation at `rank` (from 0), and the weight of all up to and with it."""
    rows = np.arange(len(weights))
    bins = np.minimum((cumulated <= rank[:, None]).sum(axis=1), cumulated.shape[1] - 1)
    before = np.where(bins > 0, cumulated[rows, bins - 1], 0)
    widest = int(np.diff(edges).max())
    members = np.minimum(edges[bins][:, None] + np.arange(widest), len(sample.values) - 1)
    within = before[:, None] + np.cumsum(weights[rows[:, None], sample.cells[members]], axis=1)
    place = np.minimum((within <= rank[:, None]).sum(axis=1), widest - 1)
    return members[rows, place], within[rows, place]


def _following(sample: Sample, weights: Floats, index: Integers, reached: Floats, rank: Floats) -> Integers:
    """The index of the observation one rank further: the same one where its weight reaches so far, else the next that was drawn."""
    found = index.copy()
    pending = np.flatnonzero((reached <= rank + 1) & (index < len(sample.values) - 1))
    while len(pending):
        found[pending] += 1
        drawn = weights[pending, sample.cells[found[pending]]] > 0
        pending = pending[~drawn & (found[pending] < len(sample.values) - 1)]
    return np.where(weights[np.arange(len(found)), sample.cells[found]] > 0, found, index)


@dataclass(frozen=True)
class Dependence:
    """How far the observations below a quantile depend on each other: `effective` is how many independent ones tell as much,
    `widening` by how much blocks of this length understate the standard error, because the run stays on one level for longer."""

    effective: float
    widening: float


def widened(drawn: Floats, value: float, factor: float) -> Floats:
    """`drawn` as far from `value` as `factor` says, by ratio where all are positive."""
    if factor == 1 or not math.isfinite(value):
        return drawn
    if value > 0 and np.nanmin(drawn) > 0:
        return value * (drawn / value) ** factor
    return value + (drawn - value) * factor


def dependence(sample: Sample, q: float) -> Dependence:
    """Of the observations at or below the `q`-quantile, for an interval of it."""
    return dependence_below(sample, int(np.searchsorted(sample.values, sample.quantile(q), side="right")))


def dependence_below(sample: Sample, reached: int) -> Dependence:
    """Of the `reached` smallest observations, from how they spread over the cells of time.

    The variance of their share over blocks against that of independent observations is the design effect (Kish 1965). Correlation
    beyond a block is what an autoregressive level of the run, with the sample's persistence from cell to cell, would have.
    """
    n, cells = len(sample.values), sample.cell_count
    share = reached / n
    excess = np.bincount(sample.cells[:reached], minlength=cells) - share * np.bincount(sample.cells, minlength=cells)
    if not 0 < share < 1 or not excess.any():
        return Dependence(float(n), 1.0)
    widening = _widening(excess, sample.persistence)
    in_blocks = sum(np.roll(excess, shift) for shift in range(CELLS_A_BLOCK))
    variance = float(np.mean(in_blocks**2)) * sample.blocks / n**2 * widening**2
    return Dependence(min(float(n), share * (1 - share) / variance) if variance else float(n), widening)


def _widening(excess: Floats, persistence_: float) -> float:
    """Standard error of a long run over that of its blocks, the covariance of neighbouring cells decaying by `persistence_` a cell."""
    variance, following = _autocovariance(excess)
    if not persistence_ or not variance:
        return 1.0
    lost = (variance + 2 * max(following, 0.0) / (1 - persistence_)) / len(excess)  # taken by subtracting the mean
    following = min(max(following + lost, 0.0), variance * persistence_)
    steps = np.arange(1, CELLS_A_BLOCK)
    in_block = variance + 2 * float(np.sum((1 - steps / CELLS_A_BLOCK) * following * persistence_ ** (steps - 1)))
    return math.sqrt((variance + 2 * following / (1 - persistence_)) / in_block)


def _autocovariance(series: Floats) -> tuple[float, float]:
    """At lag 0 and 1."""
    centred = series - series.mean()
    return float(np.mean(centred**2)), float(np.sum(centred[1:] * centred[:-1])) / len(series)
