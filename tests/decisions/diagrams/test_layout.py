"""Where boxes stand: by Graphviz and without it, no box on another, every line from its source to its target."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.decisions.diagrams.columns import column_layout
from perfweek.decisions.diagrams.graphviz import dot_text, graphviz_layout
from perfweek.decisions.diagrams.layout import Layout, Link, Size, engine

SIZES = st.lists(st.builds(Size, st.floats(20, 200), st.floats(20, 60)), min_size=1, max_size=9)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Size], list[Link]]:
    sizes = draw(SIZES)
    ends = st.integers(0, len(sizes) - 1)
    return sizes, draw(st.lists(st.tuples(ends, ends).filter(lambda link: link[0] != link[1]), max_size=14))


def check(layout: Layout, sizes: list[Size], links: list[Link], slack: float = 1.5) -> None:
    boxes = list(zip(layout.centres, sizes, strict=True))
    for place, ((x, y), size) in enumerate(boxes):
        assert x - size.width / 2 >= -slack and x + size.width / 2 <= layout.width + slack
        assert y - size.height / 2 >= -slack and y + size.height / 2 <= layout.height + slack
        for (other_x, other_y), other in boxes[place + 1 :]:
            apart_x = abs(x - other_x) >= (size.width + other.width) / 2 - slack
            assert apart_x or abs(y - other_y) >= (size.height + other.height) / 2 - slack
    for (source, target), curve in zip(links, layout.curves, strict=True):
        assert len(curve) % 3 == 1
        for end, box in ((curve[0], source), (curve[-1], target)):
            (x, y), size = boxes[box]
            assert abs(end[0] - x) <= size.width / 2 + slack and abs(end[1] - y) <= size.height / 2 + slack


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_columns_place_any_graph_circles_and_repeated_links_too(graph: tuple[list[Size], list[Link]]) -> None:
    check(column_layout(*graph), *graph)


@settings(max_examples=15, deadline=None)
@given(graphs())
def test_graphviz_places_any_graph(graph: tuple[list[Size], list[Link]]) -> None:
    pytest.importorskip("pygraphviz")
    check(graphviz_layout(*graph), *graph)


def test_columns_go_from_left_to_right_in_the_direction_of_the_links() -> None:
    layout = column_layout([Size(100, 30)] * 4, [(0, 1), (1, 2), (0, 2), (2, 3)])
    assert [x for x, _ in layout.centres] == sorted({x for x, _ in layout.centres})


def test_without_the_wheel_columns_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert engine() == ("columns", column_layout)


def test_with_the_wheel_graphviz_places() -> None:
    pytest.importorskip("pygraphviz")
    assert engine()[0] == "Graphviz"


def test_no_text_reaches_the_layout_program() -> None:
    assert set(dot_text([Size(96, 48)] * 2, [(0, 1)]).split("\n")[2:4]) == {"n0 [width=1.0 height=0.5];", "n1 [width=1.0 height=0.5];"}
