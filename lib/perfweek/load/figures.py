"""Monday's figures about response times."""

import math

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from perfweek.load.baseline import Baseline
from perfweek.load.drawing import SECONDS, axes_of, budget_line, draw_phases, label, no_data
from perfweek.load.groups import by_group

_OVER_TIME = {"p50": (0.5, "C1"), "p95": (0.95, "C2"), "p99": (0.99, "C0")}
_ENOUGH_A_STEP, _MOST_STEPS, _FEWEST_STEPS = 100, 120, 12
_TAIL_PERCENT = (50, 10, 5, 1, 0.1, 0.01)
_COLUMNS, _ROWS = 80, 36
_DENSITY = LinearSegmentedColormap.from_list("density", [(0.12, 0.51, 0.77, 0.15), (0.12, 0.51, 0.77, 1.0)])
"""One hue, fainter for fewer, so that many stand out on a light ground and on a dark one."""


def latency_over_time(baseline: Baseline) -> Figure:
    """Median, 95th and 99th percentile of all answered requests by the time of their start, the phases of the load, and the budget."""
    figure, axes = axes_of(SECONDS, "response time, ms")
    requests = _answered(baseline.run.results.requests)
    if requests.empty:
        return no_data(figure, axes)
    start = requests["time"] - baseline.run.origin
    last = float(start.max())
    step_s = _step(last, len(requests))
    rows = requests["duration_ms"].groupby(np.floor(start / step_s))
    steps = np.arange(math.floor(last / step_s) + 1)
    labels = []
    for name, (q, colour) in _OVER_TIME.items():
        values = rows.quantile(q).reindex(steps)  # a step without an answer leaves a gap
        axes.plot((steps + 0.5) * step_s, values, color=colour, marker=".", markersize=4)
        labels.append((float(values.median()), name, colour))
    axes.set_yscale("log")
    axes.set_xlim(0, max(last, step_s))
    budget_line(axes, baseline.budget_ms)
    draw_phases(axes, baseline.run.plan, last)
    label(axes, labels)
    return figure


def quantile_plot(baseline: Baseline) -> Figure:
    """Response time against the quantile, the share of requests that take longer on a log axis, so that the tail is as wide as the body."""
    figure, axes = axes_of("quantile of the response time, %", "response time, ms")
    requests = _answered(baseline.run.plateau)
    if requests.empty:
        return no_data(figure, axes)
    labels = []
    for colour, (name, rows) in enumerate(by_group(baseline, requests)):
        durations = np.sort(rows["duration_ms"].to_numpy())
        longer = 100 * (1 - (np.arange(len(durations)) + 0.5) / len(durations))
        axes.plot(longer, durations, color=f"C{colour}")
        labels.append((float(durations[-1]), name, f"C{colour}"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.invert_xaxis()
    axes.set_xlim(100, max(0.005, 50 / len(requests)))
    shown = [percent for percent in _TAIL_PERCENT if percent > axes.get_xlim()[1]]
    axes.set_xticks(shown, [f"{100 - percent:g}" for percent in shown])
    axes.set_xticks([], minor=True)
    for percent in shown[1:]:
        axes.axvline(percent, color="0.5", linestyle=":", linewidth=2 if percent == 5 else 0.7)
    budget_line(axes, baseline.budget_ms)
    label(axes, labels)
    return figure


def heat_map(baseline: Baseline) -> Figure:
    """How many requests took how long when: time by response time on a log axis."""
    figure, axes = axes_of(SECONDS, "response time, ms")
    requests = _answered(baseline.run.results.requests)
    if requests.empty:
        return no_data(figure, axes)
    start, durations = requests["time"] - baseline.run.origin, requests["duration_ms"]
    last = float(start.max())
    low, high = math.log10(durations.min()), math.log10(durations.max())
    columns = int(min(_COLUMNS, max(_FEWEST_STEPS, last), max(1, len(requests) // 4)))
    edges = np.linspace(0, max(last, 1e-3), columns + 1), 10 ** np.linspace(low - 0.02, high + 0.02, _ROWS + 1)
    counts, _, _ = np.histogram2d(start, durations, bins=edges)
    mesh = axes.pcolormesh(*edges, np.ma.masked_equal(counts.T, 0), cmap=_DENSITY, norm=LogNorm(1, max(2, counts.max())), rasterized=True)
    axes.set_yscale("log")
    axes.grid(visible=False)
    bar = figure.colorbar(mesh, ax=axes, pad=0.02)
    bar.set_label("requests a cell")
    budget_line(axes, baseline.budget_ms)
    draw_phases(axes, baseline.run.plan, last, over=True)
    return figure


def _answered(requests: pd.DataFrame) -> pd.DataFrame:
    return requests[~requests["failed"] & (requests["duration_ms"] > 0)]


def _step(last_s: float, n: int) -> float:
    """Seconds of a step over time: a hundred requests, so that a 99th percentile is one, but no fewer than a dozen steps."""
    wanted = max(1.0, last_s / _MOST_STEPS, _ENOUGH_A_STEP * last_s / n)
    return max(min(wanted, last_s / _FEWEST_STEPS), 1e-3)
