"""NOT IN with a subquery: one NULL among its values and no row is left, because `x <> NULL` is not true. Such a statement also keeps the engine
from a plain anti-join. NOT EXISTS is what is nearly always meant, and not the same: the difference is shown, not hidden."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables
from perfweek.warehouse.views.reading import Template, nested_schema

_LISTED = "listed"
_OWN_SCOPE = ("group", "having", "distinct")
_UNSETTLED = ("limit", "offset", "qualify")


def not_in_nulls(template: Template, tables: Tables) -> Iterator[Suggestion]:
    """One for a template that asks NOT IN of a subquery."""
    places = _places(template.runs[0].tree)
    if not places:
        return
    names = sorted({column.name.upper() for node in places for column in _compared(node)})
    listed = " and ".join(name.lower() for name in names)
    asked, inside = (column.name.lower() for column in _compared(places[0]))
    yield Suggestion(
        "NOT IN with NULLs",
        f"a NULL in {inside} leaves no row of NOT IN at all, and one in {asked} never passes it",
        f"declare {listed} NOT NULL, then write NOT EXISTS; where NULLs may occur, decide what they are to mean",
        partial(with_not_exists, schema=nested_schema(tables)),
        never_null=tuple(names),
        because="what an anti-join would save cannot be told from a history",
    )


def with_not_exists(query: exp.Query, schema: dict[str, Any]) -> exp.Query | None:
    """A copy with NOT EXISTS for each NOT IN of a simple subquery, whose outer column is named with its table; None where there is none, and where
    the table of an outer column cannot be told. `schema`: columns by the parts of their tables' names, as sqlglot wants it."""
    copy = query.copy()
    places = _places(copy)
    owners = _owners(query, schema)
    if not places or len(owners) != len(places) or not all(owners):
        return None
    for node, owner in zip(places, owners, strict=True):
        node.replace(_not_exists(node, owner))
    return copy


def _owners(query: exp.Query, schema: dict[str, Any]) -> list[str]:
    """Of each place the table, by the name that it has there, of the outer column; '' where that cannot be told."""
    try:
        named = qualify(query.copy(), schema=schema, dialect="snowflake", validate_qualify_columns=False, quote_identifiers=False, expand_stars=False)
    except SqlglotError:
        return []
    return [_compared(node)[0].table for node in _places(named)]


def _not_exists(node: exp.Expr, owner: str) -> exp.Expr:
    """A subquery that reads a table of the outer column's name, or that groups, stays as it is inside: there the name would mean another row."""
    column, inner = _parts(node)
    outer = column.copy()
    if not outer.table:
        outer.set("table", exp.to_identifier(owner))
    given = inner.expressions[0].unalias()
    sources = {table.alias_or_name.upper() for table in inner.find_all(exp.Table, exp.Subquery)}
    if outer.table.upper() in sources or any(inner.args.get(part) for part in _OWN_SCOPE):
        name = inner.expressions[0].alias_or_name
        listed = exp.column(exp.to_identifier(name, quoted=_is_quoted(inner.expressions[0])), table=_LISTED)
        found = exp.select("1").from_(inner.copy().subquery(_LISTED)).where(exp.EQ(this=listed, expression=outer), copy=False)
    else:
        found = inner.copy().select("1", append=False, copy=False).where(exp.EQ(this=given.copy(), expression=outer), copy=False)
    return exp.Not(this=exp.Exists(this=found))


def _is_quoted(given: exp.Expr) -> bool:
    name = given.args.get("alias") or given.this
    return bool(isinstance(name, exp.Identifier) and name.quoted)


def _places(query: exp.Query) -> list[exp.Expr]:
    """Every `column NOT IN (select column from ...)` whose subquery is no part of an order."""
    return [node for node in query.find_all(exp.Not, exp.NEQ) if _simple(node)]


def _simple(node: exp.Expr) -> bool:
    column, inner = _parts(node)
    if not isinstance(column, exp.Column) or not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
        return False
    return isinstance(inner.expressions[0].unalias(), exp.Column) and not any(inner.args.get(part) for part in _UNSETTLED)


def _parts(node: exp.Expr) -> tuple[Any, Any]:
    """Column and subquery of NOT IN, as either of the two forms in which it is parsed; None for another condition."""
    if isinstance(node, exp.NEQ) and isinstance(node.expression, exp.All):
        return node.this.unnest(), node.expression.this.unnest()
    wanted = node.this.unnest() if isinstance(node, exp.Not) else None
    if isinstance(wanted, exp.In) and wanted.args.get("query") is not None:
        return wanted.this.unnest(), wanted.args["query"].unnest()
    return None, None


def _compared(node: exp.Expr) -> list[exp.Column]:
    column, inner = _parts(node)
    return [column, inner.expressions[0].unalias()]
