"""The layout by Graphviz's dot, from the pygraphviz wheel, which brings the program along: https://pygraphviz.github.io/"""

from collections.abc import Sequence

from perfweek.decisions.diagrams.layout import Layout, Link, Point, Size

_PIXELS_PER_INCH = 96
_GAP_PX, _LAYER_PX = 16, 30
_MARGIN = 6


def graphviz_layout(boxes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Boxes from left to right in the direction of the links."""
    import pygraphviz  # 50 ms, and only an extra

    graph = pygraphviz.AGraph(string=dot_text(boxes, links))
    graph.layout(prog="dot")
    return read_plain(graph.draw(format="plain").decode(), len(boxes), links)


def dot_text(boxes: Sequence[Size], links: Sequence[Link]) -> str:
    """The graph in DOT: numbers and sizes, no text."""
    lines = [f"n{place} [width={_inches(box.width)} height={_inches(box.height)}]" for place, box in enumerate(boxes)]
    lines += [f"n{source} -> n{target}" for source, target in links]
    head = f'rankdir=LR; nodesep={_inches(_GAP_PX)}; ranksep={_inches(_LAYER_PX)}; node [shape=box fixedsize=true label=""]; edge [arrowhead=none]'
    return "digraph g {\n" + ";\n".join([head, *lines]) + ";\n}\n"


def read_plain(text: str, boxes: int, links: Sequence[Link]) -> Layout:
    """Graphviz's plain format (https://graphviz.org/docs/outputs/plain/): inches, y upwards."""
    size: Point = (0.0, 0.0)
    centres: dict[int, Point] = {}
    curves: dict[Link, list[tuple[Point, ...]]] = {}

    def at(x: str, y: str) -> Point:
        return float(x) * _PIXELS_PER_INCH + _MARGIN, size[1] - float(y) * _PIXELS_PER_INCH + _MARGIN

    for words in map(str.split, text.splitlines()):
        match words[0]:
            case "graph":
                size = float(words[2]) * _PIXELS_PER_INCH, float(words[3]) * _PIXELS_PER_INCH
            case "node":
                centres[int(words[1][1:])] = at(words[2], words[3])
            case "edge":
                points = tuple(at(*words[place : place + 2]) for place in range(4, 4 + 2 * int(words[3]), 2))
                curves.setdefault((int(words[1][1:]), int(words[2][1:])), []).append(points)
    drawn = tuple(curves[link].pop(0) for link in links)
    return Layout(size[0] + 2 * _MARGIN, size[1] + 2 * _MARGIN, tuple(centres[place] for place in range(boxes)), drawn)


def _inches(pixels: float) -> float:
    return round(pixels / _PIXELS_PER_INCH, 4)
