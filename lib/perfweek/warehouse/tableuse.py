"""How the statements of a history use a table: which columns restrict it, what each statement asks of it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from perfweek.warehouse.conditions import Restriction
from perfweek.warehouse.fingerprint import fingerprint
from perfweek.warehouse.templates import Schema, Template, restriction_of, templates_of

MOST_OF_A_KIND = 200
MOST_STATEMENTS = 1500
"""So many statements of one template and endpoint are looked at, evenly over time, and so many in all; they stand for the others."""
MOST_KINDS = 1000
_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "CREATE_TABLE_AS_SELECT")
NO_ENDPOINT = "(no route)"
STANDS_FOR = "stands_for"
"""Among the attributes of a frame of sampled statements: how many of the history each stands for."""
_ASKED = ["query_text", "bind_values", "start_time", "execution_time", "partitions_scanned", "partitions_total", "rows_produced"]


@dataclass(frozen=True)
class Asked:
    """One statement: what it asks, what it scanned, and what it stands for: `count` statements and `execution_ms` of them.
    `template` tells its shape, `values` its text and bound values. `alone`: it reads no other table; else `scanned` and `total` are
    partitions of all its tables together."""

    endpoint: str
    template: str
    values: str
    restriction: Restriction
    scanned: float
    total: float
    rows: float
    count: float
    execution_ms: float
    alone: bool = True


@dataclass(frozen=True)
class TableUse:
    """A table as the history knows it. `columns`: exact names by lower-case name; `weights`: execution time (ms) of the
    statements that restrict a column, `joined`: of those that join by it; `written`: statements change it as well. `partitions`: 0 where
    no statement reads the table alone."""

    table: tuple[str, ...]
    columns: Mapping[str, str]
    weights: Mapping[str, float]
    partitions: int
    statements: tuple[Asked, ...]
    written: bool
    joined: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return ".".join(self.table).lower()

    @property
    def execution_ms(self) -> float:
        return sum(asked.execution_ms for asked in self.statements)


def table_uses(statements: pd.DataFrame, schema: Schema | None = None) -> list[TableUse]:
    """Every table that SELECTs read, the one with the most execution time first.

    `statements`: columns of sql/history/statements.sql, with STANDS_FOR where they are a sample. A table has as many partitions as a
    single scan of it found. `schema` tells whose the columns of joins are that stand without their table's name.
    """
    succeeded = statements["execution_status"].fillna("success").str.lower() == "success"
    reads = statements[succeeded & (statements["partitions_total"].fillna(0) > 0)]
    changes = statements.loc[statements["query_type"].isin(_CHANGES), "query_text"].drop_duplicates()
    written = "\n".join(changes.str.lower())
    tables: dict[tuple[str, ...], list[tuple[Template, Asked]]] = defaultdict(list)
    for template, asked in _looked_at(reads, schema):
        tables[template.table].append((template, asked))
    uses = [_use(table, pairs, written) for table, pairs in tables.items()]
    return sorted(uses, key=lambda use: -use.execution_ms)


def _looked_at(reads: pd.DataFrame, schema: Schema | None) -> Iterator[tuple[Template, Asked]]:
    if reads.empty:
        return
    shapes = reads["query_parameterized_hash"].astype(object)
    unknown = shapes.isna()
    shapes = shapes.where(~unknown, reads["query_text"].where(unknown, "").map(fingerprint))
    kinds = reads.groupby([shapes, reads["endpoint"].fillna(NO_ENDPOINT)], sort=False)
    spent = kinds["execution_time"].sum().sort_values(ascending=False, kind="stable").head(MOST_KINDS)
    places = kinds.indices  # a frame of its own for each kind would take most of the time
    rows: list[Any] = list(reads[_ASKED].itertuples(index=False))
    most = max(4, min(MOST_OF_A_KIND, MOST_STATEMENTS // len(spent)))
    each = float(reads.attrs.get(STANDS_FOR, 1.0))
    kind: Any
    for kind, execution_ms in spent.items():
        own = sorted((rows[place] for place in places[kind]), key=lambda row: row.start_time)
        kept = own[:: -(-len(own) // most)]
        stands_for = (each * len(own) / len(kept), each * float(execution_ms) / len(kept))
        for row in kept:
            for template in templates_of(str(row.query_text), schema):
                yield template, _asked(template, (str(kind[0]), str(kind[1])), row, stands_for)


def _use(table: tuple[str, ...], pairs: list[tuple[Template, Asked]], written: str) -> TableUse:
    columns: dict[str, str] = {}
    weights: dict[str, float] = defaultdict(float)
    joined: dict[str, float] = defaultdict(float)
    for template, asked in pairs:
        columns |= template.columns
        for column in asked.restriction.ranges:
            weights[column] += asked.execution_ms
        for column in template.joins:
            joined[column] += asked.execution_ms
    totals = pd.Series([asked.total for _, asked in pairs if asked.alone])
    partitions = int(totals.quantile(0.05, interpolation="lower")) if len(totals) else 0
    asked_of = tuple(asked for _, asked in pairs)
    return TableUse(table, columns, dict(weights), partitions, asked_of, table[-1].lower() in written, dict(joined))


def _asked(template: Template, kind: tuple[str, str], row: Any, stands_for: tuple[float, float]) -> Asked:
    values = row.bind_values if isinstance(row.bind_values, str) else "[]"
    try:
        restriction = restriction_of(template, values)
    except (json.JSONDecodeError, TypeError, AttributeError):
        restriction = Restriction()  # values in a form that is not known: nothing is restricted
    rows = float(row.rows_produced) if pd.notna(row.rows_produced) else 0.0
    shape, endpoint = kind
    scanned, total = float(row.partitions_scanned), float(row.partitions_total)
    return Asked(endpoint, shape, f"{row.query_text}\n{values}", restriction, scanned, total, rows, *stands_for, template.alone)
