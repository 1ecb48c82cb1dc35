"""A drawing of boxes and lines as SVG, for a light and for a dark ground, each a picture inside the page: it can ask for nothing."""

import base64
import html
import re
from collections.abc import Iterator

import pandas as pd

from perfweek.exhibit import Drawing, Point, Shape, Stroke, Tone
from perfweek.report.theme import DARK, FONT_STACK, LIGHT, Palette

NAME_PX, SMALL_PX, LINE_PX = 14, 12.5, 16
LARGE_PX = 1000
"""A drawing that is wider keeps its size and is scrolled: shrunk to the page its words could not be read."""
_ALARM = {LIGHT.ground: "#c4122f", DARK.ground: "#ff7b86"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""No XML document may hold these: https://www.w3.org/TR/xml/#charsets"""


def drawing_svg(drawing: Drawing, palette: Palette) -> str:
    """The drawing as an SVG document. Words are escaped, nothing in it is an address."""
    size = f'width="{drawing.width:.0f}" height="{drawing.height:.0f}" viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}"'
    parts = [f'<rect width="100%" height="100%" fill="{palette.ground}"/>']
    parts += [part for stroke in drawing.strokes for part in _stroke(stroke, palette)]
    parts += [part for shape in drawing.shapes for part in _shape(shape, palette)]
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT_STACK}">{"".join(parts)}</svg>'


def chart_html(drawing: Drawing, alt: str) -> str:
    """The drawing as a picture of the page in the colours of the reader's scheme; a narrow screen scrolls it, so that its words stay readable."""
    dark = f'<source media="screen and (prefers-color-scheme: dark)" srcset="{_uri(drawing, DARK)}">'
    large = ' class="pw-large"' if drawing.width > LARGE_PX else ""
    image = f'<img{large} src="{_uri(drawing, LIGHT)}" width="{drawing.width:.0f}" height="{drawing.height:.0f}" alt="{html.escape(alt)}">'
    region = '<div class="pw-scroll pw-diagram" role="region" tabindex="0" aria-label="Diagram, scrolls sideways">'
    return f"{region}<picture>{dark}{image}</picture></div>"


def drawing_text(table: pd.DataFrame) -> str:
    """The drawing's table as plain text, a line of the drawing each."""
    columns = list(table.columns)
    return "\n".join("; ".join(f"{name} {value}" for name, value in zip(columns, row, strict=True) if value) for row in table.to_numpy())


def _uri(drawing: Drawing, palette: Palette) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawing_svg(drawing, palette).encode()).decode()


def _colour(tone: Tone, palette: Palette) -> str:
    named = {"ink": palette.ink, "muted": palette.muted, "good": palette.series[3], "bad": palette.series[2], "unsure": palette.series[4]}
    return _ALARM[palette.ground] if tone == "alarm" else named[tone]


def _line_colour(tone: Tone, palette: Palette) -> str:
    """Lines without a judgement are blue: black ones would be the loudest of all."""
    return palette.series[1] if tone == "ink" else _colour(tone, palette)


def _stroke(stroke: Stroke, palette: Palette) -> Iterator[str]:
    colour = _line_colour(stroke.tone, palette)
    points = _shortened(stroke.points, 7 + stroke.width) if stroke.arrow else stroke.points
    path = f"M{_at(points[0])}C{' '.join(map(_at, points[1:]))}"
    dashes = f' stroke-dasharray="{2 + 3 * stroke.width:.1f} {2 + 2 * stroke.width:.1f}"' if stroke.dashed else ""
    yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{stroke.width:.1f}"{dashes}/>'
    if stroke.arrow:
        yield f'<polygon points="{_arrow(points[-1], stroke.points[-1], 4 + stroke.width)}" fill="{colour}"/>'


def _shortened(points: tuple[Point, ...], length: float) -> tuple[Point, ...]:
    """The line up to where its arrow begins: the last point drawn back towards the one before it."""
    (x, y), (end_x, end_y) = points[-2], points[-1]
    whole = ((end_x - x) ** 2 + (end_y - y) ** 2) ** 0.5
    if not whole:
        return points
    share = min(1.0, length / whole)
    return (*points[:-1], (end_x + (x - end_x) * share, end_y + (y - end_y) * share))


def _arrow(start: Point, tip: Point, half: float) -> str:
    x, y = tip[0] - start[0], tip[1] - start[1]
    length = (x * x + y * y) ** 0.5 or 1.0
    across = (-y / length * half, x / length * half)
    return " ".join(map(_at, ((start[0] + across[0], start[1] + across[1]), tip, (start[0] - across[0], start[1] - across[1]))))


def _shape(shape: Shape, palette: Palette) -> Iterator[str]:
    left, top = shape.at[0] - shape.width / 2, shape.at[1] - shape.height / 2
    place = f'x="{left:.1f}" y="{top:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
    if shape.framed:
        thick = 3 if shape.edge == "alarm" else 1.2
        yield f'<rect {place} rx="7" fill="{palette.ground}" stroke="{_colour(shape.edge, palette)}" stroke-width="{thick}"/>'
    else:
        yield f'<rect {place} rx="4" fill="{palette.ground}" fill-opacity="0.92"/>'
    first = shape.at[1] - (len(shape.lines) - 1) * LINE_PX / 2 + 4.5
    for number, line in enumerate(shape.lines):
        yield _text(shape, line, first + number * LINE_PX, palette, name=shape.framed and not number)


def _text(shape: Shape, line: str, y: float, palette: Palette, *, name: bool) -> str:
    tone: Tone = shape.tone if name or not shape.framed else "muted"
    loud = shape.tone in ("bad", "unsure", "alarm") and not shape.framed
    colour = palette.ink if loud or tone == "good" else _colour(tone, palette)
    style = f'font-size="{NAME_PX}" font-weight="600"' if name else f'font-size="{SMALL_PX}"'
    return f'<text x="{shape.at[0]:.1f}" y="{y:.1f}" text-anchor="middle" {style} fill="{colour}">{html.escape(_CONTROL.sub(" ", line))}</text>'


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
