"""A report in a real browser: wide and narrow, light and dark, with the keyboard alone, without script, printed."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page
from report_pages import PAGE, Visit, code_cell, demo_cells, markdown, notebook_of, outputs_of, week_with_evidence

from perfweek.notebook import show_table
from perfweek.report.html import render_html
from perfweek.report.index import write_index
from perfweek.report.theme import DARK, LIGHT

Open = Callable[..., Visit]

# Every element that holds text itself, with the contrast of its colour on the nearest ground behind it.
CONTRASTS = """() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const details of document.querySelectorAll("details")) details.open = true;
  return [...document.querySelectorAll("body *")]
    .filter(element => element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => {
      const pair = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))].sort((a, b) => b - a);
      return { text: element.textContent.trim().slice(0, 40), ratio: (pair[0] + 0.05) / (pair[1] + 0.05) };
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_reaches_a_contrast_of_four_and_a_half(visit: Open, demo: str, scheme: str) -> None:
    page = visit(demo, color_scheme=scheme).page
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[scheme]
    found = page.evaluate(CONTRASTS)
    assert len(found) > 200
    assert [one for one in found if one["ratio"] < 4.5] == []


def test_the_grounds_of_page_and_figures_are_the_same(demo: str) -> None:
    grounds = re.findall(r"--ground: (#\w+)", BeautifulSoup(demo, "html.parser").style.string)
    assert grounds == [LIGHT.ground, DARK.ground]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_scheme_shows_its_own_pictures(visit: Open, demo: str, scheme: str) -> None:
    page = visit(demo, color_scheme=scheme).page
    shown = page.eval_on_selector_all("picture img", "images => images.map(image => image.currentSrc)")
    tag, attribute = {"light": ("img", "src"), "dark": ("source", "srcset")}[scheme]
    assert shown == [element[attribute] for element in BeautifulSoup(demo, "html.parser").select(f"picture {tag}")]
    assert len(set(shown)) == 2


@pytest.fixture(scope="module")
def wide() -> str:
    """The demonstration, with a table, a heading and code that are wider than any screen."""
    frame = pd.DataFrame({f"column {number}": ["a long_unbroken_identifier_in_a_cell"] for number in range(20)})
    table = outputs_of(lambda: show_table(frame, "Wide", "evidence/load-monday/k6.csv"))
    word = markdown("## " + "unbroken" * 30 + "\n\n`" + "code" * 60 + "`\n\n```\n" + "pre" * 100 + "\n```")
    return render_html(notebook_of(*demo_cells(), word, code_cell(table, source="x = '" + "y" * 300 + "'")), PAGE)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways_but_wide_tables_do_within_themselves(visit: Open, wide: str, tmp_path: Path, width: int) -> None:
    week = week_with_evidence(tmp_path)
    for content in (wide, write_index(week).read_text()):
        page = visit(content, viewport={"width": width, "height": 800}).page
        page.eval_on_selector_all("details", "all => all.forEach(details => { details.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.documentElement).overflowX") == "visible"
        if page.locator(".pw-scroll").count():
            assert page.locator(".pw-scroll").last.evaluate("region => region.scrollWidth > region.clientWidth")


def test_regions_that_scroll_can_be_reached_and_have_a_name(visit: Open, demo: str) -> None:
    page = visit(demo).page
    regions = page.locator(".pw-scroll")
    assert regions.count() == 4
    for region in regions.all():
        assert region.get_attribute("tabindex") == "0" and region.get_attribute("role") == "region" and region.get_attribute("aria-label")


def test_a_page_has_a_language_landmarks_a_title_and_one_first_heading(visit: Open, demo: str) -> None:
    page = visit(demo).page
    assert page.get_attribute("html", "lang") == "en"
    assert page.title() == "How fast are we? – Monday, 2026-W48"
    assert [page.locator(tag).count() for tag in ("h1", "main", "nav[aria-label]", "body > header", "body > footer")] == [1] * 5


def test_the_first_tab_leads_past_the_page_s_head(visit: Open, demo: str) -> None:
    page = visit(demo).page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to the content"
    box = focused.bounding_box()
    assert box and box["x"] >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")


def first_cells(page: Page, column: int) -> list[str]:
    return page.eval_on_selector_all("table.pw-table >> nth=0 >> tbody tr", f"rows => rows.map(row => row.cells[{column}].textContent)")


