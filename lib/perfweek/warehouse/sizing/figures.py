"""Sizes and pools in pictures."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from perfweek.warehouse.sizing.forecast import REST
from perfweek.warehouse.sizing.pool_study import PoolStudy
from perfweek.warehouse.sizing.study import Sizing

_LEAST_S = 1e-3


def curves_figure(sizing: Sizing, most: int = 23) -> Figure:
    """The median time of each template by size, and the range forecast for sizes that were not seen."""
    figure = Figure(figsize=(8, 4.4), layout="constrained")
    axes = figure.subplots()
    rates = [run.rate for run in sizing.runs]
    names = list(dict.fromkeys(step.template for step in sizing.steps))[:most]
    for name in names:
        medians = [float(np.median(run.elapsed_s[run.templates == name])) if (run.templates == name).any() else math.nan for run in sizing.runs]
        axes.plot(rates, medians, color="C1", marker="o", markersize=3, alpha=0.5, linewidth=1)
    for one in sizing.others:
        if one.rate in one.known:
            continue
        rows = one.templates[one.templates["template"] != REST].head(most)
        places = one.rate * np.geomspace(0.88, 1.14, max(1, len(rows)))
        axes.vlines(places, rows["low"], rows["high"], color="C2", linewidth=1.2)
        axes.plot(places, rows["likely"], "_", color="C2", markersize=6)
        axes.annotate("forecast", (one.rate, float(rows["high"].max())), (0, 6), textcoords="offset points", color="C2", ha="center")
    axes.set(xscale="log", yscale="log", xlabel="size of the warehouse, credits an hour (log)", ylabel="median time of a template, s (log)")
    ticks = sorted({*rates, *(one.rate for one in sizing.others)})
    axes.set_xticks(ticks, [f"{rate:g}" for rate in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(y=0.12)
    return figure


def pool_figure(study: PoolStudy) -> Figure:
    """Mean wait by size of the pool: as replayed, and as Erlang C has it."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    sizes = [row.size for row in study.sizes]
    lines: Sequence[tuple[str, list[float], str]] = (
        ("mean wait, replayed", [row.mean_s for row in study.sizes], "C1"),
        ("95th percentile, replayed", [row.p95_s for row in study.sizes], "C2"),
        ("mean, Erlang C", [row.erlang_c_s for row in study.sizes], "C0"),
    )
    for name, values, colour in lines:
        shown = [max(value, _LEAST_S) if math.isfinite(value) else math.nan for value in values]
        axes.plot(sizes, shown, marker="o", markersize=4, color=colour, linestyle="--" if colour == "C0" else "-")
        first = next((place for place, value in enumerate(shown) if math.isfinite(value)), None)
        if first is not None:
            below = colour == "C1"  # the mean lies below the percentile
            axes.annotate(name, (sizes[first], shown[first]), (6, -40 if below else 7), textcoords="offset points", color=colour)
    axes.axvline(study.size, color="0.6", linewidth=1)
    axes.margins(y=0.15)
    axes.set(xscale="log", yscale="log", xlabel="connections in the pool (log)", ylabel=f"wait, s (log; {_LEAST_S:g} and less drawn there)")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    return figure
