"""Figures in sentences: with unit and interval, and no more digits than the interval supports."""

import math

from perfweek.stats import Estimate


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Such as '84 ms, 80 to 90'; unit '%' for a share, which is multiplied by 100; a missing bound is said."""
    scale = 100 if unit == "%" else 1
    value, low, high = (scale * bound for bound in (estimate.value, estimate.low, estimate.high))
    if math.isnan(value):
        return "no data"
    decimals = _decimals(value, (high - low) / 2)
    shown = f"{value:,.{decimals}f} {unit}".rstrip()
    return f"{shown}, no interval" if math.isnan(low + high) else f"{shown}, {low:,.{decimals}f} to {high:,.{decimals}f}"


def interval(estimate: Estimate) -> str:
    """The interval alone: '80 to 90', or 'none'."""
    found = with_interval(estimate).rpartition(", ")[2]
    return found if " to " in found else "none"


def bracketed(estimate: Estimate, unit: str = "") -> str:
    """The same inside a sentence: '84 ms (80 to 90)'."""
    value, comma, bounds = with_interval(estimate, unit).rpartition(", ")
    return f"{value} ({bounds})" if comma else bounds


def number(value: float) -> str:
    """Three significant digits: '0.0123', '5', '5,015'; 'no data' for NaN."""
    return "no data" if math.isnan(value) else f"{value:,.{_decimals(value, math.nan)}f}"


def percent(share: float) -> str:
    return "no data" if math.isnan(share) else f"{number(100 * share)} %"


def count(n: int, one: str) -> str:
    """'1 request', '1,200 requests'."""
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def _decimals(value: float, half_width: float) -> int:
    if half_width > 0:
        return min(4, max(0, -math.floor(math.log10(half_width))))
    return 0 if value == round(value) else min(4, max(0, 2 - math.floor(math.log10(abs(value)))))
