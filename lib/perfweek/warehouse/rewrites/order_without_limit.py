"""ORDER BY without LIMIT sorts every row; within a subquery nobody sees the order."""

from collections.abc import Iterator

from sqlglot import exp

from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables
from perfweek.warehouse.views.reading import Template

MANY_ROWS = 10_000
"""Fewer rows are sorted in no time."""


def order_without_limit(template: Template, _tables: Tables) -> Iterator[Suggestion]:
    """One where an order is not seen, and one where many rows are sorted for the reader."""
    tree = template.runs[0].tree
    if any(_hidden(order) for order in tree.find_all(exp.Order)):
        yield Suggestion(
            "ORDER BY without LIMIT",
            "a subquery is sorted, and what reads it does not keep the order",
            "leave ORDER BY out of the subquery",
            without_hidden_order,
            because="the engine may leave the sort out by itself; what it takes is not in the history",
        )
    rows = template.rows / max(1, template.count)
    if tree.args.get("order") and not _limited(tree) and rows >= MANY_ROWS:
        yield Suggestion(
            "ORDER BY without LIMIT",
            f"{rows:,.0f} rows are sorted for each run, and all of them are sent",
            "ask for a page with LIMIT, or leave the order to the reader: whether it is needed is not in the history",
            because="what the sort takes is not in the history",
        )


def without_hidden_order(query: exp.Query) -> exp.Query | None:
    """A copy without the orders that nobody sees; None where there are none."""
    copy = query.copy()
    hidden = [order for order in copy.find_all(exp.Order) if _hidden(order)]
    for order in hidden:
        if order.parent is not None:
            order.parent.set("order", None)
    return copy if hidden else None


def _hidden(order: exp.Order) -> bool:
    """The order of a query within a query, which neither a limit nor an aggregate over ordered rows makes matter."""
    query = order.parent
    inner = isinstance(query, exp.Query) and isinstance(query.parent, (exp.Subquery, exp.CTE, exp.In, exp.Exists))
    return inner and not _limited(query) and not _order_matters(query)


def _limited(query: exp.Expr | None) -> bool:
    return query is not None and any(query.args.get(part) for part in ("limit", "offset", "fetch"))


def _order_matters(query: exp.Expr | None) -> bool:
    """Whether what reads it limits its rows, or makes other values of them in another order."""
    outer = query.parent_select if query is not None else None
    kinds = (exp.ArrayAgg, exp.GroupConcat, exp.First, exp.Last, exp.Window, exp.AnyValue)
    return outer is None or _limited(outer) or outer.find(*kinds) is not None
