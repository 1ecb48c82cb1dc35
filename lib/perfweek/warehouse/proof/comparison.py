"""Whether two results are the same: names, types, and rows in any order, fractions up to the rounding of sums."""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal

from perfweek.warehouse.proof.engine import Result

TOLERANCE = 1e-9
"""Of a fraction, relative: a sum in another order differs in its last digits."""
MOST_SHOWN = 3
Row = tuple[object, ...]
_WHOLE = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL\(\d+, ?0\)|NUMBER)")


def difference(before: Result, after: Result, unnamed: Collection[int] = ()) -> str:
    """'' for equal results, else the first difference in words. `unnamed`: places of columns that the engine named itself."""
    if len(before.names) != len(after.names):
        return f"{len(before.names)} columns before, {len(after.names)} after"
    for place, (old, new) in enumerate(zip(before.names, after.names, strict=True)):
        if old != new and place not in unnamed:
            return f"column {place + 1} was called {old}, now {new}"
    for name, old, new in zip(before.names, before.types, after.types, strict=True):
        if kind_of(old) != kind_of(new):
            return f"the type of {name} was {old}, now {new}"
    gone, come = unmatched(before.rows, after.rows)
    if not gone and not come:
        return ""
    return "; ".join(words for words in (_shown("only before", gone), _shown("only after", come)) if words)


def unmatched(before: Sequence[Row], after: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of each side without a partner on the other: equal but for TOLERANCE in fractions; NaN equals NaN, -0.0 equals 0.0."""
    groups: dict[Row, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((before, after)):
        for row in rows:
            groups[tuple(_exact(value) for value in row)][side].append(row)
    gone: list[Row] = []
    come: list[Row] = []
    for old, new in groups.values():
        left = _pair(old, new)
        gone += left[0]
        come += left[1]
    return gone, come


def kind_of(kind: str) -> str:
    """Whole numbers of any width are one type, and so are both fractions: an engine widens sums."""
    if _WHOLE.fullmatch(kind):
        return "whole number"
    if match := re.fullmatch(r"DECIMAL\(\d+, ?(\d+)\)", kind):
        return f"decimal with {match[1]} digits"
    return "fraction" if kind in ("DOUBLE", "FLOAT") else kind


def _pair(old: list[Row], new: list[Row]) -> tuple[list[Row], list[Row]]:
    old, new = sorted(old, key=_order), sorted(new, key=_order)
    if len(old) == len(new) and all(_alike(*pair) for pair in zip(old, new, strict=True)):
        return [], []
    gone = []
    for row in old:
        partner = next((other for other in new if _alike(row, other)), None)
        if partner is None:
            gone.append(row)
        else:
            new.remove(partner)
    return gone, new


def _alike(old: Row, new: Row) -> bool:
    return all(_close(a, b) for a, b in zip(old, new, strict=True) if isinstance(a, float))


def _close(old: object, new: object) -> bool:
    if not isinstance(old, float) or not isinstance(new, float):
        return False
    return (math.isnan(old) and math.isnan(new)) or math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _exact(value: object) -> object:
    """What must be equal exactly; a fraction stands as a mark of its kind."""
    if isinstance(value, float):
        return "fraction"
    if isinstance(value, Decimal):
        return value.normalize()
    return repr(value) if isinstance(value, (list, dict, bytearray)) else (type(value).__name__ == "bool", value)


def _order(row: Row) -> tuple[tuple[bool, float], ...]:
    return tuple((math.isnan(value), 0.0 if math.isnan(value) else value) for value in row if isinstance(value, float))


def _shown(words: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    listed = ", ".join("(" + ", ".join("NULL" if value is None else str(value)[:40] for value in row) + ")" for row in rows[:MOST_SHOWN])
    more = f" and {len(rows) - MOST_SHOWN:,} more" if len(rows) > MOST_SHOWN else ""
    return f"{words}: {listed}{more}"
