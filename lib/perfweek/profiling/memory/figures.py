"""Monday's figures about memory and CPU of the service."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.leak import Leak
from perfweek.profiling.memory.resources import Resources
from perfweek.profiling.memory.series import NAMES, judged_column, memory_series

_SECONDS = "time since the load started, s"
_MIB = 1 << 20
_MOST_LINES = 4
_LINE = 0.075
"""Height of a line of text in a figure of 4 inches, as a fraction of its axes."""
Label = tuple[float, str, str]


def memory_over_time(resources: Resources, leak: Leak) -> Figure:
    """RSS, USS and for several processes PSS over the run; ramps and the warm-up, which are cut, are shaded."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    series = memory_series(resources)
    several = bool((resources.process["processes"] > 1).any())
    labels = []
    for colour, (column, name) in enumerate((("rss_mib", "RSS"), ("uss_mib", "USS"), ("pss_mib", "PSS"))):
        known = series[["seconds", column]].dropna()
        if known.empty or (column == "pss_mib" and not several):
            continue
        axes.plot(known["seconds"], known[column], color=f"C{colour}", marker="o" if len(known) < 30 else "", markersize=3)
        labels.append((float(known[column].iloc[-1]), name, f"C{colour}"))
    if not labels:
        return _nothing(figure, axes, "no process was watched")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
    _shade(axes, resources, leak.cut_s if leak.kept_s else 0.0)
    _label(axes, labels, _LINE)
    axes.set_xlabel(_SECONDS)
    axes.set_ylabel("memory, MiB")
    return figure


