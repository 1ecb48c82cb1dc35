"""A function around a filter's column: the engine knows the least and greatest value of the column in each partition, not of what a function
makes of it. The same rows are those of a range of the bare column."""

from collections.abc import Iterator

import pandas as pd
from sqlglot import exp

from perfweek.warehouse.constants import constant, is_constant
from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables, known_columns
from perfweek.warehouse.rewrites.unread import unread_share
from perfweek.warehouse.views.blocks import conjuncts, unique
from perfweek.warehouse.views.legality import in_session_zone
from perfweek.warehouse.views.reading import Template

_COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.EQ: exp.EQ, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}


def function_on_filter(template: Template, tables: Tables) -> Iterator[Suggestion]:
    """One for each filter that compares a function of a column with a constant."""
    types = known_columns(template, tables)
    for condition in unique(_filters(template.runs[0].tree)):
        function, column = _function_of(condition)
        if function is None or column is None:
            continue
        shown = condition.sql("snowflake").lower()
        if as_range(condition, types) is not None:
            share, because = unread_share(template, column.name, tables)
            yield Suggestion(
                "function on a filter's column",
                f"{shown} hides the values of {column.name.lower()} from pruning",
                "write it as a range of the bare column",
                lambda query: with_ranges(query, types),
                likely=share,
                because=because,
            )
        else:
            yield Suggestion(
                "function on a filter's column",
                f"{shown} hides the values of {column.name.lower()} from pruning",
                _advice(function, column, types),
                because="how many partitions another form would leave unread cannot be told",
            )


def with_ranges(query: exp.Query, types: dict[str, str]) -> exp.Query | None:
    """A copy with every such filter as a range; None where none can be."""
    copy = query.copy()
    found = [(condition, as_range(condition, types)) for condition in _filters(copy)]
    changed = [(condition, new) for condition, new in found if new is not None]
    for condition, new in changed:
        condition.replace(new)
    return copy if changed else None


def as_range(condition: exp.Expr, types: dict[str, str]) -> exp.Expr | None:
    """The condition on the bare column that the same rows meet; None where there is none that is surely right."""
    node = condition.unnest()
    if not isinstance(node, _COMPARED):
        return None
    function, value, kind = node.this, node.expression, type(node)
    if is_constant(function):
        function, value, kind = value, function, _MIRRORED[kind]  # type: ignore[assignment]
    unit, column = _unit_and_column(function)
    stored = types.get(column.name.upper(), "") if column is not None else ""
    if column is None or not is_constant(value) or value.find(exp.Placeholder) is not None:
        return _prefix(function, value, kind)
    if not stored.upper().startswith(("TIMESTAMP", "DATE")) or in_session_zone(stored):
        return _prefix(function, value, kind)
    return _range(column, unit, value, kind)


def _range(column: exp.Column, unit: str, value: exp.Expr, kind: type[exp.Expr]) -> exp.Expr | None:
    """From the beginning of the value's unit to the beginning of the next."""
    start = _start(unit, value)
    if start is None:
        return None
    begin, after = (_moment(unit, time) for time in (start, start + _STEPS[unit]))
    if kind is exp.EQ:
        return exp.and_(exp.GTE(this=column.copy(), expression=begin), exp.LT(this=column.copy(), expression=after), wrap=False)
    end = {exp.GTE: (exp.GTE, begin), exp.GT: (exp.GTE, after), exp.LT: (exp.LT, begin), exp.LTE: (exp.LT, after)}
    comparison, bound = end[kind]  # type: ignore[index]
    return comparison(this=column.copy(), expression=bound)


def _moment(unit: str, time: pd.Timestamp) -> exp.Expr:
    if unit in ("hour", "minute"):
        return exp.cast(exp.Literal.string(str(time)), "timestamp")
    return exp.cast(exp.Literal.string(str(time.date())), "date")


_STEPS = {
    "minute": pd.DateOffset(minutes=1),
    "hour": pd.DateOffset(hours=1),
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
    "quarter": pd.DateOffset(months=3),
    "year": pd.DateOffset(years=1),
}


