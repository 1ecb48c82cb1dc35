"""The SELECTs of a history by template: each text parsed, its bound values put in, its names resolved."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.qualify import qualify

from perfweek.errors import WarehouseError
from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.dialect import named_markers
from perfweek.warehouse.fingerprint import digest, fingerprint

MOST_KINDS = 200
"""So many templates are looked at, those that take the most time first."""
MOST_RUNS, MOST_READ = 12, 600
"""Of a template, so many different texts and bound values, evenly over time; so many of all together, three of each at least."""
MOST_CHARACTERS = 50_000
_SHARDS = re.compile(r"\b[a-z]\w*_\d+\b")
_NUMBERS = ("FIXED", "REAL", "NUMBER", "FLOAT", "INTEGER", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Run:
    """One statement with its values in place. `tree`: as it was written; `qualified`: the same with every name resolved and written as it is
    stored, every column of the result named."""

    tree: exp.Query
    qualified: exp.Query


@dataclass(frozen=True)
class Template:
    """Statements of one shape on the same tables. `id`: the fingerprint's; `text`: one of them; `marked`: that one with its markers (`:name`) as
    written, names resolved; `count`, `execution_ms`, `bytes_scanned`, partitions `scanned` of `total`, and `rows`: of all of them; `runs`: some
    that differ in their values."""

    id: str
    text: str
    marked: exp.Query
    runs: tuple[Run, ...]
    count: int
    execution_ms: float
    bytes_scanned: float
    scanned: float
    total: float
    rows: float


def templates_read(material: Material) -> tuple[list[Template], int]:
    """`templates_of` the material; for `Material.once`: advisers share them, so nobody may change their trees."""
    return templates_of(material.statements, material.tables)


def templates_of(statements: pd.DataFrame, tables: Mapping[str, KnownTable]) -> tuple[list[Template], int]:
    """The templates of the successful SELECTs, the one with the most execution time first, and how many statements could not be read.

    `statements`: columns of sql/history/statements.sql.
    """
    succeeded = statements["execution_status"].fillna("success").str.lower() == "success"
    reads = statements[succeeded & statements["query_text"].notna() & (statements["query_type"].fillna("SELECT").str.upper() == "SELECT")]
    schema = nested_schema(tables)
    found, unread = [], 0
    kinds = _kinds(reads)
    most = max(3, min(MOST_RUNS, MOST_READ // max(1, len(kinds))))
    for _, rows in kinds:
        template = _template(rows, schema, most)
        unread += 0 if template else len(rows)
        found += [template] if template else []
    return found, unread


def _kinds(reads: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows by shape and, where tables are shards, by their numbers."""
    if reads.empty:
        return []
    distinct = reads["query_text"].astype(str).drop_duplicates()
    kinds = reads["query_text"].astype(str).map(dict(zip(distinct, distinct.map(kind_of), strict=True)))
    groups = [(str(kind), rows) for kind, rows in reads.groupby(kinds, sort=False)]
    return sorted(groups, key=lambda group: -float(group[1]["execution_time"].sum()))[:MOST_KINDS]


def kind_of(text: str) -> str:
    """The fingerprint, with the numbers of the shards that the text names."""
    shape = fingerprint(text)
    return f"{shape}\n{sorted(set(_SHARDS.findall(text.lower())))}" if "_#" in shape else shape


