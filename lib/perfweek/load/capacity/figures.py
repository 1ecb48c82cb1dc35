"""Capacity in pictures: response time and throughput against the load, and throughput against concurrency."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.load.capacity.cells import Cell
from perfweek.load.capacity.result import Capacity
from perfweek.load.capacity.usl import FARTHEST, NoScaling, Scaling, law
from perfweek.stats import Estimate


def load_steps(capacity: Capacity) -> Figure:
    """Response time (above) and throughput (below) at each level of offered load; hollow where the level was broken off."""
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    above.set_ylabel("response time, ms")
    below.set_ylabel("answers a second")
    below.set_xlabel("offered load, arrivals a second")
    if not capacity.cells:
        return _nothing(figure, above, capacity.reason)
    above.set_yscale("log")
    for colour, name in enumerate(("p50", "p95")):
        _points(above, capacity.cells, [getattr(cell, name) for cell in capacity.cells], f"C{colour + 1}")
        _label(above, capacity.cells, name, f"C{colour + 1}")
    above.axhline(capacity.budget_ms, color="0.3", linestyle="--", linewidth=1)
    above.annotate(
        f"budget {capacity.budget_ms:g} ms", (0, capacity.budget_ms), (3, 3), xycoords=("axes fraction", "data"), textcoords="offset points"
    )
    _knee(above, capacity)
    top = max(cell.offered for cell in capacity.cells)
    below.plot([0, top], [0, top], color="0.5", linestyle=":", linewidth=1)
    below.annotate("all answered", (top, top), (-24, 0), textcoords="offset points", ha="right", va="center", color="0.4")
    _points(below, capacity.cells, [cell.throughput for cell in capacity.cells], "C3")
    below.set_ylim(0, 1.15 * top)
    below.set_xlim(0, 1.12 * top)
    return figure


def scaling(capacity: Capacity) -> Figure:
    """Throughput against requests under way, with the fitted law: solid as far as was tested, dashed to twice that, and no farther."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel("requests under way")
    axes.set_ylabel("answers a second")
    whole = [cell for cell in capacity.cells if cell.whole]
    if not whole:
        return _nothing(figure, axes, capacity.reason or "no level was measured whole")
    axes.errorbar(
        [cell.in_flight.value for cell in whole],
        [cell.throughput.value for cell in whole],
        yerr=_bars([cell.throughput for cell in whole]),
        xerr=_bars([cell.in_flight for cell in whole]),
        color="C1",
        fmt="o",
        elinewidth=1,
    )
    fitted = capacity.scaling
    if isinstance(fitted, NoScaling):
        axes.annotate(f"no fit: {fitted.reason}", (0.98, 0.05), xycoords="axes fraction", ha="right")
    else:
        _curve(axes, fitted, min(cell.in_flight.value for cell in whole))
    axes.set_xscale("log")
    axes.set_ylim(0, 1.4 * max(cell.throughput.value for cell in whole))
    return figure


def _curve(axes: Axes, fitted: Scaling, lowest: float) -> None:
    far = FARTHEST * fitted.tested
    grid = np.geomspace(lowest, far, 120)
    drawn = law(grid[None, :], *(column[:, None] for column in fitted.draws.T))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    axes.fill_between(grid, low, high, color="C2", alpha=0.2, linewidth=0)
    expected = law(grid, fitted.g.value, fitted.a.value, fitted.b.value)
    tested = grid <= fitted.tested
    axes.plot(grid[tested], expected[tested], color="C2")
    axes.plot(grid[~tested], expected[~tested], color="C2", linestyle="--")
    axes.axvline(far, color="0.5", linestyle=":", linewidth=1)
    axes.annotate("twice what was tested", (far, 0), (-4, 4), xycoords=("data", "axes fraction"), textcoords="offset points", ha="right", rotation=90)
    axes.annotate("scaling law", (0.02, 0.92), xycoords="axes fraction", color="C2")


def _points(axes: Axes, cells: Sequence[Cell], estimates: Sequence[Estimate], colour: str) -> None:
    for whole in (True, False):
        chosen = [(cell.offered, estimate) for cell, estimate in zip(cells, estimates, strict=True) if cell.whole == whole]
        if not chosen:
            continue
        rates, found = zip(*chosen, strict=True)
        values = [one.value for one in found]
        if whole:
            axes.errorbar(rates, values, yerr=_bars(found), color=colour, fmt="o-", elinewidth=1)
        else:
            axes.plot(rates, values, "o", color=colour, markerfacecolor="none")


def _bars(estimates: Sequence[Estimate]) -> np.ndarray:
    """Lengths of the error bars below and above; none where there is no interval."""
    bars = np.array([[one.value - one.low, one.high - one.value] for one in estimates]).T
    return np.maximum(np.nan_to_num(bars), 0)


def _label(axes: Axes, cells: Sequence[Cell], name: str, colour: str) -> None:
    last = max((cell for cell in cells if cell.whole), key=lambda cell: cell.offered, default=cells[-1])
    axes.annotate(name, (last.offered, getattr(last, name).value), (9, 0), textcoords="offset points", color=colour, va="center")


def _knee(axes: Axes, capacity: Capacity) -> None:
    rate = capacity.knee.rate
    if math.isnan(rate.value):
        return
    axes.axvspan(rate.low, rate.high, color="0.5", alpha=0.12, linewidth=0)
    axes.annotate("knee", (rate.value, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center")


def _nothing(figure: Figure, axes: Axes, reason: str) -> Figure:
    axes.annotate(reason, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
    return figure
