"""Statement templates: which table one reads, by what conditions, and with which bound values."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from perfweek.errors import WarehouseError
from perfweek.warehouse.dialect import named_markers
from perfweek.warehouse.predicates import ANYTHING, Restriction, Value, column_name, constant, read_where


@dataclass(frozen=True)
class Template:
    """A parsed SELECT of one table. `table` and `columns` (by their lower-case names) are spelt as Snowflake stores them: in
    capitals, unless they were quoted."""

    table: tuple[str, ...]
    columns: Mapping[str, str]
    where: exp.Expr | None
    order: str
    descending: bool
    limit: exp.Expr | None


@lru_cache(maxsize=4096)
def template_of(text: str) -> Template | None:
    """The statement where it is a SELECT of exactly one table without a join, else None."""
    try:
        tree = normalize_identifiers(sqlglot.parse_one(named_markers(text)[0], read="snowflake"), dialect="snowflake")
    except (SqlglotError, WarehouseError):
        return None
    _number_markers(tree)
    tables = list(tree.find_all(exp.Table))
    if not isinstance(tree, exp.Select) or len(tables) != 1 or tree.args.get("joins") or tree.find(exp.Subquery, exp.CTE):
        return None
    where, order, limit = tree.args.get("where"), tree.args.get("order"), tree.args.get("limit")
    first = order.expressions[0] if order else None
    column = column_name(first.this) if first else ""
    grouped = bool(tree.args.get("group") or tree.find(exp.AggFunc))
    top = limit is not None and column != "" and not grouped
    return Template(
        table=tuple(part.name for part in tables[0].parts),
        columns={column.name.lower(): column.name for column in tree.find_all(exp.Column)},
        where=where.this if where else None,
        order=column if top else "",
        descending=bool(first and first.args.get("desc")),
        limit=limit.expression if top and limit is not None else None,
    )


def _number_markers(tree: exp.Expr) -> None:
    """`?` markers get their position as a name: 1 for the first."""
    bare = [marker for marker in tree.dfs() if isinstance(marker, exp.Placeholder) and not marker.this]
    for position, marker in enumerate(bare, 1):
        marker.set("this", str(position))


def restriction_of(template: Template, bound: Sequence[Any] | str | None) -> Restriction:
    """What the template asks with these bound values: QUERY_HISTORY's bind_values, as JSON text or a list."""
    values = bound_values(bound)
    found = read_where(template.where, values) if template.where is not None else ANYTHING
    count = constant(template.limit, values) if template.limit is not None else None
    limit = int(count) if isinstance(count, float) and math.isfinite(count) else 0
    return replace(found, order=template.order, descending=template.descending, limit=limit)


def bound_values(bound: Sequence[Any] | str | None) -> dict[str, Value]:
    """Values by name and by position ('1', '2', ...), from an array of {name, type, value} or of plain values."""
    rows = json.loads(bound) if isinstance(bound, str) and bound else (bound if isinstance(bound, Sequence) else [])
    values: dict[str, Value] = {}
    for position, row in enumerate(rows or [], 1):
        named = row if isinstance(row, dict) else {"value": row}
        kind = str(named.get("type", "")).upper()
        value = _typed(named.get("value"), kind)
        values[str(position)] = value
        values[str(named.get("name") or position)] = value
    return values


def _typed(value: Any, kind: str) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if kind in ("FIXED", "REAL", "NUMBER", "FLOAT") or isinstance(value, (int, float)):
        return float(value)
    return str(value)
