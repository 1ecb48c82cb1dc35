"""Figures with their uncertainty in words: no more digits than the interval supports, and a missing bound is said."""

import math

from perfweek.stats import Estimate

DEFAULT_DIGITS = 3
MOST_DECIMALS = 12


def decimals_for(estimate: Estimate) -> int:
    """How many decimals the estimate's interval supports: its half-width keeps one digit, whole numbers stay whole."""
    half = (estimate.high - estimate.low) / 2
    if math.isfinite(half) and half > 0:
        return _within(-math.floor(math.log10(half)))
    return _decimals(estimate.value)


def _decimals(value: float) -> int:
    if not math.isfinite(value) or value == 0 or value == round(value):
        return 0
    return _within(DEFAULT_DIGITS - 1 - math.floor(math.log10(abs(value))))


def _within(decimals: int) -> int:
    return min(MOST_DECIMALS, max(0, decimals))


def digits(value: float, decimals: int | None = None) -> str:
    """`value` with thousands separators and no exponent, three significant digits unless told; 'no data' for NaN."""
    if math.isnan(value):
        return "no data"
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    return f"{value:,.{_decimals(value) if decimals is None else decimals}f}"


def value_text(estimate: Estimate) -> str:
    """The value alone, such as '212'."""
    return digits(estimate.value, decimals_for(estimate))


def interval_text(estimate: Estimate) -> str:
    """The interval, such as '205 to 219'; 'exact' for what was counted; 'at least 205' and 'at most 219' where one bound is missing."""
    decimals = decimals_for(estimate)
    low, high = digits(estimate.low, decimals), digits(estimate.high, decimals)
    if estimate.low == estimate.value == estimate.high:
        return "exact"
    if math.isnan(estimate.low):
        return "no interval" if math.isnan(estimate.high) else f"at most {high}"
    return f"at least {low}" if math.isnan(estimate.high) else f"{low} to {high}"
