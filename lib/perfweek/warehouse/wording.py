"""Numbers in Wednesday's sentences: as many digits as the interval supports."""

import math

from perfweek.stats import Estimate


def milliseconds(estimate: Estimate) -> str:
    """'212 ms (205 to 219)', or without a bound where the data identify none."""
    return _with_interval(estimate, 1.0, " ms")


def percent(estimate: Estimate) -> str:
    """A share as '61 % (58 to 64)'."""
    return _with_interval(estimate, 100.0, " %")


def size(number: float) -> str:
    """Bytes as '1.5 GB' (decimal)."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{number / scale:.3g} {unit}"
    return f"{number:,.0f} B"


def plain(number: float) -> str:
    """Three significant digits at least, without an exponent."""
    if math.isnan(number):
        return "no data"
    return f"{number:,.{_decimals(number)}f}"


def _with_interval(estimate: Estimate, scale: float, unit: str) -> str:
    value, low, high = (scale * bound for bound in (estimate.value, estimate.low, estimate.high))
    if math.isnan(value):
        return "no data"
    if math.isnan(low) or math.isnan(high):
        return f"{plain(value)}{unit} (too few for an interval)"
    if low == high:
        return f"{plain(value)}{unit}"
    digits = max(0, -math.floor(math.log10((high - low) / 2)))
    return f"{value:,.{digits}f}{unit} ({low:,.{digits}f} to {high:,.{digits}f})"


def _decimals(number: float) -> int:
    return 0 if number == round(number) else max(0, 2 - math.floor(math.log10(abs(number))))
