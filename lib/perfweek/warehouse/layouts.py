"""What a table's statements would scan if its rows were stored in another order: a simulation on a sample of its rows.

The sample is sorted by the key and cut into as many partitions as the table has; a statement scans a partition unless
the least and greatest values of a column there rule it out. The ends found in a sample are too narrow: a partition of M
rows, m of them sampled, holds values beyond the sampled ones. Near an end the sampled values lie s apart on average,
and the true end lies beyond the sampled one by about s, by less than 3 s in 95 of 100 cases (an exponential spacing,
David and Nagaraja 2003, section 2.5). So each statement is tested three times: with the ends as sampled, and with ends
moved out by s and by 3 s, but not beyond the ends of the whole table, which are known exactly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.warehouse.codes import Codes, Floats, codes_of
from perfweek.warehouse.conditions import Range, Restriction

SPACINGS = (0.0, 1.0, 3.0)
_NEIGHBOURS = 10


@dataclass(frozen=True)
class Key:
    """One part of a clustering key: a column, or its day where `day` is set."""

    column: str
    day: bool = False

    def __str__(self) -> str:
        return f"to_date({self.column})" if self.day else self.column


@dataclass(frozen=True)
class Question:
    """A statement's restriction in codes: limits by column, both included. `threshold` is the value of `order` in the last
    row that a statement with a limit returns; NaN for one without a limit, or where fewer rows match."""

    limits: Mapping[str, tuple[float, float]]
    never: bool = False
    order: str = ""
    descending: bool = False
    threshold: float = math.nan


@dataclass(frozen=True)
class Sample:
    """Sampled rows as codes by column, the share of the table's rows that they are, and how many partitions the table has."""

    columns: Mapping[str, Codes]
    rows: int
    share: float
    partitions: int

    @classmethod
    def of(cls, frame: pd.DataFrame, bounds: Mapping[str, tuple[object, object]], share: float, partitions: int) -> "Sample":
        """`bounds` are the exact least and greatest value of each column in the whole table (the sampled ones where missing).

        With fewer than 16 sampled rows a partition, as many partitions as have them are simulated instead."""
        columns = {str(name): codes_of(frame[name], bounds.get(str(name))) for name in frame.columns}
        return cls(columns, len(frame), share, max(1, min(partitions, len(frame) // 16)))

    def question(self, asked: Restriction) -> Question:
        """What is asked of the columns that were sampled."""
        limits = {name: _limits(self.columns[name], wanted) for name, wanted in asked.ranges.items() if name in self.columns}
        found = Question(limits, asked.never, asked.order, asked.descending)
        if not asked.limit or asked.order not in self.columns:
            return found
        return replace(found, threshold=self._last_wanted(found, asked.limit))

    def _last_wanted(self, asked: Question, limit: int) -> float:
        matching = ~np.isnan(self.columns[asked.order].values)
        for name, (low, high) in asked.limits.items():
            values = self.columns[name].values
            matching &= (values >= low) & (values <= high)
        values = self.columns[asked.order].values[matching]
        count = max(1, round(limit * self.share))
        if len(values) < limit * self.share or not len(values):
            return math.nan
        place = len(values) - count if asked.descending else count - 1
        return float(np.partition(values, place)[place])


@dataclass(frozen=True)
class Layout:
    """Least and greatest value of each column in each partition, once for each of SPACINGS: arrays (3, partitions)."""

    sample: Sample
    least: Mapping[str, Floats]
    greatest: Mapping[str, Floats]

    def scanned(self, asked: Question) -> tuple[float, float, float]:
        """Partitions scanned at least, probably and at most.

        For a statement with a limit the least is what an ideal engine scans, which leaves out partitions beyond the last row
        wanted as well; probable is the geometric mean of that and of a scan by the WHERE alone.
        """
        if asked.never:
            return 0.0, 0.0, 0.0
        by_where = np.ones((len(SPACINGS), self.sample.partitions), dtype=bool)
        for name, (least, greatest) in asked.limits.items():
            by_where &= (self.least[name] <= greatest) & (self.greatest[name] >= least)
        low, likely, high = (float(count) for count in by_where.sum(axis=1))
        if not math.isnan(asked.threshold):
            ends = self.greatest[asked.order] >= asked.threshold if asked.descending else self.least[asked.order] <= asked.threshold
            ideal = (by_where & ends).sum(axis=1)
            low, likely = float(ideal[0]), math.sqrt(max(1.0, float(ideal[1])) * likely)
        return low, likely, high


def lay_out(sample: Sample, keys: Sequence[Key]) -> Layout:
    """The partitions of the sample in order of `keys`."""
    order = np.lexsort([key_values(sample, key) for key in reversed(keys)])
    edges = np.linspace(0, sample.rows, sample.partitions + 1).astype(np.int64)
    least, greatest = {}, {}
    for name, codes in sample.columns.items():
        low, high = _ends(codes.values[order], edges, sample.share)
        least[name], greatest[name] = np.fmax(low, codes.least), np.fmin(high, codes.greatest)
    return Layout(sample, least, greatest)


def _limits(codes: Codes, wanted: Range) -> tuple[float, float]:
    """A constant that cannot be compared with the column limits nothing."""
    low = math.nan if wanted.low is None else codes.of(wanted.low)
    high = math.nan if wanted.high is None else codes.of(wanted.high)
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def key_values(sample: Sample, key: Key) -> Floats:
    """The values that the key sorts by."""
    values = sample.columns[key.column].values
    return np.floor(values / 86_400) if key.day else values


def _ends(values: Floats, edges: NDArray[np.int64], share: float) -> tuple[Floats, Floats]:
    low, high = np.empty((len(SPACINGS), len(edges) - 1)), np.empty((len(SPACINGS), len(edges) - 1))
    out = np.array(SPACINGS) if share < 1 else np.zeros(len(SPACINGS))
    for place, (start, stop) in enumerate(pairwise(edges)):
        part = np.sort(values[start:stop])
        part = part[~np.isnan(part)]
        near = min(_NEIGHBOURS, len(part) - 1)
        if near < 0:  # nulls only: no comparison finds any
            low[:, place], high[:, place] = math.inf, -math.inf
            continue
        below, above = ((part[near] - part[0]) / near, (part[-1] - part[-1 - near]) / near) if near else (0.0, 0.0)
        low[:, place], high[:, place] = part[0] - out * below, part[-1] + out * above
    return low, high
