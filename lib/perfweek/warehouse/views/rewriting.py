"""A statement that reads a view instead of its tables."""

from sqlglot import exp

from perfweek.warehouse.names import quoted_table
from perfweek.warehouse.views.blocks import Block, block_at, conjuncts
from perfweek.warehouse.views.definition import View
from perfweek.warehouse.views.measures import recipe_of
from perfweek.warehouse.views.members import UNITS, bound_of, cut_of, cut_to
from perfweek.warehouse.views.subsumption import implies

_ALIAS = "v"
"""Columns are written with it: Snowflake would take a bare `sum_x` in HAVING for the alias of that name."""


class CannotAnswer(Exception):
    """Why a view does not answer a statement."""


def rewritten(query: exp.Query, place: int, view: View) -> exp.Query:
    """The query with the block at `place` read from the view; the names and the order of its columns stay. Raises CannotAnswer."""
    block = block_at(query, place)
    missing = [one for one in view.where if not implies(block.conditions, one)]
    if missing:
        raise CannotAnswer(f"it asks for rows that the view leaves out: not only those with {missing[0].sql('snowflake')}")
    select = _from_view(block, view)
    copy = query.copy()
    old = list(copy.find_all(exp.Select))[place]
    if old is copy:
        return select
    old.replace(select)
    return copy


def _from_view(block: Block, view: View) -> exp.Select:
    select = block.select.copy()
    names = {one.alias for one in select.expressions}
    where = [_condition(one, view) for one in block.conditions if not implies(view.where, one)]
    expressions = [exp.alias_(_mapped(one.unalias(), view), one.alias_or_name) for one in select.expressions]
    select.set("expressions", expressions)
    select.set("joins", None)
    select.set("where", None)
    select = select.from_(exp.alias_(quoted_table(view.parts), _ALIAS, table=True))
    select = select.where(*where) if where else select
    for part in ("group", "having", "order"):
        node = select.args.get(part)
        if node is not None:
            node.set("expressions", [_mapped(one, view) for one in node.expressions]) if part != "having" else node.set(
                "this", _mapped(node.this, view)
            )
    _only_the_views(select, names)
    return select


def _mapped(node: exp.Expr, view: View) -> exp.Expr:
    """The expression in columns of the view: aggregates by their recipes, keys by their names."""
    keys = {key.holds.sql("snowflake"): key.name for key in view.keys}
    stored = {measure.holds.sql("snowflake"): measure.name for measure in view.measures}

    def replace(one: exp.Expr) -> exp.Expr:
        if isinstance(one, exp.AggFunc):
            recipe = recipe_of(one)
            kept = [stored.get(part.sql("snowflake")) for part in recipe.stored(one)]
            if None in kept:
                raise CannotAnswer(f"the view does not keep {one.sql('snowflake')}")
            again = recipe.again([exp.column(name, _ALIAS) for name in kept if name])
            return exp.paren(again) if isinstance(again, exp.Binary) and isinstance(one.parent, exp.Binary) else again
        name = keys.get(one.sql("snowflake")) if not isinstance(one, (exp.Literal, exp.Identifier)) else None
        return exp.column(name, _ALIAS) if name else one

    return _top_down(node.copy(), replace)


def _top_down(node: exp.Expr, replace: object) -> exp.Expr:
    new = replace(node)  # type: ignore[operator]
    if new is not node:
        return new
    for child in list(node.iter_expressions()):
        changed = _top_down(child, replace)
        if changed is not child:
            child.replace(changed)
    return node


def _condition(condition: exp.Expr, view: View) -> exp.Expr:
    """The condition on the view's columns; where a unit of a time is kept, a constant that begins the unit cuts it at the same place."""
    bound = bound_of(condition)
    unit = view.cuts.get(bound[0].sql("snowflake")) if bound else None
    if bound is None or unit is None:
        return exp.and_(*(_mapped(part, view) for part in conjuncts(condition)))
    begun = cut_of(condition)
    if begun is None and not bound[1].find(exp.Placeholder):
        raise CannotAnswer(f"{condition.sql('snowflake')} does not cut at the beginning of a {unit}")
    if begun is not None and UNITS.index(begun[1]) < UNITS.index(unit):
        raise CannotAnswer(f"{condition.sql('snowflake')} does not cut at the beginning of a {unit}")
    kind = exp.GTE if isinstance(condition.unnest(), (exp.GTE, exp.LTE)) else exp.LT
    return kind(this=_mapped(cut_to(bound[0], unit), view), expression=exp.cast(bound[1].copy(), "date"))


def _only_the_views(select: exp.Select, names: set[str]) -> None:
    """Nothing of the tables may be left; ORDER BY may name a column of the result."""
    left = [column for column in select.find_all(exp.Column) if column.table != _ALIAS and column.name not in names]
    if left:
        raise CannotAnswer(f"the view does not keep {left[0].sql('snowflake')}")
