"""NOT IN with a subquery: one NULL among its values and no row is left, because `x <> NULL` is not true. Such a statement also keeps the engine
from a plain anti-join. NOT EXISTS is what is nearly always meant, and not the same: the difference is shown, not hidden."""

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables
from perfweek.warehouse.views.reading import Template


def not_in_nulls(template: Template, _tables: Tables) -> Iterator[Suggestion]:
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
        with_not_exists,
        never_null=tuple(names),
        because="what an anti-join would save cannot be told from a history",
    )


def with_not_exists(query: exp.Query) -> exp.Query | None:
    """A copy with NOT EXISTS for each NOT IN of a simple subquery; None where there is none."""
    copy = query.copy()
    places = _places(copy)
    for node in places:
        node.replace(_not_exists(node))
    return copy if places else None


def _not_exists(node: exp.Expr) -> exp.Expr:
    column, inner = _parts(node)
    condition = exp.EQ(this=inner.expressions[0].unalias().copy(), expression=column.copy())
    found = inner.copy().select("1", append=False, copy=False).where(condition, copy=False)
    return exp.Not(this=exp.Exists(this=found))


def _places(query: exp.Query) -> list[exp.Expr]:
    """Every `column NOT IN (select column from ...)` whose subquery neither groups nor limits; the two name no column alike, so that each name
    still means the same table inside."""
    return [node for node in query.find_all(exp.Not, exp.NEQ) if _simple(node)]


def _simple(node: exp.Expr) -> bool:
    column, inner = _parts(node)
    if not isinstance(column, exp.Column) or not isinstance(inner, exp.Select) or len(inner.expressions) != 1:
        return False
    given = inner.expressions[0].unalias()
    bare = not any(inner.args.get(part) for part in ("group", "having", "limit", "offset", "qualify", "distinct"))
    apart = isinstance(given, exp.Column) and (given.name.upper() != column.name.upper() or bool(given.table and column.table))
    return bare and apart


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
