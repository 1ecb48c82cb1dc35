"""Blocks of scan, filter and group: the parts of a statement that could be computed once and kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp


@dataclass(frozen=True)
class Block:
    """A SELECT that groups or adds up rows of tables. `place`: which SELECT of its statement it is; `conditions`: those of its WHERE that all
    must hold; `keys`: what it groups by; `aggregates`: each different one, those of HAVING and ORDER BY too. Columns are named without
    their table where there is one table alone."""

    place: int
    select: exp.Select

    @cached_property
    def tables(self) -> tuple[exp.Table, ...]:
        return tuple(table for table in self.select.find_all(exp.Table) if table.name)

    @cached_property
    def conditions(self) -> tuple[exp.Expr, ...]:
        where = self.select.args.get("where")
        return tuple(conjuncts(where.this)) if where else ()

    @cached_property
    def keys(self) -> tuple[exp.Expr, ...]:
        group = self.select.args.get("group")
        return unique(group.expressions) if group else ()

    @cached_property
    def aggregates(self) -> tuple[exp.AggFunc, ...]:
        return tuple(one for one in unique(self.select.find_all(exp.AggFunc)) if isinstance(one, exp.AggFunc))

    @cached_property
    def source(self) -> str:
        """FROM with its joins: blocks that share it read the same rows."""
        return read_from(self.select).sql("snowflake")


def blocks_of(query: exp.Query) -> list[Block]:
    """One for each SELECT of the statement that groups or adds up rows of tables, not of what the statement defines itself by WITH."""
    defined = {cte.alias_or_name for cte in query.find_all(exp.CTE)}
    selects = [(place, one) for place, one in enumerate(query.find_all(exp.Select)) if one.args.get("group") or _adds_up(one)]
    found = [Block(place, _own(select)) for place, select in selects]
    return [one for one in found if not any(not table.db and table.name in defined for table in one.tables)]


def block_at(query: exp.Query, place: int) -> Block:
    """The block of another statement of the same template."""
    return Block(place, _own(list(query.find_all(exp.Select))[place]))


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that ANDs join; what all branches of an OR ask is asked on its own."""
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from conjuncts(inner.left)
        yield from conjuncts(inner.right)
    elif isinstance(inner, exp.Or):
        yield from _factored(inner)
    else:
        yield inner


def disjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The branches of an OR."""
    inner = node.unnest()
    if isinstance(inner, exp.Or):
        yield from disjuncts(inner.left)
        yield from disjuncts(inner.right)
    else:
        yield inner


def unique(nodes: Iterator[exp.Expr] | list[exp.Expr]) -> tuple[exp.Expr, ...]:
    """The first of those that are written alike."""
    return tuple({node.sql("snowflake"): node for node in reversed(list(nodes))}.values())[::-1]


def read_from(select: exp.Select) -> exp.Select:
    """`select 1 from ...` with the joins and nothing else."""
    bare = exp.select("1")
    for name in ("from_", "joins"):
        part = select.args.get(name)
        if part:
            bare.set(name, [one.copy() for one in part] if isinstance(part, list) else part.copy())
    return bare


def _factored(either: exp.Or) -> Iterator[exp.Expr]:
    branches = [list(conjuncts(branch)) for branch in disjuncts(either)]
    shared = set.intersection(*({part.sql("snowflake") for part in branch} for branch in branches))
    if not shared:
        yield either
        return
    yield from (part for part in branches[0] if part.sql("snowflake") in shared)
    rest = [[part for part in branch if part.sql("snowflake") not in shared] for branch in branches]
    if all(rest):
        yield exp.or_(*(exp.and_(*parts) for parts in rest))


def _adds_up(select: exp.Select) -> bool:
    """Whether a SELECT without GROUP BY gives one row of aggregates."""
    return any(one.find_ancestor(exp.Select) is select and not one.find_ancestor(exp.Window) for one in select.find_all(exp.AggFunc))


def _own(select: exp.Select) -> exp.Select:
    """A copy that stands alone, its columns without the name of its only table."""
    copy = select.copy()
    names = [table.alias_or_name for table in copy.find_all(exp.Table)]
    if len(names) == 1:
        for column in copy.find_all(exp.Column):
            if column.table == names[0]:
                for part in ("table", "db", "catalog"):
                    column.set(part, None)
    return copy
