"""Flame graphs: every box as wide as its share, narrow calls merged, names from outside inert."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from report_pages import SOURCE, STACKS, html_of

from perfweek.errors import PublishError
from perfweek.notebook import show_flamegraph
from perfweek.report.flamegraph import DEEPEST, MOST_FRAMES, NARROWEST, flame_html, layout, top_functions

#   all 100                          a box is (name, depth, left, width)
#   run 100
#   app 90               wait 10
#   encode 60  query 30
EXPECTED = [
    ("all", 0, 0.0, 1.0),
    ("run (main.py:1)", 1, 0.0, 1.0),
    ("app (app.py:10)", 2, 0.0, 0.9),
    ("wait (loop.py:3)", 2, 0.9, 0.1),
    ("encode (json.py:5)", 3, 0.0, 0.6),
    ("query (db.py:7)", 3, 0.6, 0.3),
]


def test_a_box_is_as_wide_as_its_share_and_stands_below_its_caller() -> None:
    boxes = [(box.name, box.depth, box.left, box.width) for box in layout(STACKS)]
    assert [box[:2] for box in boxes] == [box[:2] for box in EXPECTED]
    assert [box[2:] for box in boxes] == [pytest.approx(box[2:]) for box in EXPECTED]


def test_each_frame_tells_its_name_share_and_samples() -> None:
    assert 'title="query (db.py:7): 30.0% of samples, 30 samples"' in flame_html(STACKS, "label")


def test_narrow_calls_become_one_box_and_are_left_out_where_even_that_is_narrow() -> None:
    many = {("run", f"helper_{number}"): 1 for number in range(10)} | {("run", "work"): 9_990}
    assert [box.name for box in layout(many) if box.depth == 2] == ["work"]
    more = {("run", f"helper_{number}"): 1 for number in range(100)} | {("run", "work"): 9_900}
    assert [(box.name, box.samples) for box in layout(more) if box.depth == 2] == [("work", 9_900), ("100 narrow calls", 100)]


def test_recursion_counts_once_in_the_samples_of_a_function() -> None:
    assert top_functions({("f", "g", "f", "f"): 3, ("f",): 1}) == [("f", 4, 4)]
    assert top_functions({("f", "g"): 3, ("f",): 1}) == [("g", 3, 3), ("f", 1, 4)]


def test_very_deep_and_very_many_stacks_are_drawn_within_bounds() -> None:
    deep = {("f",) * 5000: 1}
    assert max(box.depth for box in layout(deep)) == DEEPEST
    many = {(f"a{number}", f"b{number}", *(f"c{number}_{depth}" for depth in range(20))): 1 for number in range(400)}
    assert 1 < len(layout(many)) <= MOST_FRAMES


names = st.text("ab<&\"'", min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.lists(names, min_size=1, max_size=6).map(tuple), st.integers(1, 1000), min_size=1, max_size=12))
def test_boxes_of_a_row_do_not_overlap_and_a_call_is_no_wider_than_its_caller(stacks: dict[tuple[str, ...], int]) -> None:
    boxes = layout(stacks)
    total = sum(stacks.values())
    for depth in range(1, max(box.depth for box in boxes) + 1):
        row = sorted((box for box in boxes if box.depth == depth), key=lambda box: box.left)
        above = [box for box in boxes if box.depth == depth - 1]
        assert all(one.left + one.width <= other.left + 1e-9 for one, other in pairwise(row))
        assert all(any(up.left - 1e-9 <= box.left and box.left + box.width <= up.left + up.width + 1e-9 for up in above) for box in row)
        assert all(box.width >= NARROWEST and box.samples == pytest.approx(box.width * total) for box in row)


def test_hostile_frame_names_stay_text() -> None:
    hostile = "<img src=x onerror=fire(1)> (\"' onclick=fire(2) x='.py:1)"
    soup = BeautifulSoup(flame_html({("run", hostile): 1}, "<b>label</b>"), "html.parser")
    assert not soup.find_all(["img", "script", "b"])
    assert [frame.get_text() for frame in soup.select(".pw-frame")] == ["all", "run", hostile]
    assert {name for tag in soup.find_all(True) for name in tag.attrs} <= {"class", "style", "title", "role", "aria-label", "scope", "tabindex"}


def test_the_table_beside_the_graph_lists_functions_by_own_samples() -> None:
    soup = BeautifulSoup(flame_html(STACKS, "label"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.select("tbody tr")]
    assert rows == [
        ["encode (json.py:5)", "60", "60.0", "60.0"],
        ["query (db.py:7)", "30", "30.0", "30.0"],
        ["wait (loop.py:3)", "10", "10.0", "10.0"],
    ]
    assert "3 of 3" in soup.caption.get_text()


def test_no_samples_are_said() -> None:
    assert "No samples" in flame_html({}, "label")


def test_a_flame_graph_needs_its_words() -> None:
    with pytest.raises(PublishError, match="alt"):
        show_flamegraph(STACKS, "", "n", SOURCE)
    assert re.search(r"<figcaption>100 Hz .*evidence: <code>" + SOURCE, html_of(lambda: show_flamegraph(STACKS, "JSON", "100 Hz", SOURCE)))
