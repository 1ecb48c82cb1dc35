"""Hostile outputs in a real browser: with both defences off they act, with either on they do not, and the report is whole.

Each payload calls fire(name) when it runs, or asks a host of example.org for something. The first test is the control:
without it, the others would pass on a page that shows nothing.
"""

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import Page
from report_pages import HOSTILE, PAGE, Visit, code_cell, html_output, markdown, notebook_of, outputs_of, week_with_evidence

from perfweek.exhibit import Entry, Ranking, Script
from perfweek.notebook import Tile, conclude, say, show, show_flamegraph, show_table
from perfweek.report.html import render_html
from perfweek.report.index import write_index
from perfweek.report.ranking import show_ranking
from perfweek.stats import Estimate

ACTING = {
    "script": "<script>fire('script')</script>",
    "image": "<img alt=x src=x onerror=fire('image')>",
    "svg": "<svg onload=fire('svg')></svg>",
    "details": "<details open ontoggle=fire('details')><summary>x</summary>y</details>",
    "frame": "<iframe srcdoc=\"<script>parent.fire('frame')</script>\"></iframe>",
    "frame address": "<iframe src=\"javascript:parent.fire('frame address')\"></iframe>",
    "style": "<style onload=fire('style')></style>",
    "Styler": pd.DataFrame({"a": ["<script>fire('Styler')</script>"]}).style.to_html(),
    "unescaped table": pd.DataFrame({"a": ["<script>fire('unescaped table')</script>"]}).to_html(escape=False),
    "link": "<a class=click href=\"javascript:fire('link')\">x</a>",
    "button": "<button class=click onclick=fire('button')>x</button>",
    "division": "<div class=click onclick=fire('division')>x</div>",
}
ASKING = {
    "picture": '<img alt=x src="https://picture.example.org/a.png">',
    "sources": '<img alt=x srcset="https://sources.example.org/a.png 1x">',
    "sheet": '<link rel="stylesheet" href="https://sheet.example.org/a.css">',
    "import": '<style>@import "https://import.example.org/a.css";</style>',
    "background": '<div style="background:url(https://background.example.org/a.png)">x</div>',
    "page in a frame": '<iframe src="https://frame.example.org/"></iframe>',
    "object": '<object data="https://object.example.org/"></object>',
    "media": '<video src="https://media.example.org/" autoplay></video>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://refresh.example.org/">',
}


def hostile_notebook(payloads: dict[str, str]) -> nbformat.NotebookNode:
    """The payloads as HTML outputs and in markdown, and hostile words wherever the report's own calls take words."""
    figure = Figure()
    figure.subplots().plot([1, 2], label=HOSTILE)
    table = pd.DataFrame({HOSTILE: [HOSTILE], "Query text": [HOSTILE]}, index=pd.Index([HOSTILE], name=HOSTILE))
    entry = Entry(HOSTILE, HOSTILE, (HOSTILE,), ((HOSTILE, (HOSTILE,)),), (Script(HOSTILE, HOSTILE, HOSTILE),))
    ranking = Ranking((HOSTILE, HOSTILE), (entry,), 1, HOSTILE, HOSTILE, HOSTILE)
    tile = Tile(HOSTILE, Estimate(1, 0, 2, 3, HOSTILE), HOSTILE, HOSTILE, HOSTILE)
    shown = [
        *outputs_of(lambda: say(HOSTILE)),
        *outputs_of(lambda: show(figure, HOSTILE, HOSTILE, HOSTILE)),
        *outputs_of(lambda: show_table(table, HOSTILE, HOSTILE)),
        *outputs_of(lambda: show_flamegraph({(HOSTILE, HOSTILE): 3}, HOSTILE, HOSTILE, HOSTILE)),
        *outputs_of(lambda: show_ranking(ranking)),
        *outputs_of(lambda: conclude([HOSTILE], [tile])),
        nbformat.v4.new_output("stream", name="stdout", text=HOSTILE),
        nbformat.v4.new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[HOSTILE]),
        *(html_output(f"<div>{payload}</div>") for payload in payloads.values()),
    ]
    text = "<script>fire('markdown script')</script>\n\n[x](<javascript:fire('markdown link')>)\n\n" + "\n\n".join(payloads.values())
    return notebook_of(
        markdown("# Hostile\n\n| a |\n|---|\n| 1 |"), markdown(text), code_cell(shown), markdown("## <script>fire('heading')</script>")
    )


