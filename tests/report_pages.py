"""Reports for tests: what a cell displays, an executed notebook, a week with evidence, without starting a kernel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from playwright.sync_api import Page as BrowserPage

from perfweek import evidence
from perfweek.exhibit import Entry, Ranking, Script
from perfweek.notebook import Tile, conclude, say, show, show_flamegraph, show_table
from perfweek.report.html import render_html
from perfweek.report.page import Page
from perfweek.report.ranking import show_ranking
from perfweek.report.theme import apply_theme
from perfweek.stats import Estimate
from perfweek.week import Week

apply_theme()  # as open_day does, before any figure is made

SOURCE = "evidence/load-monday/k6.csv"
PAGE = Page("2026-W48", "Monday", {"Versions": {"python": "3.11"}})
HOSTILE = "<script>fire('text')</script><img src=x onerror=fire('text')>"


@dataclass
class Visit:
    """A page that was opened, what it asked the network for, and what the browser complained about."""

    page: BrowserPage
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def outputs_of(call: Callable[[], Any]) -> list[nbformat.NotebookNode]:
    """What `call` displays, as the outputs of a cell."""
    InteractiveShell.instance()
    with capture_output() as captured:
        call()
    return [nbformat.v4.new_output("display_data", data=shown.data, metadata=shown.metadata or {}) for shown in captured.outputs]


def html_of(call: Callable[[], Any]) -> str:
    """The HTML of the only thing that `call` displays."""
    (output,) = outputs_of(call)
    return output.data["text/html"]


def html_output(content: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data={"text/html": content, "text/plain": "?"})


def code_cell(outputs: Sequence[nbformat.NotebookNode], source: str = "show(...)") -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, outputs=list(outputs))


def notebook_of(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    for position, cell in enumerate(notebook.cells):
        cell.id = f"cell-{position}"
    return notebook


def markdown(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def line_figure(points: int = 30) -> Figure:
    figure = Figure()
    axes = figure.subplots()
    for series in range(5):
        axes.plot(np.linspace(0, 1, points // 5), np.linspace(10, 200 + series, points // 5), color=f"C{series}")
    axes.set_ylabel("response time, ms")
    return figure


def statements(rows: int = 60) -> pd.DataFrame:
    texts = [f"select {number} from sophia_core.unified_data_catalog where created_at > ?" for number in range(rows)]
    times = [float(number) if number % 7 else float("nan") for number in range(rows)]
    return pd.DataFrame({"Query text": texts, "Runs": range(rows, 0, -1), "Time, ms": times})


STACKS: Mapping[tuple[str, ...], int] = {
    ("run (main.py:1)", "app (app.py:10)", "encode (json.py:5)"): 60,
    ("run (main.py:1)", "app (app.py:10)", "query (db.py:7)"): 30,
    ("run (main.py:1)", "wait (loop.py:3)"): 10,
}


_SCRIPT = Script("makes the change", "01-it.apply.sql", "-- Change: it.\nalter table t cluster by (to_date(a), 1);\n")
_ENTRY = Entry("cluster t", "clustering", ("8.71 s (7.47 to 8.74)", ""), (("Why", ("21 keys tried",)),), (_SCRIPT,))
RANKING = Ranking(("change", "saves", "costs"), (_ENTRY,), 1, "The plan", SOURCE)


def demo_cells() -> list[nbformat.NotebookNode]:
    """One of everything that a notebook may show."""
    p95 = Estimate(212.3, 205.1, 219.4, 14220, "block bootstrap")
    tiles = [
        Tile("p95 of GET /assets", p95, "ms", SOURCE, "12 ms over the budget"),
        Tile("memory", Estimate(412, np.nan, np.nan, 9, "maximum"), "MiB", SOURCE),
    ]
    return [
        markdown("# How fast are we?\n\nOne load run."),
        nbformat.v4.new_code_cell("week: str = ''", metadata={"tags": ["parameters"]}),
        markdown("## Is the budget kept?\n\nA promise."),
        code_cell(
            [
                *outputs_of(lambda: say("p95 of `GET /assets` is 212 ms.")),
                *outputs_of(lambda: show(line_figure(), "p95 rises to 212 ms", "n = 14,220", SOURCE)),
            ]
        ),
        code_cell(outputs_of(lambda: show(line_figure(5000), "Many points, no trend", "n = 5,000", SOURCE))),
        markdown("## Which statements are slow?\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        code_cell(outputs_of(lambda: show_table(statements(), "Statements by time", SOURCE))),
        code_cell(outputs_of(lambda: show_ranking(RANKING))),
        markdown("#### Where does the time go?"),
        code_cell(outputs_of(lambda: show_flamegraph(STACKS, "JSON takes 60 %", "100 samples", SOURCE))),
        code_cell([nbformat.v4.new_output("stream", name="stdout", text="measured\n")]),
        markdown("## Decide"),
        code_cell(outputs_of(lambda: conclude(["`GET /assets` is too slow.", "JSON costs most."], tiles))),
    ]


def demo_page() -> str:
    return render_html(notebook_of(*demo_cells()), PAGE)


def week_with_evidence(folder: Path) -> Week:
    """A week that holds the measurement `load-monday` with the file k6.csv."""
    week = Week.open("2026-W48", folder / "weeks")
    evidence.collect(week, "load-monday", {}, lambda into: (into / "k6.csv").write_text("1"))
    return week
