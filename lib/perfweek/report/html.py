"""Notebooks as reports: one self-contained HTML file through nbconvert's exporter, with a template of our own."""

import base64
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import strip_ansi
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from traitlets.config import Config

from perfweek.errors import PublishError
from perfweek.files import write_atomic
from perfweek.report.outline import Outline, markdown_html
from perfweek.report.output import KEY, TEMPLATE, prose
from perfweek.report.page import Page, frame
from perfweek.report.sanitize import clean_html, require_alternatives
from perfweek.report.summary import MIME, Summary, read_summary

SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]


def export_html(notebook: Path, out: Path, page: Page) -> None:
    """Write the report of an executed notebook to `out`. Raises PublishError for a picture without alternative text."""
    write_atomic(out, render_html(nbformat.read(notebook, as_version=4), page))


def render_html(notebook: nbformat.NotebookNode, page: Page) -> str:
    """The report of an executed notebook: the same notebook and page give the same text."""
    notebook = CoalesceStreamsPreprocessor().preprocess(nbformat.from_dict(notebook), {})[0]
    summary = _summary(notebook)
    outline = Outline()
    for position, cell in enumerate(notebook.cells):
        _prepare_cell(cell, f"cell {position + 1}", outline)
    exporter = _exporter()
    exporter.register_filter("prose", prose)
    resources = {
        KEY: {**frame(), "page": page, "outline": outline, "summary": summary, "setup": [cell for cell in notebook.cells if _is_setup(cell)]}
    }
    body, _ = exporter.from_notebook_node(notebook, resources)
    return body


def _exporter() -> HTMLExporter:
    settings = Config({"NbConvertBase": {"display_data_priority": SHOWN}})
    return HTMLExporter(template_name=TEMPLATE.name, extra_template_basedirs=[str(TEMPLATE.parent)], config=settings)


def _summary(notebook: nbformat.NotebookNode) -> Summary | None:
    try:
        return read_summary(notebook)
    except PublishError:
        return None


def _is_setup(cell: Any) -> bool:
    """Whether a code cell leaves no result: parameters, imports, and what only says something on stderr."""
    return cell.cell_type == "code" and all(output.get("name") == "stderr" for output in cell.outputs)


def _prepare_cell(cell: Any, where: str, outline: Outline) -> None:
    """Give each text and output its safe HTML, in the order of the page."""
    if cell.cell_type == "markdown":
        cell.metadata[KEY] = {"html": outline.take(_checked(markdown_html(cell.source), where))}
    for output in cell.get("outputs", ()):
        output.setdefault("metadata", nbformat.NotebookNode())
        output.metadata[KEY] = {**output.metadata.get(KEY, {}), "html": outline.take(_output_html(output, where))}


def _output_html(output: Any, where: str) -> str:
    if output.output_type == "error":
        lines = strip_ansi("\n".join(output.traceback) or f"{output.ename}: {output.evalue}")
        return f'<pre class="pw-error">{escape(lines)}</pre>'
    if output.output_type == "stream":
        text = f'<pre class="pw-stream">{escape(strip_ansi(output.text))}</pre>'
        return text if output.name == "stdout" else f'<details class="pw-code"><summary>Messages</summary>{text}</details>'
    if MIME in output.data:
        return _artifacts_html(Summary.from_json(output.data[MIME]))
    shown = next((kind for kind in SHOWN if kind in output.data), "")
    return _checked(_data_html(shown, output), where)


def _data_html(kind: str, output: Any) -> str:
    content = output.data.get(kind, "")
    if kind == "text/html":
        return clean_html(content)
    if kind == "text/markdown":
        return markdown_html(content)
    if kind.startswith("image/"):
        data = base64.b64encode(content.encode()).decode() if kind == "image/svg+xml" else "".join(content.split())
        alt = output.metadata.get(kind, {}).get("alt", "")
        return clean_html(f'<figure class="pw-figure"><img src="data:{kind};base64,{data}" alt="{escape(alt)}"></figure>')
    return f'<pre class="pw-stream">{escape(content)}</pre>' if kind else ""


def _artifacts_html(summary: Summary) -> str:
    """Verdict and key figures stand on the first screen; what remains at the notebook's end is what to take away."""
    links = "".join(f'<li><a href="../{quote(path)}">{escape(path)}</a></li>' for path in summary.artifacts)
    return f'<p class="pw-say">To take away:</p><ul class="pw-artifacts">{links}</ul>' if links else ""


def _checked(content: str, where: str) -> str:
    require_alternatives(content, where)
    return content
