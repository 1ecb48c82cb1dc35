"""The value of an expression without columns: literals, bound parameters, casts, sums, and times moved by an interval."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from sqlglot import exp

from perfweek.warehouse.conditions import Value

UNKNOWN = math.nan
_UNITS = {"YEAR": "years", "MONTH": "months", "WEEK": "weeks", "DAY": "days", "HOUR": "hours", "MINUTE": "minutes", "SECOND": "seconds"}
_TO_DATE = (exp.TsOrDsToDate, exp.Date)


def is_constant(node: exp.Expr) -> bool:
    return node.find(exp.Column) is None and node.find(exp.Query) is None


def constant(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    """The value with these bound parameters; UNKNOWN (NaN) for what the time or a function decides. Times are text."""
    reader = next((reader for kind, reader in _READERS.items() if isinstance(node, kind)), None)
    return reader(node, values) if reader else UNKNOWN


def _literal(node: exp.Expr, _: Mapping[str, Value]) -> Value:
    return node.this if node.is_string else float(node.this)


def _wrapped(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    return constant(node.this, values) if isinstance(node.this, exp.Expr) else UNKNOWN


def _negative(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    return _computed(lambda value, _: -value, node.this, node.this, values)


def _added(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    return _moved(constant(node.this, values), constant(node.expression, values), node.text("unit"), isinstance(node, exp.DateSub))


def _sum(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    right = node.expression
    if isinstance(right, exp.Interval) and isinstance(right.this, exp.Expr):
        count = constant(right.this, values)
        return _moved(constant(node.this, values), count, right.text("unit"), isinstance(node, exp.Sub))
    start, count = constant(node.this, values), constant(right, values)
    if isinstance(start, str) and isinstance(count, float) and isinstance(node, (exp.Add, exp.Sub)) and node.this.find(exp.Cast, *_TO_DATE):
        return _moved(start, count, "DAY", isinstance(node, exp.Sub))  # a date and a number of days
    return _computed(_ARITHMETIC[type(node)], node.this, right, values)


def _by_months(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    """ADD_MONTHS: the last day of a month stays one (docs.snowflake.com/en/sql-reference/functions/add_months)."""
    start = constant(node.this, values)
    moved = _moved(start, constant(node.expression, values), "MONTH", back=False)
    last = isinstance(moved, str) and pd.Timestamp(str(start)).is_month_end
    return str(pd.Timestamp(str(moved)) + pd.offsets.MonthEnd(0)) if last else moved


def _moved(start: Value, count: Value, unit: str, back: bool) -> Value:
    word = _UNITS.get(unit.upper().rstrip("S"))
    time = pd.to_datetime(start, errors="coerce") if isinstance(start, str) else pd.NaT
    try:
        number = int(float(str(count)))
    except (ValueError, OverflowError):
        return UNKNOWN
    if word is None or pd.isna(time):
        return UNKNOWN
    try:
        offset: dict[str, Any] = {word: -number if back else number}
        return str(time + pd.DateOffset(**offset))
    except (OverflowError, pd.errors.OutOfBoundsDatetime):
        return UNKNOWN


def _computed(function: Callable[[float, float], float], left: exp.Expr, right: exp.Expr, values: Mapping[str, Value]) -> Value:
    first, second = constant(left, values), constant(right, values)
    try:
        return function(first, second) if isinstance(first, float) and isinstance(second, float) else UNKNOWN
    except (ZeroDivisionError, OverflowError):
        return UNKNOWN


_ARITHMETIC: dict[type[exp.Expr], Callable[[float, float], float]] = {
    exp.Add: float.__add__,
    exp.Sub: float.__sub__,
    exp.Mul: float.__mul__,
    exp.Div: float.__truediv__,
}


_READERS: dict[type[exp.Expr], Callable[[exp.Expr, Mapping[str, Value]], Value]] = {
    exp.Null: lambda _node, _values: None,
    exp.Literal: _literal,
    exp.Placeholder: lambda node, values: values.get(str(node.this), UNKNOWN),
    **dict.fromkeys((exp.Cast, exp.Paren, *_TO_DATE), _wrapped),
    exp.Neg: _negative,
    exp.AddMonths: _by_months,
    **dict.fromkeys(_ARITHMETIC, _sum),
    **dict.fromkeys((exp.DateAdd, exp.DateSub, exp.TimestampAdd, exp.TsOrDsAdd), _added),
}
