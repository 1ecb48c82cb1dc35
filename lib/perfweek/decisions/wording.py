"""Numbers in sentences: as many digits as the interval supports, thousands separated."""

import math

from perfweek.stats import Estimate


def with_interval(estimate: Estimate, unit: str = "") -> str:
    """Such as '54 (31 to 120)'; with unit '1' the value is a share, such as '61 % (58 to 64)'."""
    scale = 100.0 if unit == "1" else 1.0
    value, low, high = (bound * scale for bound in (estimate.value, estimate.low, estimate.high))
    sign = " %" if unit == "1" else ""
    if math.isnan(low + high):
        return f"{number(value)}{sign} (without an interval)"
    digits = digits_for(high - low, value)
    return f"{value:,.{digits}f}{sign} ({low:,.{digits}f} to {high:,.{digits}f})"


def digits_for(width: float, value: float) -> int:
    """Decimals that an interval of this width supports (three significant digits of the value where it has none)."""
    if width > 0:
        return min(4, max(0, -math.floor(math.log10(width / 2))))
    return 0 if value == round(value) else min(4, max(0, 2 - math.floor(math.log10(abs(value)))))


def number(value: float) -> str:
    """Three significant digits at least: '0.0123', '5', '5,015'."""
    return "no data" if math.isnan(value) else f"{value:,.{digits_for(0, value)}f}"


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop; a name in backticks keeps its spelling."""
    return f"{words[:1].upper()}{words[1:]}."


def count(n: int, one: str, many: str = "") -> str:
    """'1 merge', '3 merges'."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
