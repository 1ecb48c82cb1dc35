"""The report of an executed notebook as one HTML file."""

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_pages import PAGE, code_cell, demo_cells, demo_page, html_output, markdown, notebook_of

from perfweek.errors import PublishError
from perfweek.report.html import export_html, render_html
from perfweek.report.outline import Outline, markdown_html
from perfweek.report.sanitize import clean_html


@pytest.fixture(scope="module")
def soup(demo: str) -> BeautifulSoup:
    return BeautifulSoup(demo, "html.parser")


def rendered(*cells: nbformat.NotebookNode) -> BeautifulSoup:
    return BeautifulSoup(render_html(notebook_of(*cells), PAGE), "html.parser")


def test_the_same_notebook_gives_the_same_bytes(demo: str) -> None:
    assert demo_page() == demo


def test_the_first_screen_has_the_question_the_verdict_and_the_key_figures(soup: BeautifulSoup) -> None:
    hero = soup.select_one(".pw-hero")
    assert hero.h1.get_text() == "How fast are we?"
    assert [p.get_text() for p in hero.select(".pw-verdict p")] == ["GET /assets is too slow.", "JSON costs most."]
    tiles = [" ".join(tile.get_text(" ").split()) for tile in hero.select(".pw-tiles li")]
    assert tiles[0] == "p95 of GET /assets 212 ms 205 to 219, n = 14,220 12 ms over the budget evidence: evidence/load-monday/k6.csv"
    assert tiles[1].startswith("memory 412 MiB no interval, n = 9")


def test_the_contents_list_leads_to_every_section(soup: BeautifulSoup) -> None:
    links = soup.select("nav a")
    assert [link.get_text() for link in links] == ["Is the budget kept?", "Which statements are slow?", "Decide"]
    assert all(soup.find(id=link["href"][1:]).name == "h2" for link in links)


def test_everything_that_the_notebook_shows_is_in_the_report(soup: BeautifulSoup) -> None:
    article = soup.article
    assert len(article.find_all("picture")) == 2
    assert len(article.select("table.pw-table")) == 2  # the statements, and the functions beside the flame graph
    assert len(article.select(".pw-frame")) == 6
    assert [tag.get_text() for tag in article.select(".pw-stream")] == ["measured\n"]
    assert article.select_one(".pw-say").get_text() == "p95 of GET /assets is 212\N{NO-BREAK SPACE}ms."


def test_code_is_folded_and_the_set_up_stands_at_the_end(soup: BeautifulSoup) -> None:
    folded = soup.select("details.pw-code")
    assert not any(details.has_attr("open") for details in folded)
    assert folded[-1].get_text().startswith("Code: parameters and set-up") and "week: str = ''" in folded[-1].get_text()
    assert len(folded) == 8  # seven cells with outputs, and the set-up


def test_nothing_is_loaded_from_elsewhere(demo: str) -> None:
    assert not re.findall(r"""(?:src|srcset|href)=["'](?!data:|#|index\.html)[^"']*""", demo)
    assert not re.findall(r"@import|url\(", demo)


def test_the_policy_names_our_script_and_style_by_their_hashes(soup: BeautifulSoup) -> None:
    policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; img-src data:;") and "base-uri 'none'; form-action 'none'" in policy
    for tag in ("script", "style"):
        (element,) = soup.find_all(tag)
        assert base64.b64encode(hashlib.sha256(element.string.encode()).digest()).decode() in policy
    assert soup.find("meta", {"name": "referrer"})["content"] == "no-referrer"


def test_headings_keep_their_order_and_have_different_ids(soup: BeautifulSoup) -> None:
    page = rendered(markdown("# A\n\n# B\n\n#### C\n\n## D\n\n## D\n\n## !!!"), markdown("# E"))
    found = [(tag.name, tag.get("id")) for tag in page.main.find_all(re.compile("^h[1-6]$")) if tag.get_text() != "Contents"]
    assert found == [("h1", None), ("h2", "b"), ("h3", "c"), ("h2", "d"), ("h2", "d-2"), ("h2", "section"), ("h2", "e")]
    levels = [int(tag.name[1]) for tag in soup.main.find_all(re.compile("^h[1-6]$"))]
    assert all(later <= level + 1 for level, later in pairwise(levels))


def test_header_cells_of_any_table_say_what_they_head() -> None:
    frame = pd.DataFrame({"a": [1]}, index=["x"])
    page = rendered(markdown("| a |\n|---|\n| 1 |"), code_cell([html_output(frame.to_html())]))
    assert [cell["scope"] for cell in page.article.find_all("th")] == ["col", "col", "col", "row"]


def test_pictures_of_other_makers_need_an_alternative_text() -> None:
    pixel = base64.b64encode(b"PNG").decode()
    bare = nbformat.v4.new_output("display_data", data={"image/png": pixel})
    told = nbformat.v4.new_output("display_data", data={"image/png": pixel}, metadata={"image/png": {"alt": 'a "pixel"'}})
    assert rendered(code_cell([told])).article.img["alt"] == 'a "pixel"'
    unnamed = html_output(f'<img src="data:image/png;base64,{pixel}">')
    for cell in (code_cell([bare]), code_cell([unnamed]), markdown(f"![](data:image/png;base64,{pixel})")):
        with pytest.raises(PublishError, match="alternative text"):
            rendered(markdown("# Title"), cell)


