"""Monday's figures about the flow of requests: offered and done, what failed, what is under way, and what the service uses meanwhile."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.load.baseline import Baseline
from perfweek.load.drawing import SECONDS, axes_of, draw_phases, label
from perfweek.load.groups import by_group
from perfweek.load.throughput import FAILURES, over_time

_COLOURS = {"refused": "C2", "timed out": "C4", "answered with an error": "C1", "never sent": "C3"}


def throughput(baseline: Baseline) -> Figure:
    """Iterations finished a second over time with the arrivals that were offered; below, where there is any, what failed or was never sent."""
    seconds = over_time(baseline.run)
    causes = [name for name in FAILURES if seconds[name].any()]
    figure = Figure(figsize=(8, 5 if causes else 3.6), layout="constrained")
    axes = figure.subplots(2 if causes else 1, 1, sharex=True, squeeze=False)[:, 0]
    last = float(seconds["end_s"].iloc[-1])
    labels = []
    if seconds["offered"].notna().any():
        _steps(axes[0], seconds, seconds["offered"], "C2", "--")
        labels.append((float(seconds["offered"].max()), "offered", "C2"))
    _steps(axes[0], seconds, seconds["done"], "C1", "-")
    labels.append((float(seconds["done"].median()), "finished", "C1"))
    axes[0].set_ylabel("iterations/s")
    if causes:
        _draw_causes(axes[1], seconds, causes)
    for place, each in enumerate(axes):
        each.set_xlim(0, last)
        each.set_ylim(0)
        draw_phases(each, baseline.run.plan, last, words=place == 0)
    label(axes[0], labels)
    axes[-1].set_xlabel(SECONDS)
    return figure


def time_over_time(baseline: Baseline) -> Figure:
    """Response seconds a second by endpoint, which is how many requests are under way on average (Little's law)."""
    figure, axes = axes_of(SECONDS, "requests under way")
    requests = baseline.run.results.requests
    last = float((requests["time"] - baseline.run.origin).max()) if len(requests) else 1.0
    edges = np.linspace(0, max(last, 1.0), 61)
    groups = by_group(baseline, requests)
    levels = [under_way(rows, baseline.run.origin, edges) for _, rows in groups]
    middles = (edges[:-1] + edges[1:]) / 2
    axes.stackplot(middles, levels, colors=[f"C{place}" for place in range(len(levels))], alpha=0.8, linewidth=0)
    tops = np.cumsum(levels, axis=0)
    fullest = int(np.argmax(tops[-1])) if groups else 0
    axes.set_xlim(0, edges[-1])
    draw_phases(axes, baseline.run.plan, float(edges[-1]))
    label(axes, [(tops[place][fullest] - levels[place][fullest] / 2, name, f"C{place}") for place, (name, _) in enumerate(groups)])
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
    cores.set_xlabel(SECONDS)
    return figure


def under_way(rows: pd.DataFrame, origin: float, edges: np.ndarray) -> np.ndarray:
    """Mean number of `rows` under way in each interval of `edges` (seconds since `origin`)."""
    starts = rows["time"].to_numpy() - origin
    ends = starts + rows["duration_ms"].to_numpy() / 1000
    return np.diff(_time_until(ends, edges) - _time_until(starts, edges)) / np.diff(edges)


def _time_until(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """For each edge the sum over `moments` of min(moment, edge)."""
    ordered = np.sort(moments)
    before = np.searchsorted(ordered, edges)
    return np.concatenate([[0.0], np.cumsum(ordered)])[before] + edges * (len(ordered) - before)


def _steps(axes: Axes, seconds: pd.DataFrame, values: pd.Series, colour: str, style: str) -> None:
    edges = np.append(seconds["start_s"], seconds["end_s"].iloc[-1])
    axes.step(edges, np.append(values, values.iloc[-1]), where="post", color=colour, linestyle=style)


def _draw_causes(axes: Axes, seconds: pd.DataFrame, causes: list[str]) -> None:
    """Stacked bars a second, each cause named at its highest."""
    below = np.zeros(len(seconds))
    widths = seconds["end_s"] - seconds["start_s"]
    labels = []
    for name in causes:
        axes.bar(seconds["start_s"], seconds[name], widths, below, align="edge", color=_COLOURS[name], linewidth=0)
        below = below + seconds[name].to_numpy()
        labels.append((float(below[int(np.argmax(seconds[name]))]), name, _COLOURS[name]))
    axes.set_ylabel("failed or unsent/s")
    axes.set_ylim(0)
    label(axes, labels)
