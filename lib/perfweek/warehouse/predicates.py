"""Reading a WHERE: the ranges of columns by which partitions can be left unread.

Read are comparisons of a column with constants, BETWEEN, IN, the beginning of a text (`like 'x%'`), and the day or another unit of a time
(`to_date(t)`, `date_trunc`), joined by AND, OR and NOT. Both engines leave partitions unread by these; what is not read restricts nothing.
"""

import math
import re
from collections.abc import Callable, Mapping

import pandas as pd
from sqlglot import exp

from perfweek.warehouse.conditions import ANYTHING, NOTHING, Condition, Range, Value, Within, both, either
from perfweek.warehouse.constants import UNKNOWN, constant, is_constant

Values = Mapping[str, Value]
_LAST = "\U0010ffff"
_MOST_LISTED = 1000
_UNITS = {"DAY": "D", "HOUR": "h", "MINUTE": "min", "SECOND": "s", "WEEK": "W", "MONTH": "M", "QUARTER": "Q", "YEAR": "Y"}


def read_where(node: exp.Expr, values: Values) -> Condition:
    """What a WHERE asks, with these values for its parameters."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        return both(read_where(node.left, values), read_where(node.right, values))
    if isinstance(node, exp.Or):
        return either(read_where(node.left, values), read_where(node.right, values))
    if isinstance(node, exp.Boolean):
        return ANYTHING if node.this else NOTHING
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null) and is_constant(node.this):
        return ANYTHING if constant(node.this, values) is None else NOTHING
    reader = next((reader for kind, reader in _READERS.items() if isinstance(node, kind)), None)
    return reader(node, values) if reader else ANYTHING


def column_name(node: exp.Expr) -> str:
    """The name of a bare column; '' for anything else."""
    return node.name.lower() if isinstance(node, exp.Column) else ""


def _compare(node: exp.Expr, values: Values) -> Condition:
    """column = constant and the like, either way round."""
    left, right, kind = node.this, node.expression, type(node)
    if is_constant(left):
        left, right, kind = right, left, _MIRRORED[kind]
    if not is_constant(right):
        return ANYTHING
    value = constant(right, values)
    if value is None:
        return NOTHING  # nothing compares with null
    unit = "" if isinstance(left, exp.Column) else _unit_of(left)
    column = column_name(left.this if unit and isinstance(left.this, exp.Expr) else left)
    if not column or (isinstance(value, float) and math.isnan(value)):
        return ANYTHING
    if unit:
        return _of_unit(column, kind, value, unit)
    low = value if kind in (exp.EQ, exp.GT, exp.GTE) else None
    high = value if kind in (exp.EQ, exp.LT, exp.LTE) else None
    return Within(column, Range(low, high, kind is exp.GT, kind is exp.LT))


def _unit_of(node: exp.Expr) -> str:
    """The unit that an expression cuts a time column to: pandas' letter, '' for another expression."""
    if isinstance(node, (exp.TsOrDsToDate, exp.Date)) or (isinstance(node, exp.Cast) and node.is_type("date")):
        return "D" if isinstance(node.this, exp.Column) else ""
    if isinstance(node, (exp.DateTrunc, exp.TimestampTrunc)) and isinstance(node.this, exp.Column):
        return _UNITS.get(node.text("unit").upper(), "")
    return ""


def _of_unit(column: str, kind: type[exp.Expr], value: Value, unit: str) -> Condition:
    """The times whose day (or other unit) compares with a value: from the beginning of its unit to the beginning of the next."""
    time = pd.to_datetime(str(value), errors="coerce")
    if pd.isna(time):
        return ANYTHING
    period = pd.Period(time, unit)
    begin, next_one = str(period.start_time), str((period + 1).start_time)
    if kind is exp.EQ:
        return Within(column, Range(begin, next_one, below=True))
    if kind in (exp.GT, exp.GTE):
        return Within(column, Range(next_one if kind is exp.GT else begin, None))
    at_begin = time == period.start_time and kind is exp.LT
    return Within(column, Range(None, begin if at_begin else next_one, below=True))


def _between(node: exp.Expr, values: Values) -> Condition:
    low = exp.GTE(this=node.this, expression=node.args["low"])
    high = exp.LTE(this=node.this, expression=node.args["high"])
    return both(_compare(low, values), _compare(high, values))


def _in(node: exp.Expr, values: Values) -> Condition:
    if not node.expressions or len(node.expressions) > _MOST_LISTED:
        return ANYTHING
    return either(*(_compare(exp.EQ(this=node.this, expression=one), values) for one in node.expressions))


def _not(node: exp.Expr, values: Values) -> Condition:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if type(inner) in _NEGATED:
        return _compare(_NEGATED[type(inner)](this=inner.this, expression=inner.expression), values)
    return ANYTHING


def _like(node: exp.Expr, values: Values) -> Condition:
    """`like` without a wildcard but at the end, which may be `%`."""
    pattern = constant(node.expression, values) if is_constant(node.expression) else UNKNOWN
    column = column_name(node.this)
    if pattern is None:
        return NOTHING
    if not column or not isinstance(pattern, str) or "\\" in pattern:
        return ANYTHING
    begin = re.split(r"[%_]", pattern, maxsplit=1)[0]
    return _beginning(column, begin) if begin else ANYTHING


def _starts_with(node: exp.Expr, values: Values) -> Condition:
    begin = constant(node.expression, values) if is_constant(node.expression) else UNKNOWN
    column = column_name(node.this)
    if begin is None:
        return NOTHING
    return _beginning(column, begin) if column and isinstance(begin, str) and begin else ANYTHING


def _beginning(column: str, begin: str) -> Condition:
    return Within(column, Range(begin, begin + _LAST))


_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.EQ: exp.EQ, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}
_NEGATED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LTE, exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT}
_READERS: dict[type[exp.Expr], Callable[[exp.Expr, Values], Condition]] = {
    **dict.fromkeys(_MIRRORED, _compare),
    exp.Between: _between,
    exp.In: _in,
    exp.Not: _not,
    exp.Like: _like,
    exp.StartsWith: _starts_with,
}
