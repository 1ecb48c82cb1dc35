"""What a WHERE asks of a table, as a tree of ranges: a partition is left unread where its least and greatest values make the tree false.

What restricts nothing, or cannot be read, is ANYTHING: it overstates what is scanned and never understates it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | float | bool | None


@dataclass(frozen=True)
class Range:
    """Values from `low` to `high`, None for no bound; both ends are included unless `above` and `below` say that values lie strictly between."""

    low: Value = None
    high: Value = None
    above: bool = False
    below: bool = False


@dataclass(frozen=True)
class Within:
    """A column (lower case) whose value lies in a range."""

    column: str
    range: Range


@dataclass(frozen=True)
class All:
    """Every part holds; without parts: anything."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True)
class Some:
    """At least one part holds; without parts: nothing."""

    parts: tuple["Condition", ...] = ()


Condition = Within | All | Some
ANYTHING, NOTHING = All(), Some()


@dataclass(frozen=True)
class Restriction:
    """What a statement asks of one table. `order` is the column that rows are asked for in order of, `descending`, when only the first
    `limit` are wanted."""

    condition: Condition = field(default_factory=All)
    order: str = ""
    descending: bool = False
    limit: int = 0

    @property
    def ranges(self) -> Mapping[str, Range]:
        """By column, the smallest range that holds all values that can match."""
        return hull(self.condition) or {}

    @property
    def never(self) -> bool:
        """No row can match."""
        return hull(self.condition) is None


def both(*parts: Condition) -> Condition:
    """All of the parts hold."""
    wanted = [part for part in _flat(parts, All) if part != ANYTHING]
    if NOTHING in wanted:
        return NOTHING
    return wanted[0] if len(wanted) == 1 else All(tuple(wanted))


def either(*parts: Condition) -> Condition:
    """At least one of the parts holds."""
    wanted = [part for part in _flat(parts, Some) if part != NOTHING]
    if ANYTHING in wanted:
        return ANYTHING
    return wanted[0] if len(wanted) == 1 else Some(tuple(wanted))


def hull(condition: Condition) -> dict[str, Range] | None:
    """Column -> the range outside of which no row matches; None where no row can match at all."""
    if isinstance(condition, Within):
        return {condition.column: condition.range}
    parts = [hull(part) for part in condition.parts]
    if isinstance(condition, Some):
        return _union([part for part in parts if part is not None])
    if any(part is None for part in parts):
        return None
    found: dict[str, Range] = {}
    for part in parts:
        for column, extra in (part or {}).items():
            found[column] = _intersection(found[column], extra) if column in found else extra
    return found


def leaves(condition: Condition) -> list[Within]:
    """Every range of the tree."""
    return [condition] if isinstance(condition, Within) else [leaf for part in condition.parts for leaf in leaves(part)]


def _flat(parts: Iterable[Condition], kind: type[All] | type[Some]) -> list[Condition]:
    return [one for part in parts for one in (part.parts if isinstance(part, kind) and part.parts else (part,))]


def _union(parts: list[dict[str, Range]]) -> dict[str, Range] | None:
    if not parts:
        return None
    shared = set(parts[0]).intersection(*parts[1:])
    return {column: _around([part[column] for part in parts]) for column in parts[0] if column in shared}


def _around(ranges: list[Range]) -> Range:
    low = ranges[0].low if len(ranges) == 1 else _end([one.low for one in ranges], min)
    high = ranges[0].high if len(ranges) == 1 else _end([one.high for one in ranges], max)
    above = low is not None and all(one.above for one in ranges if one.low == low)
    below = high is not None and all(one.below for one in ranges if one.high == high)
    return Range(low, high, above, below)


def _intersection(one: Range, other: Range) -> Range:
    low, high = _inner(one.low, other.low, max), _inner(one.high, other.high, min)
    above = any(part.above for part in (one, other) if low is not None and part.low == low)
    below = any(part.below for part in (one, other) if high is not None and part.high == high)
    return Range(low, high, above, below)


def _inner(one: Value, other: Value, choose: Callable[..., Any]) -> Value:
    if one is None or other is None:
        return other if one is None else one
    return one if isinstance(one, str) != isinstance(other, str) else choose(one, other)


def _end(values: list[Value], choose: Callable[..., Any]) -> Value:
    """No end where one of them has none, or where they are of different kinds."""
    if any(value is None for value in values) or len({isinstance(value, str) for value in values}) > 1:
        return None
    return choose(values)
