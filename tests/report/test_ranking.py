"""A ranked table whose rows open: by mouse, by keyboard, without script, on paper; and every text in it stays a text."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from report_pages import HOSTILE, PAGE, SOURCE, Visit, code_cell, html_of, markdown, notebook_of, outputs_of

from perfweek.errors import PublishError
from perfweek.exhibit import Entry, Ranking, Script
from perfweek.report.exhibits import present
from perfweek.report.html import render_html
from perfweek.report.ranking import ranking_text, show_ranking

Open = Callable[..., Visit]
HEADS = ("change", "saves", "costs")
INJECTION = "'; drop table t; --"


def entry(title: str, said: str = "21 keys tried", sql: str = "-- Change: it.\nalter table t cluster by (a);\n") -> Entry:
    told = (("Why", (said,)), ("Warning", ("", "")), ("Friday looks for", ("3 % of the partitions", "4 % of them")))
    return Entry(title, "clustering", ("8.71 s (7.47 to 8.74)", ""), told, (Script("makes the change", "01-it.apply.sql", sql),))


RANKING = Ranking(HEADS, (entry("cluster t"), entry("suspend w")), 7, "The plan", SOURCE)


@pytest.fixture(scope="module")
def report() -> str:
    return render_html(notebook_of(markdown("# Plan"), code_cell(outputs_of(lambda: show_ranking(RANKING)))), PAGE)


def test_rows_stand_in_their_order_each_with_its_cells_under_their_heads(report: str) -> None:
    soup = BeautifulSoup(report, "html.parser")
    rows = [[part.get_text(" ", strip=True) for part in row.select(".pw-rank, .pw-what, .pw-cell")] for row in soup.select(".pw-entry > summary")]
    assert rows == [
        ["1", "cluster t clustering", "saves 8.71\N{NO-BREAK SPACE}s (7.47 to 8.74)", "costs –"],
        ["2", "suspend w clustering", "saves 8.71\N{NO-BREAK SPACE}s (7.47 to 8.74)", "costs –"],
    ]
    assert "2 of 7 rows" in soup.select_one(".pw-caption").get_text()


def test_a_term_without_a_sentence_is_left_out_and_one_with_two_has_both(report: str) -> None:
    first = BeautifulSoup(report, "html.parser").select_one(".pw-entry")
    assert [one.get_text() for one in first.select("dt")] == ["Why", "Friday looks for"]
    assert len(first.select("dd")) == 3


def test_a_script_is_shown_letter_by_letter_with_its_syntax_marked(report: str) -> None:
    pre = BeautifulSoup(report, "html.parser").select_one(".pw-script pre")
    assert pre.get_text() == RANKING.entries[0].scripts[0].text
    assert [one.get_text() for one in pre.select(".k")][:2] == ["alter", "table"]
    assert "--" in pre.select_one(".c1").get_text()


@pytest.mark.parametrize("text", [HOSTILE, INJECTION, "</pre></details><b>x</b>", "`<i>`", "\x00\u202e"])
def test_a_text_from_a_query_stays_a_text(text: str) -> None:
    ranking = Ranking((text, text, text), (entry(text, text, text),), 1, text, text)
    soup = BeautifulSoup(html_of(lambda: show_ranking(ranking)), "html.parser")
    assert soup.find(["script", "img", "b", "i"]) is None
    assert soup.select_one(".pw-script pre").get_text() == f"{text}\n"
    assert text.replace("`", "") in soup.select_one("dd").get_text()


def test_rows_open_by_the_keyboard_alone_and_without_script(visit: Open, report: str) -> None:
    page = visit(report, java_script_enabled=False).page
    assert page.locator("dt").first.is_hidden()
    page.locator(".pw-entry > summary").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".pw-entry").nth(1).locator("dt").first.is_visible()
    assert page.locator(".pw-entry").nth(0).locator("dt").first.is_hidden()


@pytest.mark.parametrize("script", [True, False])
def test_on_paper_every_row_and_script_is_open(visit: Open, report: str, script: bool) -> None:
    page = visit(report, java_script_enabled=script).page
    assert page.locator(".pw-script pre").first.is_hidden()
    page.emulate_media(media="print")
    heights = page.locator(".pw-script pre").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 2 and min(heights) > 10
    assert page.locator(".pw-copy").first.is_hidden() if script else page.locator(".pw-copy").count() == 0


def test_a_phone_scrolls_nothing_sideways_with_all_open(visit: Open) -> None:
    long = Ranking(HEADS, (entry("mv_" + "unified_data_catalog_" * 8, "word " * 60, "select " + "a_long_name_" * 40),), 1, "The plan", SOURCE)
    page = visit(render_html(notebook_of(markdown("# Plan"), code_cell(outputs_of(lambda: show_ranking(long)))), PAGE)).page
    page.set_viewport_size({"width": 390, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    right = page.locator(".pw-ranking *").evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().right))")
    assert right <= 390


def test_a_script_is_copied_whole_by_its_button(visit: Open, report: str) -> None:
    page = visit(report).page
    page.evaluate("document.addEventListener('copy', event => { window.copied = getSelection().toString(); })")
    page.locator(".pw-entry > summary").first.click()
    page.locator(".pw-script > summary").first.click()
    page.locator(".pw-copy").first.click()
    assert page.evaluate("window.copied").strip() == RANKING.entries[0].scripts[0].text.strip()


def test_those_who_read_no_html_get_ranks_cells_and_evidence() -> None:
    text = ranking_text(RANKING)
    assert "1. cluster t (clustering): saves 8.71 s (7.47 to 8.74)" in text and "   Why: 21 keys tried" in text
    assert text.endswith(f"evidence: {SOURCE}")


def test_a_ranking_without_rows_is_left_out_and_one_without_a_source_refused() -> None:
    assert outputs_of(lambda: present([Ranking(HEADS, (), 0, "The plan", SOURCE)])) == []
    with pytest.raises(PublishError, match="no source"):
        show_ranking(Ranking(HEADS, RANKING.entries, 2, "The plan", ""))
