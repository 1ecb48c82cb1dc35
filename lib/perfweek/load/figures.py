"""Monday's figures about load."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.load.baseline import Baseline

MOST_ENDPOINTS = 5
"""Colours of the cycle; further endpoints are drawn together as 'others'."""
_OTHERS = "others"
_LONGEST_NAME = 32
_LINE = 0.07
"""Height of a line of text, as a fraction of the axes."""
_SECONDS = "time since the load started, s"


def latency_over_time(baseline: Baseline) -> Figure:
    """Every answered request at the time of its start, the phases of the load, and the budget."""
    figure, axes = _axes(_SECONDS, "response time, ms")
    requests = _grouped(baseline, baseline.run.results.requests)
    requests = requests[~requests["failed"] & (requests["duration_ms"] > 0)]
    if requests.empty:
        return _no_data(figure, axes)
    labels = []
    for colour, (name, rows) in enumerate(_by_group(baseline, requests)):
        axes.scatter(rows["time"] - baseline.run.origin, rows["duration_ms"], s=6, alpha=0.5, color=f"C{colour}", linewidths=0, rasterized=True)
        labels.append((float(rows["duration_ms"].median()), name, f"C{colour}"))
    axes.set_yscale("log")
    _budget(axes, baseline)
    _label(axes, labels)
    for phase in baseline.run.plan.phases:
        if phase.kind == "ramp":
            axes.axvspan(phase.start_s, phase.end_s, color="0.5", alpha=0.15, linewidth=0)
            axes.annotate(
                "ramp, cut",
                ((phase.start_s + phase.end_s) / 2, 1),
                (0, 3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
            )
    return figure


def quantile_plot(baseline: Baseline) -> Figure:
    """Response time against the share of requests that take longer, on log axes, so that the tail is as wide as the body."""
    figure, axes = _axes("requests that take longer, %", "response time, ms")
    requests = _grouped(baseline, baseline.run.plateau)
    requests = requests[~requests["failed"] & (requests["duration_ms"] > 0)]
    if requests.empty:
        return _no_data(figure, axes)
    labels = []
    for colour, (name, rows) in enumerate(_by_group(baseline, requests)):
        durations = np.sort(rows["duration_ms"].to_numpy())
        longer = 100 * (1 - (np.arange(len(durations)) + 0.5) / len(durations))
        axes.plot(longer, durations, color=f"C{colour}")
        labels.append((float(durations[-1]), name, f"C{colour}"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.invert_xaxis()
    axes.set_xticks([100, 50, 10, 5, 1, 0.1], ["100", "50", "10", "5", "1", "0.1"])
    axes.set_xlim(100, max(0.05, 50 / max(len(requests), 1)))
    axes.axvline(5, color="0.5", linestyle=":")
    axes.annotate("p95", (5, 1), (3, 3), xycoords=("data", "axes fraction"), textcoords="offset points")
    _budget(axes, baseline)
    _label(axes, labels)
    return figure


def time_over_time(baseline: Baseline) -> Figure:
    """Response seconds a second by endpoint, which is how many requests are under way on average (Little's law)."""
    figure, axes = _axes(_SECONDS, "requests under way")
    requests = _grouped(baseline, baseline.run.results.requests)
    last = float((requests["time"] - baseline.run.origin).max()) if len(requests) else 1.0
    edges = np.linspace(0, max(last, 1.0), 61)
    groups = _by_group(baseline, requests)
    levels = [_under_way(rows, baseline.run.origin, edges) for _, rows in groups]
    middles = (edges[:-1] + edges[1:]) / 2
    axes.stackplot(middles, levels, colors=[f"C{place}" for place in range(len(levels))], alpha=0.8, linewidth=0)
    tops = np.cumsum(levels, axis=0)
    fullest = int(np.argmax(tops[-1])) if groups else 0
    axes.set_xlim(0, edges[-1])
    _label(axes, [(tops[place][fullest] - levels[place][fullest] / 2, name, f"C{place}") for place, (name, _) in enumerate(groups)])
    return figure


def resources_over_time(baseline: Baseline) -> Figure:
    """Resident memory and cores in use of the service, from the start of the load."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    memory, cores = figure.subplots(2, 1, sharex=True)
    process = baseline.run.process
    if process.empty:
        memory.annotate("no process was watched", (0.5, 0.5), xycoords="axes fraction", ha="center")
    seconds = process["epoch_s"] - baseline.run.origin
    memory.plot(seconds, process["rss_mib"], color="C0")
    memory.set_ylabel("resident memory, MiB")
    memory.set_ylim(0)
    if len(process) > 1:
        edges = np.arange(process["epoch_s"].iloc[0], process["epoch_s"].iloc[-1], 1.0)
        used = np.diff(np.interp(edges, process["epoch_s"], process["cpu_s"]))
        cores.step(edges[:-1] - baseline.run.origin, used, where="post", color="C1")
    cores.set_ylabel("CPU, cores")
    cores.set_ylim(0)
    cores.set_xlabel(_SECONDS)
    return figure


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return figure, axes


def _no_data(figure: Figure, axes: Axes) -> Figure:
    axes.annotate("no request was answered as expected", (0.5, 0.5), xycoords="axes fraction", ha="center")
    return figure


def _names(baseline: Baseline) -> list[str]:
    """The endpoints with most response time, as many as there are colours; the last is for all others where there are more."""
    names = [latency.endpoint for latency in baseline.endpoints]
    return names if len(names) <= MOST_ENDPOINTS else [*names[: MOST_ENDPOINTS - 1], _OTHERS]


def _grouped(baseline: Baseline, requests: pd.DataFrame) -> pd.DataFrame:
    names = _names(baseline)
    return requests.assign(group=requests["endpoint"].where(requests["endpoint"].isin(names), _OTHERS))


def _by_group(baseline: Baseline, requests: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(name, rows) for name in _names(baseline) if len(rows := requests[requests["group"] == name])]


def _under_way(rows: pd.DataFrame, origin: float, edges: np.ndarray) -> np.ndarray:
    """Mean number of `rows` under way in each interval of `edges` (seconds since `origin`)."""
    starts = rows["time"].to_numpy() - origin
    ends = starts + rows["duration_ms"].to_numpy() / 1000
    return np.diff(_time_until(ends, edges) - _time_until(starts, edges)) / np.diff(edges)


def _time_until(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """For each edge the sum over `moments` of min(moment, edge)."""
    ordered = np.sort(moments)
    before = np.searchsorted(ordered, edges)
    return np.concatenate([[0.0], np.cumsum(ordered)])[before] + edges * (len(ordered) - before)


def _label(axes: Axes, labels: list[tuple[float, str, str]]) -> None:
    """Names (value on the y axis, text, colour) at the right edge, each at its value or as near as leaves it legible."""
    axes.autoscale_view()
    to_fraction = axes.transData + axes.transAxes.inverted()
    placed = sorted((float(to_fraction.transform((axes.get_xlim()[1], value))[1]), text, colour) for value, text, colour in labels)
    below = -1.0
    for rank, (fraction, text, colour) in enumerate(placed):
        highest = 1 - _LINE * (len(placed) - 1 - rank)
        below = max(below + _LINE, min(fraction, highest))
        axes.annotate(
            _short(text), (1, below), (4, 0), xycoords="axes fraction", textcoords="offset points", color=colour, va="center", annotation_clip=False
        )


def _short(name: str) -> str:
    """A name that leaves room for the figure: its beginning and its end."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2 - 1]}…{name[-_LONGEST_NAME // 2 :]}"


def _budget(axes: Axes, baseline: Baseline) -> None:
    axes.axhline(baseline.budget_ms, color="0.3", linestyle="--", linewidth=1)
    axes.annotate(
        f"budget {baseline.budget_ms:g} ms", (0, baseline.budget_ms), (3, 3), xycoords=("axes fraction", "data"), textcoords="offset points"
    )
