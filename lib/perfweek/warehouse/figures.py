"""Wednesday's figures."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.warehouse.study import Study

_LABEL: dict[str, Any] = {"textcoords": "offset points", "va": "center"}


def timing_figure(study: Study) -> Figure:
    """Median and 95th percentile of each endpoint's statements with their intervals, on a log axis with the threshold. Endpoints of
    fewer than 5 statements are left to the table."""
    timings = [timing for timing in study.timings if timing.p50.value > 0 and timing.p50.n >= 5]
    figure, axes = _rows([timing.endpoint for timing in timings], "execution time of a statement, ms (log)")
    for row, timing in enumerate(timings):
        for estimate, colour, name, side in ((timing.p50, "C1", "median", "right"), (timing.p95, "C2", "95th percentile", "left")):
            _point(axes, row, estimate.value, estimate.low, estimate.high, colour)
            if row == 0:
                axes.annotate(name, (estimate.value, row), (0, 13), color=colour, ha=side, **_LABEL)
    if timings:
        axes.set_xscale("log")
        if study.threshold_ms > 0:
            axes.axvline(study.threshold_ms, color="C0", linewidth=1, linestyle="--")
            axes.annotate(f"threshold {study.threshold_ms:,} ms", (study.threshold_ms, len(timings) - 0.55), (-4, 0), ha="right", **_LABEL)
    return figure


def clustering_figure(study: Study) -> Figure:
    """The share of partitions that each affected endpoint scans now, and with the chosen key, with its range."""
    advice = study.advice
    names = advice.affected if advice else []
    figure, axes = _rows(names, "partitions scanned, % (log)")
    for row, name in enumerate(names if advice else []):
        assert advice
        now, expected = advice.now[name], advice.chosen.endpoints[name]
        _point(axes, row, 100 * now.value, 100 * now.low, 100 * now.high, "C0")
        _point(axes, row, 100 * expected.likely, 100 * expected.low, 100 * expected.high, "C1")
        if row == 0:
            axes.annotate("now, measured", (100 * now.value, row), (0, 13), color="C0", ha="right", **_LABEL)
            axes.annotate(f"ordered by {advice.chosen.name}", (100 * expected.likely, row), (0, 13), color="C1", ha="left", **_LABEL)
    if names:
        axes.set_xscale("log")
    return figure


def _rows(names: list[str], x_label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.5, 1.3 + 0.55 * max(1, len(names))))
    axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(1, len(names)) - 0.4, -0.7)
    axes.grid(visible=False, axis="y")
    if not names:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center")
        axes.set_xticks([])
    return figure, axes


def _point(axes: Axes, row: int, value: float, low: float, high: float, colour: str) -> None:
    if not math.isnan(low) and not math.isnan(high):
        axes.plot([low, high], [row, row], color=colour, linewidth=4, alpha=0.35, solid_capstyle="butt")
    axes.plot(value, row, "o", color=colour, markersize=5)
