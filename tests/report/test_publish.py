"""A day's report is published whole and checked, or not at all."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure
from report_pages import SOURCE, code_cell, demo_cells, html_output, line_figure, markdown, notebook_of, outputs_of, week_with_evidence

from perfweek.errors import PublishError
from perfweek.notebook import Tile, conclude, say, show, show_flamegraph, show_table
from perfweek.report.page import withdraw
from perfweek.report.publish import Published, durations, publish
from perfweek.stats import Estimate
from perfweek.week import Week

Publish = Callable[..., Published]
PARAMETERS = {"week": "2026-W48", "target": "", "slow_ms": -1, "profile": "smoke"}


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return week_with_evidence(tmp_path)


@pytest.fixture
def published(week: Week, tmp_path: Path) -> Publish:
    """Publish cells as Monday's report, with an environment of the test's own."""

    def run(*cells: nbformat.NotebookNode, environment: dict[str, str] | None = None) -> Published:
        nbformat.write(notebook_of(*cells), tmp_path / "executed.ipynb")
        return publish(week, "monday", tmp_path / "executed.ipynb", PARAMETERS, environment or {})

    return run


def conclusion(artifacts: tuple[Path, ...] = (), source: str = SOURCE) -> nbformat.NotebookNode:
    return code_cell(outputs_of(lambda: conclude(["Well."], [Tile("p95", Estimate(1, 0, 2, 3, ""), "ms", source)], artifacts)))


def test_a_report_is_published_with_its_notebook_and_what_the_manifest_says(week: Week, published: Publish) -> None:
    (week.artifacts / "apply.sql").write_text("select 1")
    result = published(*demo_cells()[:-1], conclusion((week.artifacts / "apply.sql",)))
    assert (result.report, result.notebook, result.artifacts) == ("reports/monday.html", "reports/monday.ipynb", ["artifacts/apply.sql"])
    assert result.summary["verdict"] == ["Well."] and asdict(result)["summary"] == result.summary
    report = (week.root / result.report).read_text()
    assert '<a href="../artifacts/apply.sql">' in report
    assert "as in target.toml" in report and "smoke" in report
    assert len(nbformat.read(week.root / result.notebook, 4).cells) == len(demo_cells())
    assert [path.name for path in week.reports.iterdir() if path.name.startswith(".")] == []


def test_the_same_notebook_is_published_as_the_same_bytes(week: Week, published: Publish) -> None:
    cells = demo_cells()
    first = published(*cells), (week.reports / "monday.html").read_bytes(), (week.reports / "monday.ipynb").read_bytes()
    assert (published(*cells), (week.reports / "monday.html").read_bytes(), (week.reports / "monday.ipynb").read_bytes()) == first


def error_cell() -> nbformat.NotebookNode:
    return code_cell([nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])])


def bare(mime: str) -> nbformat.NotebookNode:
    content = pd.DataFrame({"a": [1]}).to_html() if mime == "text/html" else "AA=="
    return code_cell([nbformat.v4.new_output("display_data", data={mime: content}, metadata={mime: {"alt": "a picture"}})])


REFUSED: dict[str, tuple[str, Callable[[], list[nbformat.NotebookNode]]]] = {
    "a failed cell": ("failed", lambda: [error_cell(), conclusion()]),
    "no conclusion": ("no conclusion", lambda: [markdown("# Title")]),
    "a figure without its evidence": (
        "not there",
        lambda: [code_cell(outputs_of(lambda: show(Figure(), "a", "n", "evidence/gone/a.csv"))), conclusion()],
    ),
    "a table without its evidence": (
        "not there",
        lambda: [code_cell(outputs_of(lambda: show_table(pd.DataFrame(), "a", "evidence/a.csv"))), conclusion()],
    ),
    "a flame graph without its evidence": (
        "not there",
        lambda: [code_cell(outputs_of(lambda: show_flamegraph({}, "a", "n", "facts/a"))), conclusion()],
    ),
    "a key figure without its evidence": ("not there", lambda: [conclusion(source="evidence/load-monday/gone.csv")]),
    "evidence outside the week": ("not there", lambda: [conclusion(source="evidence/../../../target.toml")]),
    "the list of files as evidence": ("list of files", lambda: [conclusion(source="evidence/load-monday/measurement.json")]),
    "a table of another maker": ("does not name", lambda: [bare("text/html"), conclusion()]),
    "a picture of another maker": ("does not name", lambda: [bare("image/png"), conclusion()]),
    "a picture in markdown without description": ("alternative text", lambda: [markdown("![](a.png)"), conclusion()]),
    "an artifact that is not there": ("not there", lambda: [conclusion((Path("artifacts/gone.sql"),))]),
}


@pytest.mark.parametrize(("reason", "cells"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_is(week: Week, published: Publish, reason: str, cells: Callable[[], list[nbformat.NotebookNode]]) -> None:
    published(conclusion())
    assert (week.reports / "monday.html").exists(), "an older report is there"
    with pytest.raises(PublishError, match=reason):
        published(*cells())
    assert not list(week.reports.glob("*monday*")), "and does not pose as the new one"


def test_evidence_that_was_changed_is_refused(week: Week, published: Publish) -> None:
    (week.root / SOURCE).write_text("2")
    with pytest.raises(PublishError, match="changed"):
        published(conclusion())


SECRET = "s3cr&t<value>"
LEAKS: dict[str, Callable[[], nbformat.NotebookNode]] = {
    "a sentence": lambda: code_cell(outputs_of(lambda: say(f"login with {SECRET}"))),
    "a stream": lambda: code_cell([nbformat.v4.new_output("stream", name="stderr", text=SECRET)]),
    "code": lambda: code_cell([], source=f"password = '{SECRET}'"),
    "markdown": lambda: markdown(f"`{SECRET}`"),
    "a label in a figure": lambda: code_cell(outputs_of(lambda: show(titled(SECRET), "a", "n", SOURCE))),
    "metadata": lambda: nbformat.v4.new_markdown_cell("text", metadata={"note": SECRET}),
    "an output that is not shown": lambda: code_cell(
        [nbformat.v4.new_output("display_data", data={"application/json": {"a": SECRET}, "text/plain": "x"})]
    ),
}


def titled(title: str) -> Figure:
    figure = line_figure()
    figure.axes[0].set_title(title)
    return figure


@pytest.mark.parametrize("cell", LEAKS.values(), ids=LEAKS.keys())
def test_a_secret_of_the_environment_is_refused_and_only_its_name_is_said(
    week: Week, published: Publish, cell: Callable[[], nbformat.NotebookNode]
) -> None:
    assert published(cell(), conclusion(), environment={"SNOWFLAKE_PASSWORD": "another one"}), "the control: without the leak it is published"
    with pytest.raises(PublishError, match="SNOWFLAKE_PASSWORD") as refused:
        published(cell(), conclusion(), environment={"SNOWFLAKE_PASSWORD": SECRET})
    assert SECRET not in str(refused.value)
    assert not list(week.reports.glob("*monday*"))


def test_the_environment_of_the_process_is_looked_at_by_default(week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    nbformat.write(notebook_of(markdown(SECRET), conclusion()), tmp_path / "executed.ipynb")
    with pytest.raises(PublishError, match="TEST_TOKEN"):
        publish(week, "monday", tmp_path / "executed.ipynb", PARAMETERS)


def test_paths_of_the_machine_and_the_record_of_the_run_are_taken_out(week: Week, published: Publish, tmp_path: Path) -> None:
    cell = code_cell(
        [html_output(f"<p>{week.root}/artifacts/x and {Path.home()}/y and {tmp_path}-other</p>")], source=f"target = '{tmp_path}/target.toml'"
    )
    cell.metadata.papermill = {"duration": 1.5}
    published(cell, conclusion())
    notebook, report = (week.reports / "monday.ipynb").read_text(), (week.reports / "monday.html").read_text()
    assert "target = 'target.toml'" in notebook
    assert "weeks/2026-W48/artifacts/x and ~/y" in report
    assert str(tmp_path) + "/" not in notebook + report
    assert "papermill" not in nbformat.reads(notebook, 4).cells[0].metadata


def test_the_time_that_each_section_took_is_told() -> None:
    cells = [markdown("# Title"), code_cell([]), markdown("## First?\n\nWhy."), code_cell([]), code_cell([]), markdown("## Second"), code_cell([])]
    for cell, seconds in zip((cells[1], cells[3], cells[4], cells[6]), (2.0, 1.25, 0.5, 0.01), strict=True):
        cell.metadata.papermill = {"duration": seconds}
    assert durations(notebook_of(*cells)) == {"Set-up": "2.0 s", "First?": "1.8 s"}


def test_a_report_is_withdrawn_with_its_notebook_also_when_there_is_none(week: Week, published: Publish) -> None:
    published(conclusion())
    withdraw(week, "monday")
    withdraw(week, "monday")
    assert not list(week.reports.glob("monday*"))