def _template(rows: pd.DataFrame, schema: Mapping[str, Any], most: int) -> Template | None:
    """None where no text of it can be read, or it is no query."""
    different = rows.drop_duplicates(["query_text", "bind_values"]).sort_values("start_time")
    kept = different.iloc[:: -(-len(different) // most)]
    runs = [run for text, bound in zip(kept["query_text"], kept["bind_values"], strict=True) for run in _runs(str(text), bound, schema)]
    text = str(kept["query_text"].iloc[0])
    marked = resolved(_parsed(text), schema) if runs else None
    if marked is None:
        return None
    sums = {
        name: float(rows[name].fillna(0).sum())
        for name in ("execution_time", "bytes_scanned", "partitions_scanned", "partitions_total", "rows_produced")
    }
    return Template(digest(fingerprint(text)), text, marked, tuple(runs), len(rows), *sums.values())


def _runs(text: str, bound: Any, schema: Mapping[str, Any]) -> Iterator[Run]:
    tree = _parsed(text)
    filled = with_values(tree, bound) if tree is not None else None
    qualified = resolved(filled, schema)
    if filled is not None and qualified is not None:
        yield Run(filled, qualified)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Query | None:
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        trees = [tree for tree in sqlglot.parse(named_markers(text)[0], read="snowflake") if tree]
    except (SqlglotError, RecursionError, WarehouseError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None


def parsed(text: str) -> exp.Query | None:
    """The query of a text with its `%(name)s` markers as `:name`; None for what is no query, or cannot be read."""
    tree = _parsed(text)
    return tree.copy() if tree is not None else None


def resolved(tree: exp.Query | None, schema: Mapping[str, Any]) -> exp.Query | None:
    """With names as they are stored, columns with their table where that can be told, ordinals and aliases as what they stand for, derived
    tables without groups merged into what reads them."""
    if tree is None:
        return None
    try:
        named = qualify(tree.copy(), schema=dict(schema), dialect="snowflake", validate_qualify_columns=False, quote_identifiers=False)
        found = merge_subqueries(named.transform(_one_way))
    except (SqlglotError, RecursionError):
        return None
    return found if isinstance(found, exp.Query) else None


def _one_way(node: exp.Expr) -> exp.Expr:
    """to_date(x) and cast(x as date) are one."""
    if isinstance(node, exp.TsOrDsToDate) and not node.args.get("format"):
        return exp.cast(node.this, "date")
    return node


def with_values(tree: exp.Query, bound: Any) -> exp.Query | None:
    """A copy with literals for its markers; None where a value is missing or in a form that is not known."""
    try:
        values = _literals(bound)
    except (ValueError, TypeError, AttributeError):
        return None
    copy = tree.copy()
    markers = list(copy.find_all(exp.Placeholder, exp.Parameter, bfs=False))
    for place, marker in enumerate(markers, 1):
        value = values.get(str(marker.name or marker.this or ""), values.get(str(place)))
        if value is None:
            return None
        marker.replace(value.copy())
    return copy


def _literals(bound: Any) -> dict[str, exp.Expr]:
    """Literals by name and by position, from QUERY_HISTORY's bind_values: an array of {name, type, value} or of plain values."""
    rows = json.loads(bound) if isinstance(bound, str) and bound else []
    found: dict[str, exp.Expr] = {}
    for position, row in enumerate(rows or [], 1):
        named = row if isinstance(row, dict) else {"value": row, "type": "FIXED" if isinstance(row, (int, float)) else "TEXT"}
        value = _literal(named.get("value"), str(named.get("type", "")).upper())
        found[str(position)] = value
        found[str(named.get("name") or position)] = value
    return found


def _literal(value: Any, kind: str) -> exp.Expr:
    if value is None:
        return exp.Null()
    if isinstance(value, bool) or kind == "BOOLEAN":
        return exp.Boolean(this=str(value).lower() == "true")
    if kind in _NUMBERS:
        float(str(value))  # a text that is no number is refused here
        return sqlglot.parse_one(str(value), read="snowflake")
    return exp.Literal.string(str(value))


def nested_schema(tables: Mapping[str, KnownTable]) -> dict[str, Any]:
    """Nested as sqlglot wants it; only tables of one depth go together, so a table stands under its last name too where that is one table's."""
    if not tables:
        return {}
    depth = max(len(table.name) for table in tables.values())
    schema: dict[str, Any] = {}
    for table in tables.values():
        if len(table.name) == depth:
            place = schema
            for part in table.name[:-1]:
                place = place.setdefault(part, {})
            place[table.name[-1]] = dict(table.types)
    return schema
