"""Names come from logs: in no form of the diagram can they be markup, a link or a directive."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfweek.decisions.diagrams.build import build
from perfweek.decisions.diagrams.calls import Call, observed_of
from perfweek.decisions.diagrams.columns import column_layout
from perfweek.decisions.diagrams.declared import Declared
from perfweek.decisions.diagrams.document import markdown_text
from perfweek.decisions.diagrams.mermaid import escape, mermaid
from perfweek.decisions.diagrams.model import Diagram
from perfweek.decisions.diagrams.scene import draw
from perfweek.report.diagrams import drawing_svg
from perfweek.report.theme import DARK, LIGHT

HOSTILE = [
    "<script>alert(1)</script>",
    '"] click n0 href "javascript:alert(1)"',
    "```\n# heading",
    "%%{init: {'theme': 'dark'}}%%",
    "\u202eevil\u0000\ud800",
    "a]-->b; click b call()",
    "[x](javascript:alert(1)) www.example.com https://example.com <b>",
    "x" * 5000,
    "",
    "漢字の名前",
]
SVG = "{http://www.w3.org/2000/svg}"


def diagram(*names: str) -> Diagram:
    calls = [Call(1000.0 + second, name, f"{name} {place}", 5.0) for place, name in enumerate(names) for second in range(3)]
    return build("Architecture", Declared((), (), {}), observed_of(calls), "evidence/x")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_svg_is_well_formed_and_holds_shapes_and_words_only(palette: object) -> None:
    root = ElementTree.fromstring(drawing_svg(draw(diagram(*HOSTILE), column_layout), palette))
    assert {element.tag for element in root.iter()} == {SVG + name for name in ("svg", "rect", "path", "polygon", "text")}
    assert not [name for element in root.iter() for name in element.attrib if "href" in name or name.startswith("on")]
    assert "<script>alert(1)</script>" in [element.text for element in root.iter(f"{SVG}text")]


def test_long_names_keep_their_ends() -> None:
    drawing = draw(diagram("GET /very/long/" + "x" * 100 + "/end"), column_layout)
    assert drawing.shapes[0].lines[0] == "GET /very/lo…xxxxxxxx/end"


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_an_escaped_name_has_no_character_with_a_meaning(text: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9 ._/,()-]|#\d+;)*", escape(text))


def test_every_name_in_mermaid_is_inside_its_label() -> None:
    lines = mermaid(diagram(*HOSTILE)).splitlines()
    label = r'"(?:[A-Za-z0-9 ._/,()-]|#\d+;|<br/>)*"'
    shapes = [
        r"flowchart LR",
        rf"    n\d+\[{label}\]",
        rf"    n\d+ -{{1,2}}\.?-?>\|{label}\| n\d+",
        r"    linkStyle \d+ [a-z0-9:#.,-]+",
        r"    class.*",
    ]
    assert [line for line in lines if not any(re.fullmatch(shape, line) for shape in shapes)] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_shows_a_name_as_text(name: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(f"| a |\n| - |\n| {markdown_text(name)} |\n")
    assert html.count("<td>") == 1 and not re.search(r"<(script|a|b|h1|img|em|strong|code)\b", html)


def test_nothing_in_markdown_is_left_that_github_makes_a_link() -> None:
    shown = markdown_text("see https://a.example www.b.example WWW.c.example mailto:d@e.example")
    assert not re.search(r"(https?|mailto):|www\.|@", shown, re.IGNORECASE)
    assert markdown_text("GET /a/{id}: 5 ms (4 to 6)") == "GET /a/{id}: 5 ms (4 to 6)"
