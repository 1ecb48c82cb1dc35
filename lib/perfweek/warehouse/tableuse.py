"""How the statements of a history use a table: which columns restrict it, what each statement asks of it."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfweek.warehouse.predicates import Restriction
from perfweek.warehouse.templates import Template, restriction_of, template_of

MOST_OF_A_KIND = 400
"""So many statements of one template and endpoint are looked at, evenly over time; they stand for the others."""
NO_ENDPOINT = "(no route)"


@dataclass(frozen=True)
class Asked:
    """One statement: what it asks, what it scanned, and what it stands for: `count` statements and `execution_ms` of them."""

    endpoint: str
    template: str
    values: str
    restriction: Restriction
    scanned: float
    total: float
    rows: float
    count: float
    execution_ms: float


@dataclass(frozen=True)
class TableUse:
    """A table as the history knows it. `columns`: exact names by lower-case name; `weights`: execution time (ms) of the
    statements that restrict a column; `written`: statements change it as well."""

    table: tuple[str, ...]
    columns: Mapping[str, str]
    weights: Mapping[str, float]
    partitions: int
    statements: tuple[Asked, ...]
    written: bool

    @property
    def name(self) -> str:
        return ".".join(self.table).lower()

    @property
    def execution_ms(self) -> float:
        return sum(asked.execution_ms for asked in self.statements)


def table_uses(statements: pd.DataFrame) -> list[TableUse]:
    """Every table that SELECTs without a join read, the one with the most execution time first.

    `statements`: columns of sql/history/statements.sql. A table has as many partitions as a single scan of it found.
    """
    reads = statements[statements["partitions_total"].fillna(0) > 0]
    kinds: dict[tuple[str, ...], list[tuple[Template, pd.DataFrame]]] = defaultdict(list)
    for text, rows in reads.groupby("query_text", sort=False):
        template = template_of(str(text))
        if template:
            kinds[template.table].append((template, rows))
    written = " ".join(statements.loc[~statements["query_type"].isin(["SELECT", "UNKNOWN"]), "query_text"].drop_duplicates().str.lower())
    uses = [_use(table, pairs, written) for table, pairs in kinds.items()]
    return sorted(uses, key=lambda use: -use.execution_ms)


def _use(table: tuple[str, ...], pairs: list[tuple[Template, pd.DataFrame]], written: str) -> TableUse:
    asked = [one for template, rows in pairs for one in _asked(template, rows)]
    columns: dict[str, str] = {}
    weights: dict[str, float] = defaultdict(float)
    for template, _ in pairs:
        columns |= template.columns
    for one in asked:
        for column in one.restriction.ranges:
            weights[column] += one.execution_ms
    totals = pd.concat([rows["partitions_total"] for _, rows in pairs])
    partitions = int(totals.quantile(0.05, interpolation="lower"))
    return TableUse(table, columns, dict(weights), partitions, tuple(asked), table[-1].lower() in written)


def _asked(template: Template, rows: pd.DataFrame) -> list[Asked]:
    found = []
    for endpoint, every in rows.groupby(rows["endpoint"].fillna(NO_ENDPOINT), sort=False):
        kept = every.sort_values("start_time").iloc[:: max(1, -(-len(every) // MOST_OF_A_KIND))]
        count, execution_ms = len(every) / len(kept), float(every["execution_time"].sum()) / len(kept)
        found += [_one(template, str(endpoint), row, count, execution_ms) for row in kept.itertuples(index=False)]
    return found


def _one(template: Template, endpoint: str, row: Any, count: float, execution_ms: float) -> Asked:
    values = row.bind_values if isinstance(row.bind_values, str) else "[]"
    try:
        restriction = restriction_of(template, values)
    except (json.JSONDecodeError, TypeError, AttributeError):
        restriction = Restriction({})  # values in a form that is not known: nothing is restricted
    rows = float(row.rows_produced) if pd.notna(row.rows_produced) else 0.0
    return Asked(
        endpoint, str(row.query_text), values, restriction, float(row.partitions_scanned), float(row.partitions_total), rows, count, execution_ms
    )
