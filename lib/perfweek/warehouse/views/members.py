"""A template's block as a candidate: which of its conditions are the same in every run, and by what terms the others choose rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pandas as pd
from sqlglot import exp

from perfweek.warehouse.constants import constant, is_constant
from perfweek.warehouse.views.blocks import Block, block_at
from perfweek.warehouse.views.legality import in_session_zone
from perfweek.warehouse.views.reading import Template

Unit = Literal["day", "month", "year"]
UNITS: tuple[Unit, ...] = ("day", "month", "year")
_FROM, _BEFORE = (exp.GTE,), (exp.LT,)


@dataclass(frozen=True)
class Member:
    """One block of a template. `types`: Snowflake types of its columns by exact name."""

    template: Template
    place: int
    types: tuple[tuple[str, str], ...] = ()

    @cached_property
    def block(self) -> Block:
        """With markers where the text has them, else that of a run."""
        marked = block_at(self.template.marked, self.place)
        return marked if marked.select.find(exp.Placeholder) else self.runs[0]

    @cached_property
    def runs(self) -> tuple[Block, ...]:
        """The block with the values of each run that has the most common form: now and then a value makes two conditions one."""
        found = [block_at(run.qualified, self.place) for run in self.template.runs]
        common = Counter(_form(one) for one in found).most_common(1)[0][0]
        return tuple(one for one in found if _form(one) == common)

    @cached_property
    def like_minded(self) -> bool:
        """Whether most runs read the same tables by the same joins, keys and aggregates, under as many conditions."""
        return 2 * len(self.runs) > len(self.template.runs) and len(self.block.conditions) == len(self.runs[0].conditions)

    @cached_property
    def fixed(self) -> tuple[exp.Expr, ...]:
        """The conditions that are the same in every run."""
        return tuple(condition for place, condition in enumerate(self.block.conditions) if self.is_fixed(place))

    def is_fixed(self, place: int) -> bool:
        """Of the condition at this place among the block's; a marker makes it vary, whatever was bound to it."""
        if self.block.conditions[place].find(exp.Placeholder):
            return False
        return len({run.conditions[place].sql("snowflake") for run in self.runs}) == 1

    def terms(self, place: int) -> tuple[exp.Expr, ...]:
        """The expressions that the condition compares: whole where no run writes them otherwise, else their columns."""
        forms = [list(operands(run.conditions[place])) for run in (self.block, *self.runs)]
        if len({len(form) for form in forms}) != 1:
            return tuple(self.block.conditions[place].find_all(exp.Column))
        found: list[exp.Expr] = []
        for same in zip(*forms, strict=True):
            whole = len(_texts(same)) == 1 and not same[0].find(exp.Placeholder)
            found += [same[0]] if whole else list(same[0].find_all(exp.Column))
        return tuple(found)

    def cut(self, place: int) -> tuple[exp.Column, Unit] | None:
        """The column of times that the condition cuts at the beginning of a day, month or year in every run, and the largest such unit; None
        where there is none: then the time itself decides."""
        found = [cut_of(run.conditions[place]) for run in self.runs]
        if not found or None in found:
            return None
        column = found[0][0]  # type: ignore[index]
        kind = dict(self.types).get(column.name, "").upper()
        plain = kind.startswith(("TIMESTAMP", "DATETIME")) and not in_session_zone(kind)
        unit = min((one[1] for one in found if one), key=UNITS.index)
        return (column, unit) if plain or (kind.startswith("DATE") and unit != "day") else None


def operands(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The sides of comparisons that have columns; a function that is a condition itself is one."""
    node = condition.unnest()
    if isinstance(node, (exp.And, exp.Or)):
        yield from operands(node.left)
        yield from operands(node.right)
    elif isinstance(node, exp.Not):
        yield from operands(node.this)
    elif isinstance(node, (exp.In, exp.Between)):
        yield from _with_columns([node.this, *node.expressions, node.args.get("low"), node.args.get("high")])
    elif isinstance(node, (exp.Binary, exp.Is)) and isinstance(node, exp.Predicate):
        yield from _with_columns([node.this, node.expression])
    else:
        yield from _with_columns([node])


def bound_of(condition: exp.Expr) -> tuple[exp.Column, exp.Expr] | None:
    """The column and the constant of `column >= constant` and `column < constant`, either way round: at the beginning of a unit, the unit decides."""
    node = condition.unnest()
    mirrored = {exp.LTE: exp.GTE, exp.GT: exp.LT}
    if isinstance(node, (*_FROM, *_BEFORE)) and isinstance(node.this, exp.Column) and is_constant(node.expression):
        return node.this, node.expression
    if type(node) in mirrored and isinstance(node.expression, exp.Column) and is_constant(node.this):
        return node.expression, node.this
    return None


def cut_of(condition: exp.Expr) -> tuple[exp.Column, Unit] | None:
    """The column of such a condition, and the largest unit that its constant begins."""
    found = bound_of(condition)
    value = constant(found[1], {}) if found else None
    time = pd.to_datetime(value, errors="coerce") if isinstance(value, str) else pd.NaT
    if not found or pd.isna(time) or time.tzinfo is not None or time != time.normalize():
        return None
    return found[0], "day" if time.day != 1 else "month" if time.month != 1 else "year"


def cut_to(column: exp.Column, unit: Unit) -> exp.Expr:
    """The expression that keeps a column's day, month or year."""
    if unit == "day":
        return exp.cast(column.copy(), "date")
    return exp.maybe_parse(f"date_trunc('{unit}', {column.sql('snowflake')})", dialect="snowflake")


def _with_columns(nodes: list[exp.Expr | None]) -> Iterator[exp.Expr]:
    yield from (node.unnest() for node in nodes if node is not None and node.find(exp.Column))


def _form(block: Block) -> tuple[object, ...]:
    return block.source, _texts(block.keys), _texts(block.aggregates), len(block.conditions)


def _texts(nodes: tuple[exp.Expr, ...]) -> frozenset[str]:
    return frozenset(node.sql("snowflake") for node in nodes)
