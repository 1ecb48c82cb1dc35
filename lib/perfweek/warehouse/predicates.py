"""What a statement's WHERE asks of each column of a table: the ranges by which partitions can be left unread.

A warehouse leaves a partition unread where the least and the greatest value of a column show that no row can match. So
of a WHERE only this counts: conditions joined by `and` that compare a bare column with constants. What this module
cannot read restricts nothing: it overstates what is scanned, never understates it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

Value = str | float | bool | None


@dataclass(frozen=True)
class Range:
    """Values of one column that can match: from `low` to `high`, both included; None for no bound."""

    low: Value = None
    high: Value = None


@dataclass(frozen=True)
class Restriction:
    """What a statement asks of one table: ranges by column (lower case); `never` where no row can match.

    `order` is the column that rows are asked for in order of, `descending`, when only the first `limit` are wanted.
    """

    ranges: Mapping[str, Range]
    never: bool = False
    order: str = ""
    descending: bool = False
    limit: int = 0


ANYTHING = Restriction({})
NOTHING = Restriction({}, never=True)


def read_where(node: exp.Expr, values: Mapping[str, Value]) -> Restriction:
    """The ranges that a WHERE leaves, with these values for its parameters."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        return _both(read_where(node.left, values), read_where(node.right, values))
    if isinstance(node, exp.Or):
        return _either(read_where(node.left, values), read_where(node.right, values))
    if isinstance(node, exp.Boolean):
        return ANYTHING if node.this else NOTHING
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null) and is_constant(node.this):
        return ANYTHING if constant(node.this, values) is None else NOTHING
    reader = next((reader for kind, reader in _READERS.items() if isinstance(node, kind)), None)
    return reader(node, values) if reader else ANYTHING


def _compare(node: exp.Expr, values: Mapping[str, Value]) -> Restriction:
    """column = constant and the like, either way round."""
    left, right, kind = node.this, node.expression, type(node)
    if is_constant(left):
        left, right, kind = right, left, _MIRRORED[kind]
    column = column_name(left)
    if not is_constant(right):
        return ANYTHING
    value = constant(right, values)
    if value is None:
        return NOTHING  # nothing compares with null
    if not column or value is UNKNOWN:
        return ANYTHING
    low = value if kind in (exp.EQ, exp.GT, exp.GTE) else None
    high = value if kind in (exp.EQ, exp.LT, exp.LTE) else None
    return Restriction({column: Range(low, high)})


def _between(node: exp.Expr, values: Mapping[str, Value]) -> Restriction:
    low = exp.GTE(this=node.this, expression=node.args["low"])
    high = exp.LTE(this=node.this, expression=node.args["high"])
    return _both(_compare(low, values), _compare(high, values))


def _in(node: exp.Expr, values: Mapping[str, Value]) -> Restriction:
    """The hull of the listed values."""
    if not node.expressions:
        return ANYTHING
    found = NOTHING
    for one in node.expressions:
        found = _either(found, _compare(exp.EQ(this=node.this, expression=one), values))
    return found


def _both(left: Restriction, right: Restriction) -> Restriction:
    if left.never or right.never:
        return NOTHING
    ranges = dict(left.ranges)
    for column, extra in right.ranges.items():
        known = ranges.get(column, Range())
        ranges[column] = Range(_outer(known.low, extra.low, max), _outer(known.high, extra.high, min))
    return Restriction(ranges)


def _either(left: Restriction, right: Restriction) -> Restriction:
    if left.never or right.never:
        return right if left.never else left
    shared = {}
    for column in left.ranges.keys() & right.ranges.keys():
        one, other = left.ranges[column], right.ranges[column]
        low = None if one.low is None or other.low is None else _outer(one.low, other.low, min)
        high = None if one.high is None or other.high is None else _outer(one.high, other.high, max)
        shared[column] = Range(low, high)
    return Restriction(shared)


def _outer(one: Value, other: Value, choose: Callable[..., Any]) -> Value:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, str) != isinstance(other, str):
        return one
    return choose(one, other)


def column_name(node: exp.Expr) -> str:
    """The name of a bare column; an expression over it cannot be held against the column's least and greatest value."""
    return node.name.lower() if isinstance(node, exp.Column) else ""


UNKNOWN = math.nan


def is_constant(node: exp.Expr) -> bool:
    return node.find(exp.Column) is None and node.find(exp.Query) is None


def constant(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    """The value of a literal, a bound parameter, a cast of one, or a sum of numbers; UNKNOWN for anything else that has to be computed."""
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else float(node.this)
    if isinstance(node, exp.Placeholder):
        return values.get(str(node.this), UNKNOWN)
    if isinstance(node, (exp.Cast, exp.Paren, exp.TsOrDsToDate, exp.Date)) and isinstance(node.this, exp.Expr):
        return constant(node.this, values)
    return _sum(node, values)


def _sum(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    if isinstance(node, exp.Neg):
        return _computed(lambda value, _: -value, node.this, node.this, values)
    if isinstance(node, (exp.Add, exp.Sub)):
        return _computed(float.__add__ if isinstance(node, exp.Add) else float.__sub__, node.this, node.expression, values)
    return UNKNOWN


def _computed(function: Callable[[float, float], float], left: exp.Expr, right: exp.Expr, values: Mapping[str, Value]) -> Value:
    first, second = constant(left, values), constant(right, values)
    return function(first, second) if isinstance(first, float) and isinstance(second, float) else UNKNOWN


_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.EQ: exp.EQ, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}
_READERS: dict[type[exp.Expr], Callable[[exp.Expr, Mapping[str, Value]], Restriction]] = {
    **dict.fromkeys(_MIRRORED, _compare),
    exp.Between: _between,
    exp.In: _in,
}