Render = Callable[..., str]


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch) -> Render:
    """The hostile report, with the stripping or the policy taken away."""

    def rendered(payloads: dict[str, str], stripping: bool = True, policy: bool = True) -> str:
        for module in () if stripping else ("html", "outline"):
            monkeypatch.setattr(f"perfweek.report.{module}.clean_html", lambda content: content)
        page = render_html(hostile_notebook(payloads), PAGE)
        return page if policy else re.sub(r"<meta [^>]*Content-Security-Policy[^>]*>", "", page)

    return rendered


def fired(page: Page) -> set[str]:
    """What ran when the page was opened, and when everything that can be clicked was."""
    for element in page.query_selector_all(".click, a[href^='javascript']"):
        element.dispatch_event("click")
    page.wait_for_timeout(100)
    return set(page.evaluate("window.fired"))


def test_the_control_without_stripping_and_policy_every_payload_acts(visit: Callable[..., Visit], render: Render) -> None:
    assert fired(visit(render(ACTING, stripping=False, policy=False)).page) == {*ACTING, "markdown script", "markdown link", "heading"}


@pytest.mark.parametrize(("stripping", "policy"), [(True, False), (False, True), (True, True)])
def test_with_either_defence_no_payload_acts_and_the_report_is_whole(
    visit: Callable[..., Visit], render: Render, stripping: bool, policy: bool
) -> None:
    visited = visit(render(ACTING, stripping=stripping, policy=policy))
    assert fired(visited.page) == set()
    assert bool(visited.complaints) == (not stripping)
    page = visited.page
    assert page.locator("table.pw-table").count() == 2
    assert page.locator("tbody td, tbody th").get_by_text(HOSTILE, exact=True).count() >= 3
    assert page.locator("picture").count() == 1
    assert page.locator(".pw-frame").count() == 3
    assert page.locator(".pw-sort").count() == 7, "our own script runs"


def test_words_of_the_report_s_own_calls_are_inert_without_any_other_defence(visit: Callable[..., Visit], render: Render) -> None:
    visited = visit(render({}, stripping=False, policy=False))
    assert "text" not in fired(visited.page)
    assert HOSTILE in visited.page.inner_text("body")


def hosts(visited: Visit) -> set[str]:
    return {url.split("/")[2] for url in visited.requests}


def test_the_control_without_stripping_and_policy_the_page_asks_for_everything(visit: Callable[..., Visit], render: Render) -> None:
    named = {host for payload in ASKING.values() for host in re.findall(r"[a-z]+\.example\.org", payload)}
    assert hosts(visit(render(ASKING, stripping=False, policy=False))) == named


@pytest.mark.parametrize("policy", [False, True])
def test_no_request_leaves_a_report(visit: Callable[..., Visit], render: Render, policy: bool) -> None:
    visited = visit(render(ASKING, policy=policy))
    assert hosts(visited) == set()
    assert visited.page.locator("table").count() == 3


def test_the_policy_alone_stops_every_request_but_the_redirection(visit: Callable[..., Visit], render: Render) -> None:
    assert hosts(visit(render(ASKING, stripping=False))) <= {"refresh.example.org"}


def test_an_ordinary_report_asks_for_nothing_and_offends_no_rule(visit: Callable[..., Visit], demo: str) -> None:
    visited = visit(demo)
    assert (visited.requests, visited.complaints) == ([], [])
    assert visited.page.locator("picture img").first.evaluate("image => image.naturalWidth") > 0


def test_hostile_words_on_the_week_s_page_are_inert(visit: Callable[..., Visit], tmp_path: Path) -> None:
    week = week_with_evidence(tmp_path)
    (week.reports / "monday.html").write_text("x")
    tile = {"label": HOSTILE, "shown": HOSTILE, "interval": HOSTILE, "unit": HOSTILE, "n": 1, "method": HOSTILE, "source": HOSTILE, "change": HOSTILE}
    summary = {"verdict": [HOSTILE], "tiles": [tile | {"value": 1, "low": None, "high": None}], "artifacts": []}
    days = {
        "monday": {"status": "complete", "report": "reports/monday.html", "summary": summary},
        "tuesday": {"status": "failed", "error": HOSTILE, "finished": HOSTILE},
    }
    week.save_manifest({"days": days, "target": HOSTILE, "host": {HOSTILE: HOSTILE}, "versions": {HOSTILE: HOSTILE}})
    content = write_index(week).read_text()
    visited = visit(re.sub(r"<meta [^>]*Content-Security-Policy[^>]*>", "", content))
    assert fired(visited.page) == set()
    assert visited.page.inner_text("body").count(HOSTILE) == 12
