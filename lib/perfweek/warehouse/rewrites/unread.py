"""What a range of a bare column could leave unread, judged from rows in the order in which they are stored."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.rewrites.suggestion import Tables, own_tables
from perfweek.warehouse.views.reading import Template

FEWEST_ROWS = 2000
"""Rows of a chunk, below which the ends of a sampled chunk are too narrow to stand for a partition's."""


def unread_share(template: Template, column: str, tables: Tables) -> tuple[float, str]:
    """The share of the statement's time that pruning by the column could save (NaN where that cannot be told), and why."""
    found = own_tables(template, tables)
    having = [table for table in found.values() if column.upper() in {name.upper() for name in table.sample.column_names}]
    if len(found) != 1 or not having:
        return math.nan, "which partitions hold which values cannot be told"
    spread = spread_of(having[0], column)
    if math.isnan(spread):
        return math.nan, "its sample is too small to tell which partitions hold which values"
    now = template.scanned / template.total if template.total else 1.0
    saved = max(0.0, now - spread)
    return saved, f"a partition spans {100 * spread:.3g} % of the values of {column.lower()}, and {100 * now:.3g} % of the partitions are scanned now"


def spread_of(table: KnownTable, column: str) -> float:
    """How much of the column's range a chunk of rows in stored order spans on average: near 0 where rows lie in its order, near 1 where they do
    not. NaN for fewer than four chunks, and for a column without order."""
    name = next(one for one in table.sample.column_names if one.upper() == column.upper())
    values = table.sample.column(name)
    chunks = min(table.partitions or 64, len(values) // FEWEST_ROWS)
    if chunks < 4 or not (pa.types.is_temporal(values.type) or pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        return math.nan
    numbers = _numbers(values)
    whole = np.nanmax(numbers) - np.nanmin(numbers)
    parts = [part for part in np.array_split(numbers, chunks) if not np.isnan(part).all()]
    return float(np.mean([np.nanmax(part) - np.nanmin(part) for part in parts]) / whole) if whole else math.nan


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    kind = values.type
    if pa.types.is_temporal(kind):
        values = pc.cast(pc.cast(values, pa.timestamp("us", kind.tz if pa.types.is_timestamp(kind) else None)), pa.int64())
    return np.asarray(pc.cast(values, pa.float64()).to_numpy(), dtype=float)