def test_the_cell_of_a_picture_without_description_is_named() -> None:
    with pytest.raises(PublishError) as refused:
        rendered(markdown("# Title"), markdown("![](data:image/png;base64,AA==)"))
    assert refused.value.where == "cell 2"


def test_a_failed_cell_is_rendered_as_text() -> None:
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="<b>", traceback=["\x1b[31m<script>fire(1)</script>\x1b[0m"])
    page = rendered(code_cell([error]))
    assert page.select_one(".pw-error").get_text() == "<script>fire(1)</script>"


def test_outputs_that_only_programs_read_show_their_plain_text() -> None:
    output = nbformat.v4.new_output("display_data", data={"application/javascript": "fire(1)", "text/plain": "a widget"})
    page = rendered(code_cell([output]))
    assert page.article.select_one(".pw-stream").get_text() == "a widget"
    assert "fire(1)" not in page.get_text()


def test_streams_in_pieces_are_joined() -> None:
    pieces = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("one ", "two")]
    assert [tag.get_text() for tag in rendered(code_cell(pieces)).select(".pw-stream")] == ["one two"]


def test_messages_are_folded_and_make_no_result_of_a_cell() -> None:
    message = nbformat.v4.new_output("stream", name="stderr", text="<b>careful</b>")
    page = rendered(markdown("# T"), code_cell([message], source="import this"), code_cell([message, html_output("<p>result</p>")]))
    assert [pre.get_text() for pre in page.select("details .pw-stream")] == ["<b>careful</b>"] * 2
    assert len(page.select(".pw-result")) == 1
    assert page.select("details.pw-code")[-2].summary.get_text() == "Code: parameters and set-up"


def test_a_notebook_without_conclusion_can_still_be_looked_at() -> None:
    page = rendered(markdown("# Title"), markdown("text"))
    assert page.h1.get_text() == "Title" and not page.select(".pw-verdict")


def test_the_footer_holds_the_facts_escaped() -> None:
    page = BeautifulSoup(render_html(notebook_of(markdown("# T")), type(PAGE)("W", "<b>D</b>", {"Versions": {"<i>": "<script>"}})), "html.parser")
    assert [tag.get_text() for tag in page.footer.find_all(["h2", "dt", "dd"])] == ["Versions", "<i>", "<script>"]
    assert not page.find_all(["b", "i"])


def test_a_file_is_written_from_a_file(tmp_path: Path, demo: str) -> None:
    nbformat.write(notebook_of(*demo_cells()), tmp_path / "in.ipynb")
    export_html(tmp_path / "in.ipynb", tmp_path / "out.html", PAGE)
    assert (tmp_path / "out.html").read_text() == demo


@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("<script>fire(1)</script>text", "text"),
        ('<b onclick="fire(1)">x</b>', "<b>x</b>"),
        ('<a href="javascript:fire(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href=" java\nscript:fire(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="data:text/html,<script>fire(1)</script>">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="../artifacts/a.sql">x</a>', '<a href="../artifacts/a.sql" rel="noopener noreferrer">x</a>'),
        ('<a href="https://example.org/a?b=1:2">x</a>', '<a href="https://example.org/a?b=1:2" rel="noopener noreferrer">x</a>'),
        ('<img alt="x" src="https://example.org/a.png">', '<img alt="x">'),
        ('<img alt="x" src="data:text/html;base64,AA==">', '<img alt="x">'),
        ('<img alt="x" srcset="https://example.org/a.png 2x">', '<img alt="x">'),
        ('<span style="left:5%;width:3%;position:fixed;background:url(https://example.org)">x</span>', '<span style="left:5%;width:3%">x</span>'),
        ('<div style="left:5%" tabindex="9" role="alert" id="content">x</div>', "<div>x</div>"),
        ("<style>@import 'https://example.org'</style>x", "x"),
        ("<iframe srcdoc='<script>'></iframe><object></object><embed>x", "x"),
        ('<form action="https://example.org"><button>go</button><input></form>', "go"),
        ('<base href="https://example.org"><meta http-equiv="refresh" content="0"><link rel="stylesheet" href="https://example.org">x', "x"),
        ("<svg onload='fire(1)'><script>fire(1)</script><a xlink:href='javascript:fire(1)'>x</a></svg>", ""),
        ('<table><tr><td data-sort="1">x</td></tr></table>', '<table><tbody><tr><td data-sort="1">x</td></tr></tbody></table>'),
        ("<!-- comment -->x", "x"),
    ],
)  # fmt: skip
def test_only_what_cannot_act_is_left(content: str, left: str) -> None:
    assert clean_html(content) == left


def test_markdown_is_cleaned_too() -> None:
    content = markdown_html("<script>fire(1)</script>\n\n[x](<javascript:fire(2)>) **b** $a_b$\n\n```sql\nselect '<b>'\n```")
    assert "fire" not in content
    assert "<strong>b</strong>" in content and "$a_b$" in content
    assert BeautifulSoup(content, "html.parser").pre.get_text().strip() == "select '<b>'"


def test_an_outline_without_headings_has_no_title() -> None:
    outline = Outline()
    assert outline.take("<p>text</p>") == "<p>text</p>"
    assert (outline.title, outline.headings) == ("", [])
