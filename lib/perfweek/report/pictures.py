"""Figures as images: SVG for few points, PNG for many, each for a light and for a dark ground, as data: URIs."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure

from perfweek.report.dark import darkened
from perfweek.report.literal import words_taken_literally
from perfweek.report.theme import FONT_STACK, THEME

MOST_POINTS_AS_SVG = 1000
PNG_SCALE = 2
CSS_PIXELS_PER_INCH = 96
MEASURED_FONT = re.compile(rb"'DejaVu Sans', sans-serif|'DejaVu Sans'|DejaVu Sans, sans-serif")


@dataclass(frozen=True)
class Picture:
    """One figure twice: `light` and `dark` are data: URIs; `width` and `height` in CSS pixels."""

    light: str
    dark: str
    width: int
    height: int


def draw(figure: Figure) -> Picture:
    """Draw `figure` for both grounds. The same figure gives the same bytes; it is left as it was."""
    kind = "svg" if count_points(figure) <= MOST_POINTS_AS_SVG else "png"
    width, height = (round(inches * CSS_PIXELS_PER_INCH) for inches in figure.get_size_inches())
    with mpl.rc_context(THEME), words_taken_literally(figure), _layout_settled(figure):
        light = _data_uri(figure, kind)
        with darkened(figure):
            dark = _data_uri(figure, kind)
    return Picture(light, dark, width, height)


@contextmanager
def _layout_settled(figure: Figure) -> Iterator[None]:
    """Lay `figure` out once, so that both renderings have everything in the same place."""
    engine = figure.get_layout_engine()
    if engine is None:
        figure.set_layout_engine("constrained")
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)


def count_points(figure: Figure) -> int:
    """How many points, cells and shapes of data the figure draws."""
    return sum(_count_points(axes) for axes in figure.axes)


def _count_points(axes: Axes) -> int:
    lines = sum(np.size(line.get_xdata()) for line in axes.lines)
    images = sum(cells.size for image in axes.images if (cells := image.get_array()) is not None)
    return lines + images + len(axes.patches) + sum(_count_collection(collection) for collection in axes.collections)


def _count_collection(collection: Collection) -> int:
    cells = collection.get_array()
    if cells is not None:
        return cells.size
    vertices = sum(np.shape(path.vertices)[0] for path in collection.get_paths())
    return max(vertices, np.shape(collection.get_offsets())[0])


def _data_uri(figure: Figure, kind: str) -> str:
    drawn = io.BytesIO()
    if kind == "svg":
        figure.savefig(drawn, format="svg", dpi=72, metadata={"Date": None, "Creator": None})
        content, mime = MEASURED_FONT.sub(FONT_STACK.encode(), drawn.getvalue()), "image/svg+xml"
    else:
        figure.savefig(drawn, format="png", dpi=CSS_PIXELS_PER_INCH * PNG_SCALE, metadata={"Software": None})
        content, mime = drawn.getvalue(), "image/png"
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"
