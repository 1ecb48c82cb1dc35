"""Values that tell statements apart: those at and beside the constants of their conditions, and the awkward ones of each type."""

import math
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import pandas as pd
import pyarrow as pa

Constant = str | float


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


_MOMENTS = (datetime(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59, 999999), datetime(2024, 3, 1))
_GENERIC: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], list[object]]], ...] = (
    (pa.types.is_boolean, lambda _kind: [True, False]),
    (pa.types.is_integer, lambda _kind: [0, 1, 2, 3]),
    (pa.types.is_floating, lambda _kind: [0.0, 1.5, -0.0, 2.25]),
    (pa.types.is_decimal, lambda kind: [Decimal(0), Decimal(1), Decimal(-2), Decimal("0.5") if kind.scale else Decimal(3)]),
    (_is_text, lambda _kind: ["a", "b", "", "A", " a"]),
    (pa.types.is_date, lambda _kind: [date(2024, 2, 29), date(2024, 3, 1), date(1999, 12, 31)]),
    (pa.types.is_timestamp, lambda kind: [pd.Timestamp(one, tz="UTC") if kind.tz else one for one in _MOMENTS]),
)


def generic(kind: pa.DataType) -> list[object]:
    """A few values of the type, the awkward ones among them; none for a type that has no order."""
    return next((values(kind) for known, values in _GENERIC if known(kind)), [])


def no_numbers(kind: pa.DataType) -> list[object]:
    """Fractions that are none, which swallow every sum that they are in; none for other types."""
    return [math.nan, 1.0, -0.0] if pa.types.is_floating(kind) else []


def joining(kind: pa.DataType) -> list[object]:
    """Few values, so that rows of several tables meet."""
    return generic(kind)[:3]


def around(constants: Iterable[Constant], kind: pa.DataType) -> list[object]:
    """Each constant as a value of the type, and the values next to it."""
    found = [near for constant in constants for near in _near(constant, kind)]
    return [value for place, value in enumerate(found) if value not in found[:place]]


def as_numbers(constants: Collection[Constant], kind: pa.DataType) -> bool:
    """Whether texts are compared with numbers."""
    return _is_text(kind) and any(isinstance(one, float) for one in constants)


def beyond(constants: Collection[Constant], kind: pa.DataType) -> list[object]:
    """Values far from every constant."""
    known = [value for value in around(constants, kind) if value is not None]
    if _is_text(kind):
        return ["99999"] if as_numbers(constants, kind) else ["\x7f nothing like it"]
    if not known or pa.types.is_boolean(kind):
        return []
    far = timedelta(days=40_000) if pa.types.is_temporal(kind) else 10**6
    try:
        return [max(known) + far, min(known) - far]  # type: ignore[operator,type-var]
    except (OverflowError, TypeError, ValueError):
        return []


def _near(constant: Constant, kind: pa.DataType) -> list[object]:
    try:
        return _near_number(constant, kind) if not _is_text(kind) else _near_text(constant)
    except (ValueError, OverflowError, InvalidOperation):
        return []


def _near_number(constant: Constant, kind: pa.DataType) -> list[object]:
    if pa.types.is_integer(kind):
        whole = int(float(constant))
        return [whole - 1, whole, whole + 1]
    if pa.types.is_floating(kind):
        value = float(constant)
        return [math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf)]
    if pa.types.is_decimal(kind):
        step = Decimal(1).scaleb(-kind.scale)
        exact = Decimal(str(constant)).quantize(step)
        return [exact - step, exact, exact + step]
    return _times(str(constant), kind) if pa.types.is_temporal(kind) else []


def _near_text(constant: Constant) -> list[object]:
    if isinstance(constant, float):
        return [f"{constant:g}", f"{constant:g}0", f"{constant + 1:g}"]
    bare = constant.replace("%", "").replace("_", "x")
    return [constant, constant.lower(), constant.upper(), constant + "a", constant[:-1], bare, f"x{bare}x"]


def _times(text: str, kind: pa.DataType) -> list[object]:
    time = pd.to_datetime(text, errors="coerce")
    if pd.isna(time):
        return []
    if pa.types.is_date(kind):
        return [(time + timedelta(days=days)).date() for days in (-1, 0, 1)]
    step = pd.Timedelta(1, unit="us")
    moments: list[object] = [(one.tz_localize("UTC") if kind.tz and one.tzinfo is None else one) for one in (time - step, time, time + step)]
    return moments if kind.tz else [pd.Timestamp(str(one)).to_pydatetime() for one in moments]
