"""Drawings of boxes and lines in a report: one picture for each scheme, and the same in words."""

import base64
import re

import pandas as pd
import pytest
from report_pages import SOURCE, outputs_of

from perfweek.errors import PublishError
from perfweek.exhibit import Chart, Drawing, Shape, Stroke
from perfweek.report.diagrams import drawing_svg
from perfweek.report.exhibits import present
from perfweek.report.sanitize import clean_html
from perfweek.report.theme import DARK, LIGHT, contrast

DRAWING = Drawing(
    300,
    80,
    (Stroke(((100, 40), (120, 40), (150, 40), (200, 40)), 3, "bad", arrow=True),),
    (Shape((50, 40), 80, 40, ("shop <1>", "service")), Shape((250, 40), 80, 40, ("db", "seen, not declared"), edge="alarm")),
)


def chart(alt: str = "shop asks db 5 times a second") -> Chart:
    table = pd.DataFrame([("shop <1>", "db", "5 (4 to 6)")], columns=["from", "to", "calls a second"])
    return Chart(DRAWING, "Connections", table, alt, "60 s", SOURCE)


def test_a_chart_is_one_output_with_a_picture_for_each_scheme_and_its_table() -> None:
    (output,) = outputs_of(lambda: present([chart()]))
    content = clean_html(output.data["text/html"])
    assert len(re.findall(r"data:image/svg\+xml;base64,", content)) == 2
    assert 'alt="shop asks db 5 times a second"' in content and "5 (4 to 6)" in content and "shop &lt;1&gt;" in content
    assert output.data["text/plain"] == f"shop asks db 5 times a second\nfrom shop <1>; to db; calls a second 5 (4 to 6)\n60 s\nevidence: {SOURCE}"


def test_a_chart_without_its_words_is_refused() -> None:
    with pytest.raises(PublishError, match="alt"):
        present([chart(alt=" ")])


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_of_a_drawing_reaches_three_to_one(palette) -> None:
    colours = set(re.findall(r'(?:stroke|fill)="(#[0-9a-f]{6})"', drawing_svg(DRAWING, palette))) - {palette.ground}
    assert len(colours) >= 3
    assert {colour for colour in colours if contrast(colour, palette.ground) < 3} == set()


def test_an_arrow_ends_where_its_line_was_told_to() -> None:
    svg = drawing_svg(DRAWING, LIGHT)
    (points,) = re.findall(r'<polygon points="([^"]+)"', svg)
    assert points.split()[1] == "200.0,40.0"
    assert base64.b64encode(svg.encode())