def memory_against_requests(resources: Resources, leak: Leak) -> Figure:
    """What the verdict rests on: memory under constant load after the warm-up, against requests, with the slope and its interval."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    column = judged_column(resources)
    series = memory_series(resources)
    steady = series[series["on_plateau"]].dropna(subset=[column])
    if len(steady) < 2:
        return _nothing(figure, axes, "no process was watched while the load was constant")
    kept = steady["epoch_s"] >= steady["epoch_s"].iloc[0] + leak.cut_s
    requests = steady["requests"]
    axes.scatter(requests[~kept], steady[column][~kept], s=12, color="0.5", linewidths=0)
    axes.scatter(requests[kept], steady[column][kept], s=12, color="C0", linewidths=0)
    if leak.per_request.n:
        _slope(axes, requests[kept], steady[column][kept], leak)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("requests started since the load began (grey: warm-up, cut)")
    axes.set_ylabel(f"{NAMES[column].partition(' (')[0]}, MiB")
    return figure


def cpu_over_time(cpu: Cpu) -> Figure:
    """Small multiples on one time axis: cores, who uses them, threads that wait for one, forced switches, and pauses of the collector."""
    figure = Figure(figsize=(8, 8), layout="constrained")
    panels = figure.subplots(5, 1, sharex=True)
    origin = cpu.resources.run.origin
    _lines(panels[0], origin, _by_core(cpu), "busy, %")
    panels[0].set_ylim(0, 105)
    _lines(panels[1], origin, _by_user(cpu), "cores in use")
    process = cpu.resources.process
    _lines(panels[2], origin, [("", _rate(process, "wait_s"))], "threads waiting\nfor a core")
    _lines(panels[3], origin, [("", _rate(process, "involuntary"))], "forced\nswitches/s")
    _pauses(panels[4], cpu)
    for axes in panels[1:]:
        axes.set_ylim(0)
    for axes in panels:
        _shade(axes, cpu.resources, 0.0)
    panels[-1].set_xlabel(_SECONDS)
    panels[-1].set_xlim(left=0)
    figure.align_ylabels()
    return figure


def _slope(axes: Axes, x: pd.Series, y: pd.Series, leak: Leak) -> None:
    middle, level = float(x.median()), float(y.median())
    ends = np.array([float(x.min()), float(x.max())])
    low, value, high = (level + (ends - middle) * slope / _MIB for slope in (leak.per_request.low, leak.per_request.value, leak.per_request.high))
    axes.fill_between(ends, np.minimum(low, high), np.maximum(low, high), color="C1", alpha=0.2, linewidth=0)
    axes.plot(ends, value, color="C1")
    _label(axes, [(float(value[-1]), "slope with\n95 % interval", "C1")], 2 * _LINE)


def _by_core(cpu: Cpu) -> list[tuple[str, pd.DataFrame]]:
    """A line a core; of many cores the least busy, the mean and the busiest."""
    shares = cpu.cores.assign(value=100 * cpu.cores["busy"])
    if cpu.core_count <= _MOST_LINES:
        return [(f"core {core}", rows) for core, rows in shares.groupby("core")]
    grouped = shares.groupby("epoch_s")["value"]
    summaries = {"least busy core": grouped.min(), "mean of cores": grouped.mean(), "busiest core": grouped.max()}
    return [(name, rows.reset_index()) for name, rows in summaries.items()]


def _by_user(cpu: Cpu) -> list[tuple[str, pd.DataFrame]]:
    """The service, the load generator, and what is busy besides."""
    names = {"service": "service", "load": "load generator", "others": "others"}
    return [(name, cpu.users[["epoch_s", who]].rename(columns={who: "value"}).dropna()) for who, name in names.items()]


def _rate(process: pd.DataFrame, column: str) -> pd.DataFrame:
    known = process[["epoch_s", column]].dropna()
    return known.assign(value=known[column].diff() / known["epoch_s"].diff()).dropna()


def _pauses(axes: Axes, cpu: Cpu) -> None:
    axes.set_ylabel("GC pauses,\nms a second")
    table = cpu.resources.pauses.table
    if not cpu.resources.pauses.recorded:
        axes.annotate("the service writes down no pauses", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
        return
    paused = table.groupby("epoch_s")["pause_ms"].sum()
    axes.bar(paused.index + 0.5 - cpu.resources.run.origin, paused.to_numpy(), width=0.9, color="C3")


def _lines(axes: Axes, origin: float, lines: Iterable[tuple[str, pd.DataFrame]], unit: str) -> None:
    labels = []
    for colour, (name, rows) in enumerate(lines):
        if len(rows):
            axes.plot(rows["epoch_s"] - origin, rows["value"], color=f"C{colour}")
            labels.append((float(rows["value"].iloc[-1]), name, f"C{colour}"))
    axes.set_ylabel(unit)
    if not labels:
        axes.annotate("no data", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
    _label(axes, [label for label in labels if label[1]], 2.4 * _LINE)


def _shade(axes: Axes, resources: Resources, cut_s: float) -> None:
    """Ramps, and the warm-up at the start of the plateau."""
    for phase in resources.run.plan.phases:
        if phase.kind != "plateau":
            axes.axvspan(phase.start_s, phase.end_s, color="0.5", alpha=0.15, linewidth=0)
    if cut_s:
        start = max(resources.plateau[0], float(resources.process["epoch_s"].iloc[0])) - resources.run.origin
        axes.axvspan(start, start + cut_s, color="0.5", alpha=0.07, linewidth=0)
        axes.annotate("warm-up, cut", (start + cut_s / 2, 1), (0, -3), ("data", "axes fraction"), "offset points", ha="center", va="top")


def _label(axes: Axes, labels: list[Label], height: float) -> None:
    """Names at the right edge, each at its value or as near as leaves it legible."""
    axes.autoscale_view()
    to_fraction = axes.transData + axes.transAxes.inverted()
    right = axes.get_xlim()[1]
    below = -1.0
    placed = sorted((float(to_fraction.transform((right, value))[1]), text, colour) for value, text, colour in labels)
    for rank, (fraction, text, colour) in enumerate(placed):
        below = max(below + height, min(fraction, 1 - height * (len(placed) - 1 - rank)))
        axes.annotate(text, (1, below), (4, 0), "axes fraction", "offset points", color=colour, va="center", annotation_clip=False)


def _nothing(figure: Figure, axes: Axes, why: str) -> Figure:
    axes.annotate(why, (0.5, 0.5), xycoords="axes fraction", ha="center")
    return figure
