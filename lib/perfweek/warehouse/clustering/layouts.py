"""What a table's statements would scan if its rows were stored in another order: a simulation on a sample of its rows.

The sample is sorted by the key and cut into as many partitions as the table has; a statement scans a partition unless the least and greatest
values of its columns there make its condition false. Partitions that are scanned for rows that were not sampled are added as
unseen.py has it; over the partitions that may be such, they are spread evenly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.warehouse.clustering.keys import Key, Version, key_values, visible_bytes
from perfweek.warehouse.clustering.unseen import SHOWN, Side
from perfweek.warehouse.codes import Codes, Floats, codes_of
from perfweek.warehouse.conditions import All, Condition, Range, Restriction, Some, Within, leaves

FEWEST_ROWS = 16
"""With fewer sampled rows a partition, as many partitions as have them are simulated instead."""


@dataclass(frozen=True)
class Limits:
    """A range of one column in codes, both ends included."""

    column: str
    low: float
    high: float


@dataclass(frozen=True)
class Question:
    """A statement's condition with limits in the leaves (see `Sample.question`). `threshold` is the value of `order` in the last row that a
    statement with a limit returns; NaN for one without a limit, or where fewer rows match."""

    condition: Condition
    limits: Mapping[Within, Limits] = field(hash=False)
    order: str = ""
    descending: bool = False
    threshold: float = math.nan

    @property
    def never(self) -> bool:
        return self.condition == Some()


@dataclass(frozen=True)
class Sample:
    """Sampled rows as codes by column, the share of the table's rows that they are, and how many partitions the table has; `partition_rows`: rows
    of each but the last, 0 where all have about as many."""

    columns: Mapping[str, Codes]
    rows: int
    share: float
    partitions: int
    partition_rows: int = 0

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        bounds: Mapping[str, tuple[object, object]],
        share: float,
        partitions: int,
        partition_rows: int = 0,
    ) -> "Sample":
        """`bounds` are the exact least and greatest value of each column in the whole table (the sampled ones where missing)."""
        columns = {str(name): codes_of(frame[name], bounds.get(str(name))) for name in frame.columns}
        whole = len(frame) // FEWEST_ROWS >= partitions
        return cls(columns, len(frame), share, max(1, min(partitions, len(frame) // FEWEST_ROWS)), partition_rows if whole else 0)

    @cached_property
    def sorted(self) -> Mapping[str, Floats]:
        """Each column's values but nulls, sorted."""
        return {name: np.sort(codes.values[~np.isnan(codes.values)]) for name, codes in self.columns.items()}

    @property
    def edges(self) -> NDArray[np.int64]:
        """Where the sorted sample is cut."""
        if not self.partition_rows:
            return np.linspace(0, self.rows, self.partitions + 1).astype(np.int64)
        cuts = np.round(np.arange(1, self.partitions) * self.partition_rows * self.share).astype(np.int64)
        return np.concatenate([[0], np.minimum(cuts, self.rows), [self.rows]])

    def question(self, asked: Restriction) -> Question:
        """What is asked of the columns that were sampled; a condition on another column restricts nothing."""
        known = _known(asked.condition, self.columns)
        limits = {leaf: _limits(self.columns[leaf.column], leaf) for leaf in leaves(known)}
        found = Question(known, limits, asked.order, asked.descending)
        if not asked.limit or asked.order not in self.columns:
            return found
        return replace(found, threshold=self._last_wanted(found, asked.limit))

    def _last_wanted(self, asked: Question, limit: int) -> float:
        values = self.columns[asked.order].values
        values = np.sort(values[self._matching(asked, asked.condition) & ~np.isnan(values)])
        if len(values) < limit * self.share or not len(values):
            return math.nan
        count = max(1, round(limit * self.share))
        return float(values[len(values) - count if asked.descending else count - 1])

    def _matching(self, asked: Question, condition: Condition) -> NDArray[np.bool_]:
        if isinstance(condition, Within):
            limits, values = asked.limits[condition], self.columns[condition.column].values
            return (values >= limits.low) & (values <= limits.high)
        parts = [self._matching(asked, part) for part in condition.parts]
        start = np.full(self.rows, isinstance(condition, All))
        return np.logical_and.reduce([start, *parts]) if isinstance(condition, All) else np.logical_or.reduce([start, *parts])


@dataclass(frozen=True)
class Scanned:
    """For each partition the chance that it is scanned: at least, probably, at most."""

    low: Floats
    likely: Floats
    high: Floats

    @property
    def counts(self) -> tuple[float, float, float]:
        return float(self.low.sum()), float(self.likely.sum()), float(self.high.sum())


