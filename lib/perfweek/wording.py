"""Figures in words: with unit and interval, no more digits than the interval supports, and a missing bound is said."""

import math
from collections.abc import Sequence
from dataclasses import replace

from perfweek.stats import Estimate

_DIGITS = 3
_MOST_DECIMALS = 12
_NOISE = 1e-12
"""An interval narrower than this, relative to its value, is rounding and not an interval."""


def decimals(value: float, half_width: float = math.nan) -> int:
    """How many decimals to show: the half-width of the interval keeps one digit; without it the value keeps three; whole numbers stay whole."""
    if math.isfinite(half_width) and half_width > _NOISE * abs(value):
        return _within(-math.floor(math.log10(half_width)))
    if not math.isfinite(value) or value == round(value):
        return 0
    return _within(_DIGITS - 1 - math.floor(math.log10(abs(value))))


def number(value: float, places: int | None = None) -> str:
    """`value` with thousands separators and no exponent, three significant digits unless told: '0.0123', '5', '5,015'; 'no data' for NaN."""
    if math.isnan(value):
        return "no data"
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    return f"{value:,.{decimals(value) if places is None else places}f}"


def percent(share: float) -> str:
    """A share as '12.3 %'."""
    return "no data" if math.isnan(share) else f"{number(100 * share)} %"


def in_percent(share: Estimate) -> Estimate:
    """A share and its interval times 100."""
    return replace(share, value=100 * share.value, low=100 * share.low, high=100 * share.high)


def value_text(estimate: Estimate) -> str:
    """The value alone, such as '212'."""
    return number(estimate.value, _places(estimate))


def interval_text(estimate: Estimate) -> str:
    """The interval, such as '205 to 219'; 'exact' for what was counted; 'at least 205' and 'at most 219' where one bound is missing."""
    return "exact" if estimate.low == estimate.value == estimate.high else _bounds(estimate)


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Such as '84 ms, 80 to 90'; unit '%' for a share, which is multiplied by 100."""
    return _joined(estimate, unit, "{}, {}")


def bracketed(estimate: Estimate, unit: str = "") -> str:
    """The same inside a sentence: '84 ms (80 to 90)'."""
    return _joined(estimate, unit, "{} ({})")


def count(n: int, one: str, many: str = "") -> str:
    """'1 request', '1,200 requests'."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop; a name in backticks keeps its spelling."""
    return f"{words[:1].upper()}{words[1:]}."


def _joined(estimate: Estimate, unit: str, form: str) -> str:
    shown = in_percent(estimate) if unit == "%" else estimate
    if math.isnan(shown.value):
        return "no data"
    return form.format(f"{value_text(shown)} {unit}".rstrip(), _bounds(shown))


def _bounds(estimate: Estimate) -> str:
    low, high = number(estimate.low, _places(estimate)), number(estimate.high, _places(estimate))
    if math.isnan(estimate.low):
        return "no interval" if math.isnan(estimate.high) else f"at most {high}"
    return f"at least {low}" if math.isnan(estimate.high) else f"{low} to {high}"


def _places(estimate: Estimate) -> int:
    return decimals(estimate.value, (estimate.high - estimate.low) / 2)


def _within(places: int) -> int:
    return min(_MOST_DECIMALS, max(0, places))
