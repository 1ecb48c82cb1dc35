"""Placing boxes in layers and the lines between them: by Graphviz where its wheel is installed, else in plain columns.

A layout knows boxes by number and size only; no name from outside reaches the layout program.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

Point = tuple[float, float]
Link = tuple[int, int]


@dataclass(frozen=True)
class Size:
    """A box in CSS pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes and, a link each, the control points of joined cubic Bézier curves (1 + 3k of them); y grows downwards."""

    width: float
    height: float
    centres: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


Engine = Callable[[Sequence[Size], Sequence[Link]], Layout]


def engine() -> tuple[str, Engine]:
    """The layout engine at hand and its name: 'Graphviz', or 'columns' without the extra `diagrams`.

    Releases of pygraphviz before 2 need programs of the system, so they do not count.
    """
    with suppress(PackageNotFoundError, ImportError):
        if int(version("pygraphviz").split(".")[0]) >= 2:
            import pygraphviz  # noqa: F401  it may be there and not load

            from perfweek.decisions.diagrams.graphviz import graphviz_layout

            return "Graphviz", graphviz_layout
    from perfweek.decisions.diagrams.columns import column_layout

    return "columns", column_layout
