"""Statement templates: which tables a SELECT reads, by what conditions and joins, and with which bound values."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.scope import Scope, traverse_scope

from perfweek.errors import WarehouseError
from perfweek.warehouse.conditions import ANYTHING, Restriction, Value
from perfweek.warehouse.constants import constant
from perfweek.warehouse.dialect import named_markers
from perfweek.warehouse.predicates import column_name, read_where

Schema = Mapping[str, Mapping[str, str]]
"""Qualified table name (lower case) -> column (lower case) -> its exact name: what tells whose a bare column of a join is."""
MOST_CHARACTERS = 50_000
_EQUALITIES = (exp.EQ, exp.NullSafeEQ)


@dataclass(frozen=True)
class Template:
    """One table that a SELECT reads. `table` and `columns` (by their lower-case names) are spelt as Snowflake stores them: in capitals,
    unless they were quoted. `where`: the conditions on this table alone; `joins`: columns compared with those of another table;
    `alone`: the statement reads no other table, so that its partitions are this table's. `order` and `limit` only then."""

    table: tuple[str, ...]
    columns: Mapping[str, str]
    where: exp.Expr | None
    joins: tuple[str, ...] = ()
    alone: bool = True
    order: str = ""
    descending: bool = False
    limit: exp.Expr | None = None

    @property
    def name(self) -> str:
        return ".".join(self.table).lower()


def templates_of(text: str, schema: Schema | None = None) -> tuple[Template, ...]:
    """One template for each table that the statement reads; none for what is no query, or cannot be parsed.

    A column without its table's name belongs to the only table, or to the only one of `schema` that has it; else to none.
    """
    return _of_text(text, schema) if schema else _of_text_alone(text)


@lru_cache(maxsize=8192)
def _of_text_alone(text: str) -> tuple[Template, ...]:
    """Advisers ask for the same texts one after the other; a template is a tenth of the tree that it was read from."""
    return _of_text(text, {})


def _of_text(text: str, schema: Schema) -> tuple[Template, ...]:
    tree = _parsed(text)
    if tree is None:
        return ()
    try:
        scopes = traverse_scope(tree)
    except (SqlglotError, RecursionError):
        return ()
    found = [template for scope in scopes for template in _of_scope(scope, schema)]
    if len(found) == 1 and not tree.find(exp.CTE, exp.Subquery):
        return (_with_order(found[0], tree),)
    return tuple(found) if len(found) < 2 else tuple(_shared(template) for template in found)


def restriction_of(template: Template, bound: Sequence[Any] | str | None) -> Restriction:
    """What the template asks with these bound values: QUERY_HISTORY's bind_values, as JSON text or a list."""
    values = bound_values(bound)
    found = read_where(template.where, values) if template.where is not None else ANYTHING
    count = constant(template.limit, values) if template.limit is not None else None
    limit = int(count) if isinstance(count, float) and math.isfinite(count) else 0
    return Restriction(found, template.order, template.descending, limit)


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


@lru_cache(maxsize=1024)
def _parsed(text: str) -> exp.Query | None:
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        tree = normalize_identifiers(sqlglot.parse_one(named_markers(text)[0], read="snowflake"), dialect="snowflake")
    except (SqlglotError, WarehouseError, RecursionError):
        return None
    bare = [marker for marker in tree.dfs() if isinstance(marker, exp.Placeholder) and not marker.this]
    for position, marker in enumerate(bare, 1):  # `?` markers are named by their position
        marker.set("this", str(position))
    return tree if isinstance(tree, exp.Query) else None


def _of_scope(scope: Scope, schema: Schema) -> Iterator[Template]:
    tables = {alias: source for alias, source in scope.sources.items() if isinstance(source, exp.Table) and source.name}
    if not tables or not isinstance(scope.expression, exp.Select):
        return
    owners = _Owners(tables, schema, alone=len(scope.sources) == 1)
    conditions: dict[str, list[exp.Expr]] = {alias: [] for alias in tables}
    joins: dict[str, set[str]] = {alias: set() for alias in tables}
    for part, binding in _conjuncts(scope.expression):
        named = {owners.of(column) for column in part.find_all(exp.Column)}
        if len(named) == 1 and (alias := next(iter(named))) in tables and (not binding or alias in binding) and not part.find(exp.Query):
            conditions[alias].append(part)
        for column in _joined(part):
            if owners.of(column) in tables:
                joins[owners.of(column)].add(column.name.lower())
    for join in scope.expression.args.get("joins") or ():
        for name in join.args.get("using") or ():
            for alias in tables:
                joins[alias].add(name.name.lower())
    for alias, table in tables.items():
        columns = {column.name.lower(): column.name for column in scope.columns if owners.of(column) == alias}
        where = reduce(lambda left, right: exp.and_(left, right, copy=True), conditions[alias]) if conditions[alias] else None
        yield Template(tuple(part.name for part in table.parts), columns, where, tuple(sorted(joins[alias])))


class _Owners:
    """Whose a column is."""

    def __init__(self, tables: Mapping[str, exp.Table], schema: Schema, *, alone: bool) -> None:
        self._only = next(iter(tables)) if alone else ""
        self._known = {alias: schema.get(".".join(part.name for part in table.parts).lower(), {}) for alias, table in tables.items()}

    def of(self, column: exp.Column) -> str:
        """The alias of its table, '' where that cannot be told."""
        if column.table:
            return column.table
        if self._only:
            return self._only
        having = [alias for alias, columns in self._known.items() if column.name.lower() in columns]
        return having[0] if len(having) == 1 else ""


def _conjuncts(select: exp.Select) -> Iterator[tuple[exp.Expr, frozenset[str]]]:
    """The conditions that all must hold, each with the aliases whose rows it can leave unread: none named for any table's. The ON of an outer
    join leaves rows of the joined side unread only."""
    where = select.args.get("where")
    if where is not None:
        yield from ((part, frozenset()) for part in _parts(where.this))
    for join in select.args.get("joins") or ():
        side = (join.args.get("side") or "").upper()
        bound = frozenset({join.alias_or_name}) if side == "LEFT" else frozenset({"\0"}) if side else frozenset()
        if join.args.get("on") is not None:
            yield from ((part, bound) for part in _parts(join.args["on"]))


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that ANDs join."""
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from _parts(inner.left)
        yield from _parts(inner.right)
    else:
        yield inner


def _joined(part: exp.Expr) -> list[exp.Column]:
    """The columns of an equality between two tables."""
    sides = [part.this, part.expression] if isinstance(part, _EQUALITIES) else []
    columns = [side for side in sides if isinstance(side, exp.Column)]
    return columns if len(columns) == 2 and columns[0].table != columns[1].table else []


def _with_order(template: Template, tree: exp.Query) -> Template:
    order, limit = tree.args.get("order"), tree.args.get("limit")
    first = order.expressions[0] if order else None
    column = column_name(first.this) if first else ""
    grouped = bool(tree.args.get("group") or tree.find(exp.AggFunc))
    if limit is None or not column or grouped or template.joins:
        return template
    return Template(
        template.table,
        template.columns,
        template.where,
        order=column,
        descending=bool(first and first.args.get("desc")),
        limit=limit.expression,
    )


def _shared(template: Template) -> Template:
    return Template(template.table, template.columns, template.where, template.joins, alone=False)


def _typed(value: Any, kind: str) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if kind in ("FIXED", "REAL", "NUMBER", "FLOAT") or isinstance(value, (int, float)):
        return float(value)
    return str(value)
