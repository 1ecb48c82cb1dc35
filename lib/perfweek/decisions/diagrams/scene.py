"""A diagram as a drawing: boxes with their words, lines by traffic, words on the lines."""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from perfweek.decisions.diagrams.layout import Engine, Layout, Link, Size
from perfweek.decisions.diagrams.model import Diagram, Edge, Kind, Node, State
from perfweek.decisions.diagrams.words import about, label
from perfweek.exhibit import Drawing, Point, Shape, Stroke, Tone

NAME_PX, SMALL_PX = 14.0, 12.5
LINE_PX = 16.0
_PAD_PX, _LABEL_PAD_PX = 11.0, 5.0
_LONGEST = 26
RANKS: dict[Kind, int] = {
    "table": 0,
    "warehouse": 0,
    "cache tier": 0,
    "jobs": 0,
    "other service": 0,
    "monitoring": 0,
    "route": 1,
    "service": 1,
    "callers": 2,
}
"""The columns of a data flow: what keeps data, what hands it on, who wants it. What is written flows back."""
_TONES: dict[State, Tone] = {"within budget": "good", "over budget": "bad", "cannot tell": "unsure", "no budget": "ink", "not seen": "muted"}


def draw(diagram: Diagram, engine: Engine) -> Drawing:
    """The drawing of `diagram`, placed by `engine`: nodes are its boxes, and so are the words in the middle of each line."""
    boxes = [_node_lines(node) for node in diagram.nodes]
    words = [label(edge) for edge in diagram.edges]
    sizes = [_size(lines, _PAD_PX, bold=True) for lines in boxes] + [_size(lines, _LABEL_PAD_PX) for lines in words]
    place = {node.id: index for index, node in enumerate(diagram.nodes)}
    ends = [(place[edge.source], place[edge.target]) for edge in diagram.edges]
    turned = (
        [RANKS[diagram.nodes[source].kind] > RANKS[diagram.nodes[target].kind] for source, target in ends] if diagram.ranked else [False] * len(ends)
    )
    links: list[Link] = []
    for index, ((source, target), turn) in enumerate(zip(ends, turned, strict=True), start=len(boxes)):
        left, right = (target, source) if turn else (source, target)
        links += [(left, index), (index, right)]
    return _drawing(diagram, _turned_back(engine(sizes, links), turned), sizes, boxes, words)


def _turned_back(layout: Layout, turned: Sequence[bool]) -> Layout:
    """The curves of each connection from its source to its target, also where it was placed the other way round."""
    curves: list[tuple[Point, ...]] = []
    for index, turn in enumerate(turned):
        first, second = layout.curves[2 * index : 2 * index + 2]
        curves += [second[::-1], first[::-1]] if turn else [first, second]
    return Layout(layout.width, layout.height, layout.centres, tuple(curves))


def _drawing(diagram: Diagram, layout: Layout, sizes: Sequence[Size], boxes: list[tuple[str, ...]], words: list[tuple[str, ...]]) -> Drawing:
    strokes = [
        stroke
        for index, edge in enumerate(diagram.edges)
        for stroke in (_stroke(edge, layout.curves[2 * index]), _stroke(edge, layout.curves[2 * index + 1], arrow=True))
    ]
    shapes = [_shape(node, lines, at, size) for node, lines, at, size in zip(diagram.nodes, boxes, layout.centres, sizes, strict=False)]
    for edge, lines, at, size in zip(diagram.edges, words, layout.centres[len(boxes) :], sizes[len(boxes) :], strict=True):
        shapes.append(Shape(at, size.width, size.height, lines, tone(edge), framed=False))
    return Drawing(layout.width, layout.height, tuple(strokes), tuple(shapes))


def _stroke(edge: Edge, points: tuple[Point, ...], arrow: bool = False) -> Stroke:
    return Stroke(points, line_width(edge), tone(edge), edge.batch, arrow)


def line_width(edge: Edge) -> float:
    """1.5 pixels for a call in ten seconds or less, 1.6 more for each factor of ten, 9 at most."""
    rate = edge.traffic.rate.value if edge.traffic else 0.0
    return min(9.0, 1.5 + 1.6 * max(0.0, math.log10(rate / 0.1))) if rate > 0 else 1.5


def tone(edge: Edge) -> Tone:
    """The colour of a line says how its p95 stands to the budget; that it is not declared say its words and the outline of its end."""
    return _TONES[edge.state]


def _shape(node: Node, lines: tuple[str, ...], at: Point, size: Size) -> Shape:
    unseen = not node.seen
    edge: Tone = "alarm" if node.declared is False else "muted" if unseen else "ink"
    return Shape(at, size.width, size.height, lines, "muted" if unseen else "ink", edge)


def _node_lines(node: Node) -> tuple[str, ...]:
    return tuple(map(_shortened, (node.name, *about(node))))


def _shortened(text: str) -> str:
    """Text on one line, its middle left out where it is long: names differ at their ends. Direction marks and controls are dropped."""
    plain = "".join(" " if char.isspace() else char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs") or char.isspace())
    plain = " ".join(plain.split()) or "(no name)"
    half = (_LONGEST - 1) // 2
    return plain if len(plain) <= _LONGEST else f"{plain[:half]}…{plain[-half:]}"


def _size(lines: Sequence[str], pad: float, bold: bool = False) -> Size:
    widths = [width_px(line, NAME_PX if bold and not place else SMALL_PX, bold and not place) for place, line in enumerate(lines)]
    return Size(max(widths) + 2 * pad, len(lines) * LINE_PX + pad)


def width_px(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in DejaVu Sans, which is wider than the fonts that readers have; wide letters count one em."""
    return sum(size if unicodedata.east_asian_width(char) in "WF" else _advance(char, bold) * size for char in text)


@cache
def _advance(char: str, bold: bool) -> float:
    font = _font(bold)
    font.set_text(char if font.get_char_index(ord(char)) else "M", 0.0)
    return font.get_width_height()[0] / 64 / 100 + 0.03


@cache
def _font(bold: bool) -> FT2Font:
    font = FT2Font(font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(100, 72)
    return font