@dataclass(frozen=True)
class Layout:
    """The partitions of a sample in some order: for each column its two ends, the upper one with its values negated."""

    sample: Sample
    lower: Mapping[str, Side]
    upper: Mapping[str, Side]

    def scanned(self, asked: Question, *, stops: bool = False) -> tuple[float, float, float]:
        """Partitions scanned at least, probably and at most.

        For a statement with a limit the least is what an ideal engine scans, which leaves out partitions beyond the last row wanted as well. An
        engine that `stops` is taken to do so; for another the geometric mean of that and of a scan by the WHERE alone is probable.
        """
        by_where = self._scanned(asked, asked.condition)
        low, likely, high = by_where.counts
        if self.sample.share < 1:
            cuts = _cuts(by_where.likely > 0)
            low, high = max(min(low, 1.0), low - cuts), min(float(self.sample.partitions), high + cuts)
        if not math.isnan(asked.threshold):
            reaching = self._reaching(asked)
            ideal = max(1.0, float((by_where.likely * reaching).sum()))
            low = min(low, float((by_where.low * reaching).sum()))
            likely = ideal if stops else math.sqrt(ideal * likely)
        return low, max(low, likely), max(high, likely)

    def _reaching(self, asked: Question) -> NDArray[np.bool_]:
        side, limit = (self.upper, -asked.threshold) if asked.descending else (self.lower, asked.threshold)
        return side[asked.order].seen(limit)

    def _scanned(self, asked: Question, condition: Condition) -> Scanned:
        if isinstance(condition, Within):
            return self._within(asked.limits[condition])
        parts = [self._scanned(asked, part) for part in condition.parts]
        if isinstance(condition, All):
            return _joint(parts, self.sample.partitions)
        return _any(parts, self.sample.partitions)

    def _within(self, limits: Limits) -> Scanned:
        """A partition holds a value at or before the upper end, and one at or after the lower end."""
        if limits.low > limits.high:
            nothing = np.zeros(self.sample.partitions)
            return Scanned(nothing, nothing, nothing)
        before = self._one_side(self.lower[limits.column], limits.high)
        after = self._one_side(self.upper[limits.column], -limits.low)
        return _joint([before, after], self.sample.partitions)

    def _one_side(self, side: Side, limit: float) -> Scanned:
        seen = side.seen(limit)
        unseen, empty = side.unseen(limit, self.sample.share), max(1, int((~seen).sum()))
        return Scanned(*(np.where(seen, 1.0, min(1.0, count / empty)) for count in (unseen.low, unseen.likely, unseen.high)))


def lay_out(sample: Sample, keys: Sequence[Key], version: Version = "OPTIMA") -> Layout:
    """The partitions of the sample in order of `keys`, as that version of clustering sees them; nulls come last. Rows of equal keys come in no
    order: an engine promises none."""
    parts = [sample.columns[key.column] for key in keys]
    values = [key_values(codes, key, seen) for codes, key, seen in zip(parts, keys, visible_bytes(parts, version), strict=True)]
    order = np.lexsort([np.random.default_rng(1).random(sample.rows), *values[::-1]])
    lower, upper = {}, {}
    for name, codes in sample.columns.items():
        lower[name], upper[name] = _sides(codes, sample.sorted[name], order, sample.edges)
    return Layout(sample, lower, upper)


def _sides(codes: Codes, ordered: Floats, order: NDArray[np.int64], edges: NDArray[np.int64]) -> tuple[Side, Side]:
    """Each partition's values in a row of their own, filled up with NaN (nulls are that too: no comparison finds any), which sorts last."""
    widths = np.diff(edges)
    matrix = np.full((len(widths), max(SHOWN, int(widths.max()))), np.nan)
    matrix[np.arange(matrix.shape[1]) < widths[:, None]] = codes.values[order]
    matrix.sort(axis=1)
    first = matrix[:, :SHOWN].T
    known = (~np.isnan(matrix)).sum(axis=1)
    places = known[:, None] - 1 - np.arange(SHOWN)
    last = np.where(places >= 0, np.take_along_axis(matrix, places.clip(min=0), axis=1), np.nan).T
    return Side.of(_filled(first), ordered, codes.least), Side.of(_filled(-last), -ordered[::-1], -codes.greatest)


def _filled(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.inf, values)


def _cuts(scanned: NDArray[np.bool_]) -> float:
    """How far a count may be off because a sample's rows do not say exactly where partitions are cut: each run of neighbours may have one more or
    one less, independently; one that fills the table has no ends to move."""
    ends = int(np.abs(np.diff(scanned.astype(np.int8))).sum())
    return math.sqrt(math.ceil(ends / 2))


def _joint(parts: Sequence[Scanned], partitions: int) -> Scanned:
    start = np.ones(partitions)
    return Scanned(*(np.multiply.reduce([start, *(getattr(part, name) for part in parts)]) for name in ("low", "likely", "high")))


def _any(parts: Sequence[Scanned], partitions: int) -> Scanned:
    start = np.ones(partitions)
    return Scanned(*(1 - np.multiply.reduce([start, *(1 - getattr(part, name) for part in parts)]) for name in ("low", "likely", "high")))


def _known(condition: Condition, columns: Mapping[str, Codes]) -> Condition:
    if isinstance(condition, Within):
        return condition if condition.column in columns else All()
    parts = tuple(_known(part, columns) for part in condition.parts)
    if isinstance(condition, Some) and All() in parts:
        return All()
    return type(condition)(parts)


def _limits(codes: Codes, leaf: Within) -> Limits:
    """A constant that cannot be compared with the column limits nothing."""
    wanted: Range = leaf.range
    low = math.nan if wanted.low is None else codes.of(wanted.low)
    high = math.nan if wanted.high is None else codes.of(wanted.high)
    if wanted.above and not math.isnan(low):
        low = np.nextafter(low, math.inf)
    if wanted.below and not math.isnan(high):
        high = np.nextafter(high, -math.inf)
    return Limits(leaf.column, -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)
