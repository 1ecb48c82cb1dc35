"""Differential flame graphs: signs, words and two layouts; and the tools of every flame graph in a real browser."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup
from report_pages import PAGE, SOURCE, Visit, code_cell, html_of, markdown, notebook_of, outputs_of

from perfweek.errors import PublishError
from perfweek.report.figures import show_differential_flamegraph
from perfweek.report.flame_differential import differential_html
from perfweek.report.html import render_html
from perfweek.report.output import template_text
from perfweek.report.theme import contrast
from perfweek.stats import Estimate

Open = Callable[..., Visit]


@dataclass(frozen=True)
class Change:
    before: float
    after: float
    difference: Estimate
    verdict: str


def change(before: float, after: float, verdict: str) -> Change:
    return Change(before, after, Estimate(after - before, after - before - 1, after - before + 1, 6, "t"), verdict)


# main 10 ms -> 14 ms: encode 4 -> 8 (more), query 4 -> 2 (less), gone 2 -> 0 (less), new 0 -> 1, too little to compare; wait 3 (cannot tell)
BEFORE = {("main", "encode"): 4.0, ("main", "query"): 4.0, ("main", "gone"): 2.0, ("main", "wait"): 3.0}
AFTER = {("main", "encode"): 8.0, ("main", "query"): 2.0, ("main", "new"): 1.0, ("main", "wait"): 3.0}
PATHS = {
    ("main", "encode"): change(4, 8, "more"),
    ("main", "query"): change(4, 2, "less"),
    ("main", "gone"): change(2, 0, "less"),
    ("main", "wait"): change(3, 3, "cannot tell"),
}
FUNCTIONS = {path[-1]: one for path, one in PATHS.items()}


def shown(graph: BeautifulSoup) -> dict[str, str]:
    """text of a frame -> its class and its width"""
    return {frame.get_text(): f"{frame['class'][1]} {re.findall('width:([0-9.]+%)', frame['style'])[0]}" for frame in graph.select(".pw-frame")}


def test_each_call_is_as_wide_as_after_and_as_before_with_a_sign_and_a_class() -> None:
    after, before = BeautifulSoup(differential_html(BEFORE, AFTER, PATHS, FUNCTIONS, "label"), "html.parser").select(".pw-flame")
    assert shown(after) == {
        "all": "pw-unsure 100.0000%",
        "main": "pw-unsure 100.0000%",
        "▲ encode": "pw-more 57.1429%",
        "wait": "pw-unsure 21.4286%",
        "▼ query": "pw-less 14.2857%",
        "new": "pw-unsure 7.1429%",
    }
    assert "▼ gone" in shown(before) and "new" not in shown(before)
    assert shown(before)["▲ encode"] == "pw-more 30.7692%"
    assert (after["aria-label"], before["aria-label"]) == ("After: label", "Before: label")


def test_each_call_tells_both_costs_their_difference_and_the_verdict() -> None:
    content = differential_html(BEFORE, AFTER, PATHS, FUNCTIONS, "label")
    assert 'title="encode: 4 ms a request before, 8 ms after; difference 4 ms (3 to 5): costs more"' in content
    assert 'title="wait: 3 ms a request before, 3 ms after; difference 0 ms (-1 to 1): cannot tell"' in content
    assert 'title="new: too little of it to compare"' in content


def test_the_legend_is_in_words_and_the_table_has_what_is_sure_first() -> None:
    soup = BeautifulSoup(differential_html(BEFORE, AFTER, PATHS, FUNCTIONS, "label"), "html.parser")
    assert soup.select_one(".pw-legend").get_text().startswith("▲ orange costs more than before, ▼ blue less; grey: one cannot tell")
    assert [row.th.get_text() for row in soup.select("tbody tr")] == ["encode", "gone", "query", "wait"]
    assert [cell.get_text() for cell in soup.select("tbody tr:first-child td")] == ["4", "8", "4", "3 to 5", "more"]


def test_hostile_names_stay_text() -> None:
    hostile = "<img src=x onerror=fire(1)>\" onclick='fire(2)'"
    stacks = {(hostile,): 1.0}
    soup = BeautifulSoup(
        differential_html(stacks, stacks, {(hostile,): change(1, 2, "more")}, {hostile: change(1, 2, "more")}, hostile), "html.parser"
    )
    assert not soup.find_all(["img", "script"])
    assert soup.select_one(".pw-more.pw-frame").get_text() == "▲ " + hostile


def test_it_needs_its_words_and_brings_text_for_those_who_read_no_html() -> None:
    with pytest.raises(PublishError, match="note"):
        show_differential_flamegraph(BEFORE, AFTER, PATHS, FUNCTIONS, "alt", "", SOURCE)
    (output,) = outputs_of(lambda: show_differential_flamegraph(BEFORE, AFTER, PATHS, FUNCTIONS, "JSON costs more", "6 pairs", SOURCE))
    assert output.data["text/plain"].splitlines() == [
        "JSON costs more",
        "+4.00 ms  encode",
        "-2.00 ms  gone",
        "-2.00 ms  query",
        "6 pairs",
        f"evidence: {SOURCE}",
    ]
    assert SOURCE in html_of(lambda: show_differential_flamegraph(BEFORE, AFTER, PATHS, FUNCTIONS, "JSON costs more", "6 pairs", SOURCE))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_its_colours_carry_text_in_both_schemes(scheme: int) -> None:
    def colour(name: str) -> str:
        return re.findall(rf"--{name}: (#\w+)", template_text("style.css"))[scheme]

    assert min(contrast(colour("change-ink"), colour(name)) for name in ("more", "less", "unsure")) >= 4.5


@pytest.fixture(scope="module")
def page() -> str:
    cell = code_cell(outputs_of(lambda: show_differential_flamegraph(BEFORE, AFTER, PATHS, FUNCTIONS, "JSON costs more", "6 pairs", SOURCE)))
    return render_html(notebook_of(markdown("# What changed?"), cell), PAGE)


def visible(visited: Visit, graph: int) -> list[str]:
    return visited.page.eval_on_selector_all(
        f".pw-flame >> nth={graph} >> .pw-frame", "all => all.filter(frame => frame.checkVisibility()).map(frame => frame.textContent)"
    )


def test_the_two_graphs_are_zoomed_apart_and_a_button_shows_all_again(visit: Open, page: str) -> None:
    visited = visit(page)
    shows_all = visited.page.get_by_role("button", name="Show all")
    assert shows_all.first.is_disabled()
    visited.page.locator(".pw-flame").first.get_by_text("▲ encode").click()
    assert visible(visited, 0) == ["all", "main", "▲ encode"]
    assert len(visible(visited, 1)) == 6
    assert shows_all.last.is_disabled()
    shows_all.first.click()
    assert len(visible(visited, 0)) == 6
    assert visited.page.locator(":focus").inner_text() == "all"
    assert visited.complaints == []


def test_a_search_marks_what_matches_says_how_wide_it_is_and_zooms_with_enter(visit: Open, page: str) -> None:
    visited = visit(page)
    field = visited.page.get_by_role("searchbox", name="Find a function").first
    field.fill("NEW")
    status = visited.page.get_by_role("status").first
    assert status.inner_text() == "1 of 6 calls match: 7.1% of the whole width."
    assert visited.page.locator(".pw-found").all_inner_texts() == ["new"]
    field.press("Enter")
    assert visible(visited, 0) == ["all", "main", "new"]
    assert status.inner_text().startswith("Zoomed: new: too little of it to compare.")
    visited.page.keyboard.press("Shift+Tab")
    visited.page.keyboard.press("Shift+Tab")
    assert visited.page.locator(":focus").inner_text() == "new", "what is zoomed can be reached with the keyboard"
    visited.page.keyboard.press("Escape")
    assert len(visible(visited, 0)) == 6


def test_without_script_both_graphs_and_the_table_are_there(visit: Open, page: str) -> None:
    visited = visit(page, java_script_enabled=False)
    assert visited.page.locator(".pw-frame").count() == 12
    assert visited.page.get_by_role("searchbox").count() == 0
    visited.page.locator("summary", has_text="The same as a table").click()
    assert visited.page.get_by_text("Functions by the change of their own CPU time").is_visible()
