"""Showing a figure with its alternative text, how it was measured, and the evidence behind it."""

from collections.abc import Mapping

from matplotlib.figure import Figure


def show(figure: Figure, alt: str, note: str, source: str) -> None:
    """Display `figure`. `alt` states the finding in a sentence; `note` how it was measured (n, window, what was cut);
    `source` the evidence file relative to the week's folder."""


def show_flamegraph(stacks: Mapping[tuple[str, ...], int], alt: str, note: str, source: str) -> None:
    """Display a flame graph of `stacks` (frames from root to leaf -> samples)."""
