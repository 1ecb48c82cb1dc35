"""Clustering keys worth judging: from the columns that restrict the most time, expressions over them, and their orders.

Snowflake's rules (docs.snowflake.com/en/user-guide/tables-clustering-keys): columns of selective filters before those of joins, at most four
parts, those with few values first, and an expression that keeps the order in place of a column with many more values than partitions.
Which order is best is not taken from the rule: keys are grown part by part, and every one is judged.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from perfweek.warehouse.clustering.keys import Key, key_values
from perfweek.warehouse.clustering.layouts import Sample
from perfweek.warehouse.tableuse import TableUse

PROPOSAL = ("created_at", "source_system")
"""The key of the week-1 checklist."""
MOST_PARTS = 4
MOST_COLUMNS = 4
"""So many columns, those that restrict the most time, are tried."""


def filter_columns(use: TableUse, sample: Sample) -> list[str]:
    """The sampled columns that conditions restrict, the most execution time first."""
    ranked = sorted(use.weights, key=lambda name: (-use.weights[name], name))
    return [name for name in ranked if name in sample.columns][:MOST_COLUMNS]


def join_columns(use: TableUse, sample: Sample) -> list[str]:
    """The sampled columns that only joins compare, the most execution time first."""
    ranked = sorted(use.joined, key=lambda name: (-use.joined[name], name))
    return [name for name in ranked if name in sample.columns and name not in use.weights][:MOST_COLUMNS]


def first_keys(use: TableUse, sample: Sample) -> list[tuple[Key, ...]]:
    """The checklist's proposal in both orders where the table has its columns, and each column alone, as it is and with fewer values."""
    found: list[tuple[Key, ...]] = []
    if set(PROPOSAL) <= set(sample.columns):
        found = [tuple(map(Key, PROPOSAL)), tuple(map(Key, reversed(PROPOSAL)))]
    columns = filter_columns(use, sample) or join_columns(use, sample)
    found += [(key,) for column in columns for key in (Key(column), *coarser(sample, column))]
    return list(dict.fromkeys(found))


def grown(key: Sequence[Key], use: TableUse, sample: Sample) -> list[tuple[Key, ...]]:
    """The key with each further column after it and before it; whatever is not last is tried with fewer values too."""
    if len(key) >= MOST_PARTS:
        return []
    used = {part.column for part in key}
    found: list[tuple[Key, ...]] = []
    for column in filter_columns(use, sample):
        if column in used:
            continue
        *before, last = key
        found += [(*before, part, Key(column)) for part in variants(sample, last.column)]
        found += [(part, *key) for part in variants(sample, column)]
    return list(dict.fromkeys(found))


def with_joins(key: Sequence[Key], use: TableUse, sample: Sample) -> list[tuple[Key, ...]]:
    """The key with the columns of joins after those of filters."""
    used = {part.column for part in key}
    left = [Key(column) for column in join_columns(use, sample) if column not in used]
    return [(*key, left[0])] if left and len(key) < MOST_PARTS else []


def variants(sample: Sample, column: str) -> list[Key]:
    """The column as it is, where each of its values may fill a partition, and with fewer values."""
    whole = Key(column)
    few = coarser(sample, column)
    return [whole, *few] if distinct(sample, whole) <= 4 * sample.partitions or not few else few


def coarser(sample: Sample, column: str) -> list[Key]:
    """Expressions over the column that have at least two values and about as many as there are partitions, or a tenth of them, and the day of a
    time; none where the column has no more values than partitions itself."""
    if distinct(sample, Key(column)) <= sample.partitions:
        return []
    found = [(distinct(sample, key), key) for key in _expressions(sample, column)]
    useful = sorted(((count, key) for count, key in found if count >= 2), key=lambda pair: pair[0])
    wanted = (sample.partitions, max(2, sample.partitions / 10))
    nearest = [min(useful, key=lambda pair: abs(math.log(pair[0] / aim)))[1] for aim in wanted if useful]
    return list(dict.fromkeys([*nearest, *(key for _, key in useful if key.form == "day")]))


def distinct(sample: Sample, key: Key) -> int:
    """How many different values the part has in the sample."""
    values = key_values(sample.columns[key.column], key)
    return len(np.unique(values[~np.isnan(values)]))


def _expressions(sample: Sample, column: str) -> Iterable[Key]:
    codes = sample.columns[column]
    if codes.time:
        return [Key(column, "hour"), Key(column, "day"), Key(column, "month")]
    if codes.words is not None:
        return [Key(column, "left", size) for size in range(1, 1 + min(12, max(map(len, codes.words), default=1)))]
    return _truncations(column, codes.least, codes.greatest)


def _truncations(column: str, least: float, greatest: float) -> Iterator[Key]:
    most = max(abs(least), abs(greatest))
    digits = int(math.log10(most)) if math.isfinite(most) and most >= 10 else 0
    return (Key(column, "trunc", size) for size in range(1, digits + 1))