def test_a_table_is_sorted_with_the_keyboard_and_says_how(visit: Open, demo: str) -> None:
    page = visit(demo).page
    before = first_cells(page, 1)
    assert before == [str(number) for number in range(60, 10, -1)]
    button = page.get_by_role("button", name="Sort by Runs")
    button.focus()
    page.keyboard.press("Enter")
    assert first_cells(page, 1) == before
    assert page.locator("th[aria-sort]").first.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert first_cells(page, 1) == before[::-1]
    assert page.locator("th[aria-sort]").first.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Sort by Time, ms").press("Enter")
    times = first_cells(page, 2)
    assert times[:2] == ["48", "47"] and times[-1] == "–"
    page.get_by_role("button", name="Sort by Query text").press("Enter")
    assert first_cells(page, 0)[:3] == [f"select {number} from sophia_core.unified_data_catalog where created_at > ?" for number in (0, 1, 2)]


def shown_frames(page: Page) -> list[str]:
    return page.eval_on_selector_all(".pw-frame", "all => all.filter(frame => frame.checkVisibility()).map(frame => frame.textContent.split(' ')[0])")


def test_a_flame_graph_is_zoomed_with_the_keyboard(visit: Open, demo: str) -> None:
    page = visit(demo).page
    page.locator(".pw-frame").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator(":focus").inner_text() == "query (db.py:7)"
    page.keyboard.press("Enter")
    assert shown_frames(page) == ["all", "run", "app", "query"]
    assert page.locator(":focus").evaluate("frame => frame.style.width") == "100%"
    assert page.get_by_role("status").inner_text().startswith("Zoomed: query (db.py:7): 30.0% of samples")
    page.keyboard.press("ArrowUp")
    assert page.locator(":focus").inner_text() == "app (app.py:10)"
    page.keyboard.press("Escape")
    assert shown_frames(page) == ["all", "run", "app", "wait", "encode", "query"]
    page.locator(".pw-frame", has_text="wait").click()
    assert shown_frames(page) == ["all", "run", "wait"]


def test_without_script_the_page_is_complete(visit: Open, demo: str) -> None:
    page = visit(demo, java_script_enabled=False).page
    text = " ".join(page.locator("body").inner_text().split())
    assert all(words in text for words in ("GET /assets is too slow.", "50 of 60 rows", "encode (json.py:5)", "p95 of GET /assets is 212 ms."))
    assert page.locator("tbody tr").count() >= 50
    assert page.get_by_role("button").count() == 0
    page.locator("summary", has_text="The same as a table").click()
    assert page.get_by_text("Functions by own samples").is_visible()


def test_with_pictures_off_the_findings_can_be_read(visit: Open, demo: str) -> None:
    without = re.sub(r'(src|srcset)="data:[^"]*"', r'\1="data:,"', demo)
    page = visit(without).page
    assert [image.get_attribute("alt") for image in page.locator("picture img").all()] == ["p95 rises to 212 ms", "Many points, no trend"]


def test_those_who_want_no_motion_get_none(visit: Open, demo: str) -> None:
    assert visit(demo, reduced_motion="reduce").page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_paper_gets_whole_tables_and_no_code(visit: Open, demo: str) -> None:
    page = visit(demo, color_scheme="dark").page
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("details.pw-code").first.is_visible() and not page.locator("nav").is_visible()
    assert page.locator("table.pw-table >> nth=0 >> tbody th").first.is_visible()
    assert page.locator(".pw-scroll").first.evaluate("region => getComputedStyle(region).overflowX") == "visible"


def test_a_dark_screen_prints_light_pictures_and_is_dark_again_afterwards(visit: Open, demo: str) -> None:
    page = visit(demo, color_scheme="dark").page
    light = "[...document.querySelectorAll('picture img')].every(image => image.currentSrc === image.src)"
    assert not page.evaluate(light)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(light)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"!({light})")


def test_a_wide_table_fits_the_paper_and_no_column_of_words_is_squeezed_to_letters(visit: Open) -> None:
    """A4 with its margins leaves 180 mm, 680 px; a word of a reason has at most ten letters, 35 px or more at 7.5 pt."""
    row = {
        "endpoint": "GET /assets/{id}",
        "quantity": "bytes scanned a request",
        "verdict": "cannot tell",
        "reason": "the interval reaches the band " * 2,
    }
    numbers = {f"number {place}": 1234.5 + place for place in range(7)}
    wide = pd.DataFrame([row | numbers, row | {"endpoint": "mv_unified_data_catalog_by_created_at_day_source_system"} | numbers])
    outputs = outputs_of(lambda: show_table(wide, "Wide", "evidence/a/b.csv"))
    page = visit(render_html(notebook_of(code_cell(outputs)), PAGE), viewport={"width": 680, "height": 900}).page
    page.emulate_media(media="print")
    assert page.locator("table.pw-table").evaluate("table => table.getBoundingClientRect().right") <= 680
    widths = page.eval_on_selector_all("table.pw-table tbody tr:first-child > *", "cells => cells.map(cell => cell.clientWidth)")
    assert min(widths) > 35
