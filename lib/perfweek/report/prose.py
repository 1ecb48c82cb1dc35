"""Computed sentences and the day's conclusion."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfweek.stats import Estimate


def say(sentence: str) -> None:
    """Display one computed sentence (plain text; `code` in backticks)."""


@dataclass(frozen=True)
class Tile:
    """A key figure of the first screen: what it is, the value with its interval, its unit, the evidence file, and the
    change against the baseline in words ('' where there is none)."""

    label: str
    estimate: Estimate
    unit: str
    source: str
    change: str = ""


def conclude(verdict: Sequence[str], tiles: Sequence[Tile], artifacts: Sequence[Path] = ()) -> None:
    """The day's verdict (at most three sentences), its key figures, and the files a person can take away.
    The report shows them on its first screen and index.html repeats them."""
