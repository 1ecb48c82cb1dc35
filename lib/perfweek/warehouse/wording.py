"""Sizes in Wednesday's sentences."""


def size(number: float) -> str:
    """Bytes as '1.5 GB' (decimal)."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{number / scale:.3g} {unit}"
    return f"{number:,.0f} B"
