"""Showing a figure with its alternative text, how it was measured, and the evidence behind it."""

import html
from collections.abc import Mapping

from matplotlib.figure import Figure

from perfweek.exhibit import Chart
from perfweek.report.diagrams import chart_html, drawing_text
from perfweek.report.flame_differential import Change, differential_html, differential_text
from perfweek.report.flamegraph import flame_html, flame_text, table_html
from perfweek.report.output import emit, prose, require_words
from perfweek.report.pictures import Picture, draw


def show(figure: Figure, alt: str, note: str, source: str) -> None:
    """Display `figure`. `alt` states the finding in a sentence; `note` how it was measured (n, window, what was cut);
    `source` the evidence file relative to the week's folder. Raises PublishError where one of them is empty.

    Drawn for light and dark grounds. Words in it are taken literally, so that a dollar sign from outside starts no formula.
    """
    require_words("figure", alt=alt, note=note, source=source)
    emit(_picture_html(draw(figure), alt) + _caption(note, source), f"{alt}\n{note}\nevidence: {source}", "figure", alt=alt, source=source)


def show_flamegraph(stacks: Mapping[tuple[str, ...], int], alt: str, note: str, source: str) -> None:
    """Display a flame graph of `stacks` (frames from root to leaf -> samples), root on top, and its top functions as a table.

    Raises PublishError where alt, note or source is empty.
    """
    require_words("flame graph", alt=alt, note=note, source=source)
    text = f"{alt}\n{flame_text(stacks)}\n{note}\nevidence: {source}"
    emit(f'<figure class="pw-figure">{flame_html(stacks, alt)}' + _caption(note, source), text, "flamegraph", alt=alt, source=source)


def show_differential_flamegraph(
    before: Mapping[tuple[str, ...], float],
    after: Mapping[tuple[str, ...], float],
    paths: Mapping[tuple[str, ...], Change],
    functions: Mapping[str, Change],
    alt: str,
    note: str,
    source: str,
) -> None:
    """Display two flame graphs of stacks (frames from root to leaf -> CPU-milliseconds a request), as wide as after and as wide as before, each
    call coloured by what `paths` (frames from the root to it) says of it, and the `functions` as a table.

    Raises PublishError where alt, note or source is empty.
    """
    require_words("flame graph", alt=alt, note=note, source=source)
    drawn = differential_html(before, after, paths, functions, alt)
    text = f"{alt}\n{differential_text(functions)}\n{note}\nevidence: {source}"
    emit(f'<figure class="pw-figure">{drawn}' + _caption(note, source), text, "flamegraph", alt=alt, source=source)


def show_chart(chart: Chart) -> None:
    """Display a drawing of boxes and lines, and its table. Raises PublishError where alt, note or source is empty."""
    require_words("diagram", alt=chart.alt, note=chart.note, source=chart.source)
    text = f"{chart.alt}\n{drawing_text(chart.table)}\n{chart.note}\nevidence: {chart.source}"
    rows = [[str(value) for value in row] for row in chart.table.to_numpy()]
    drawn = chart_html(chart.drawing, chart.alt) + table_html(chart.caption, list(chart.table.columns), rows, figures=False)
    emit(f'<figure class="pw-figure">{drawn}' + _caption(chart.note, chart.source), text, "figure", alt=chart.alt, source=chart.source)


def _picture_html(picture: Picture, alt: str) -> str:
    return (
        '<figure class="pw-figure"><div class="pw-scroll" role="region" tabindex="0" aria-label="Figure, scrolls sideways"><picture>'
        f'<source media="screen and (prefers-color-scheme: dark)" srcset="{picture.dark}">'
        f'<img src="{picture.light}" width="{picture.width}" height="{picture.height}" alt="{html.escape(alt)}">'
        "</picture></div>"
    )


def _caption(note: str, source: str) -> str:
    return f'<figcaption>{prose(note)} <span class="pw-source">evidence: <code>{html.escape(source)}</code></span></figcaption></figure>'