def _start(unit: str, value: exp.Expr) -> pd.Timestamp | None:
    """The value as the beginning of a unit; None where it is none: then no unit equals it, and ranges would need care."""
    found = constant(value, {})
    if unit == "year" and isinstance(found, float):
        return pd.Timestamp(year=int(found), month=1, day=1) if found == int(found) and 1 <= found <= 9998 else None
    time = pd.to_datetime(found, errors="coerce") if isinstance(found, str) else pd.NaT
    if pd.isna(time) or time.tzinfo is not None:
        return None
    letter = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y", "hour": "h", "minute": "min"}[unit]
    return time if pd.Period(time, letter).start_time == time else None


def _unit_and_column(node: exp.Expr) -> tuple[str, exp.Column | None]:
    """to_date(c), cast(c as date), date_trunc(unit, c), year(c), extract(year from c)."""
    inner = node.unnest()
    column = inner.this if isinstance(inner, exp.Expr) and isinstance(inner.this, exp.Column) else None
    if isinstance(inner, (exp.TsOrDsToDate, exp.Date)) or (isinstance(inner, exp.Cast) and inner.is_type("date")):
        return "day", column
    if isinstance(inner, (exp.DateTrunc, exp.TimestampTrunc)) and inner.text("unit").lower() in _STEPS:
        return inner.text("unit").lower(), column
    if isinstance(inner, exp.Year):
        held = inner.this
        return "year", held if isinstance(held, exp.Column) else held.this if isinstance(held.this, exp.Column) else None
    if isinstance(inner, exp.Extract) and inner.name.upper() == "YEAR" and isinstance(inner.expression, exp.Column):
        return "year", inner.expression
    return "", None


def _prefix(function: exp.Expr, value: exp.Expr, kind: type[exp.Expr]) -> exp.Expr | None:
    """`left(x, 3) = 'abc'` is `startswith(x, 'abc')`, where the text is as long as what is compared."""
    length = _length_of_prefix(function.unnest())
    text = value.unnest()
    if kind is not exp.EQ or not length or not isinstance(text, exp.Literal) or not text.is_string or len(text.this) != length:
        return None
    return exp.StartsWith(this=function.unnest().this.copy(), expression=text.copy())


def _length_of_prefix(node: exp.Expr) -> int:
    if not isinstance(node.this, exp.Column):
        return 0
    if isinstance(node, exp.Left) and isinstance(node.expression, exp.Literal):
        return int(node.expression.this) if node.expression.this.isdigit() else 0
    if isinstance(node, exp.Substring) and node.text("start") == "1" and node.text("length").isdigit():
        return int(node.text("length"))
    return 0


def _filters(query: exp.Query) -> list[exp.Expr]:
    """Every condition of every WHERE that all must hold, in place."""
    return [part for where in query.find_all(exp.Where) for part in conjuncts(where.this) if part.find_ancestor(exp.Where) is where]


def _function_of(condition: exp.Expr) -> tuple[exp.Expr | None, exp.Column | None]:
    """The function around a column that is compared with a constant."""
    node = condition.unnest()
    if not isinstance(node, (*_COMPARED, exp.In, exp.Like)) or node.args.get("query"):
        return None, None
    sides = [node.this.unnest(), *([node.expression.unnest()] if isinstance(node.args.get("expression"), exp.Expr) else [])]
    functions = [side for side in sides if isinstance(side, (exp.Func, exp.Cast, exp.Binary)) and side.find(exp.Column) and not side.find(exp.Query)]
    others = [side for side in sides if side not in functions]
    if len(functions) != 1 or any(side.find(exp.Column, exp.Query) for side in others) or functions[0].find(exp.AggFunc):
        return None, None
    columns = list(functions[0].find_all(exp.Column))
    return (functions[0], columns[0]) if len(columns) == 1 else (None, None)


def _advice(function: exp.Expr, column: exp.Column, types: dict[str, str]) -> str:
    name = column.name.lower()
    if isinstance(function, (exp.Upper, exp.Lower)):
        return f"a range cannot say it: store {name} in one case, or compare it with the spellings that occur"
    if isinstance(function, exp.Binary):
        return f"move the arithmetic to the constant's side, so that {name} stands alone; the bounds of its type decide whether that is the same"
    if in_session_zone(types.get(column.name.upper(), "")):
        return f"the day of {name} depends on the session's time zone: write the range with the zone that is meant"
    return f"compare {name} itself; where the text is made from a value bound later, write the range with that value"
