"""Publishing a day: its report and its executed notebook appear together, checked, or not at all.

Refused are: a cell that failed, a notebook without conclusion, a picture without alternative text, a figure, table or
key figure whose evidence is not there, and anything that holds the value of a secret of the environment.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from perfweek.errors import EvidenceError, PublishError
from perfweek.facts import measured_at
from perfweek.files import write_atomic
from perfweek.report.host import describe_host, describe_versions
from perfweek.report.html import render_html
from perfweek.report.output import KEY
from perfweek.report.page import Page, in_words, withdraw
from perfweek.report.scrub import scrubbed
from perfweek.report.summary import Summary, read_summary
from perfweek.secrets import find_secrets
from perfweek.week import Week


@dataclass(frozen=True)
class Published:
    """What week.json says of a published day; paths are relative to the week's folder."""

    report: str
    notebook: str
    summary: dict[str, Any]
    artifacts: list[str]


def publish(week: Week, day: str, executed: Path, parameters: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Published:
    """Write reports/<day>.html and reports/<day>.ipynb from an executed notebook.

    The notebook is published without papermill's metadata and without absolute paths. The earlier report of the day is
    removed first, so after a refusal there is none. Raises PublishError that says what was refused and why.
    """
    withdraw(week, day)
    notebook = nbformat.read(executed, as_version=4)
    summary = check(week, notebook, executed)
    page = Page(week.name, day.capitalize(), footer(notebook, parameters))
    clean = scrubbed(notebook, week)
    report, text = render_html(clean, page), nbformat.writes(clean) + "\n"
    refuse_secrets(report + text, os.environ if environment is None else environment, executed)
    write_atomic(week.reports / f"{day}.ipynb", text)
    write_atomic(week.reports / f"{day}.html", report)
    return Published(f"reports/{day}.html", f"reports/{day}.ipynb", summary.to_json(), list(summary.artifacts))


def check(week: Week, notebook: nbformat.NotebookNode, where: Path) -> Summary:
    """The notebook's conclusion, once everything it shows is known to rest on this week's files. Raises PublishError."""
    outputs = list(_outputs(notebook))
    if any(output.output_type == "error" for _, output in outputs):
        raise PublishError("a cell of the notebook failed", str(where), "Open it to see which, mend the cause, and run the day again.")
    summary = read_summary(notebook)
    shown = [(cell, output.metadata.get(KEY, {}).get("source")) for cell, output in outputs if _is_result(output)]
    for cell, source in [*shown, *((f"key figure {tile.label!r}", tile.source) for tile in summary.tiles)]:
        _require_evidence(week, cell, source)
    for artifact in summary.artifacts:
        if not (week.root / artifact).is_file():
            raise PublishError("the conclusion names a file that is not there", artifact, "Write the artifact before conclude(...) names it.")
    return summary


def _outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, Any]]:
    for position, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            yield f"cell {position + 1}", output


def _is_result(output: Any) -> bool:
    """Pictures, tables and flame graphs are results, and name their evidence; sentences and the conclusion are none."""
    if output.output_type not in ("display_data", "execute_result"):
        return False
    kind = output.metadata.get(KEY, {}).get("kind", "")
    pictured = any(mime.startswith("image/") for mime in output.data) or any(tag in output.data.get("text/html", "") for tag in ("<table", "<img"))
    return kind in ("figure", "flamegraph", "table") or (pictured and kind not in ("sentence", "summary"))


def _require_evidence(week: Week, where: str, source: str | None) -> None:
    if not source:
        raise PublishError("a result does not name its evidence", where, "Show it with show(...), show_flamegraph(...) or show_table(...).")
    try:
        measured_at(week, source)
    except EvidenceError as error:
        raise PublishError(f"a result rests on evidence that is not there: {error.what}", f"{where}, {source}", error.remedy) from error


def refuse_secrets(content: str, environment: Mapping[str, str], where: Path) -> None:
    """Raise PublishError, naming the variables and never their values, where `content` holds a secret of the environment."""
    names = find_secrets(content, environment)
    if names:
        raise PublishError(
            f"the report holds the value of {', '.join(names)}",
            str(where),
            "It was not published. Keep the value out of what the notebook prints, then run the day again; if it was shared before, change it.",
        )


def footer(notebook: nbformat.NotebookNode, parameters: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The facts at the foot of a report: parameters, machine, versions, and how long the sections took."""
    given = {name: "as in target.toml" if value in ("", -1) else str(value) for name, value in parameters.items()}
    return {"Parameters": given, "Machine": in_words(describe_host()), "Versions": describe_versions(), "Durations": durations(notebook)}


def durations(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Section -> seconds that its cells took, from the execution's own record; none where the notebook has no record."""
    section = "Set-up"
    taken: dict[str, float] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = next((line.lstrip("# ").strip() for line in cell.source.splitlines() if line.startswith("## ")), section)
        seconds = cell.metadata.get("papermill", {}).get("duration") or 0.0
        taken[section] = taken.get(section, 0.0) + seconds
    return {name: f"{seconds:.1f} s" for name, seconds in taken.items() if seconds >= 0.05}
