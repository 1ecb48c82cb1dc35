"""Friday's figures."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.metrics import CATALOGUE
from perfweek.progress.compare import Comparison
from perfweek.progress.trends import Trend

MOST_TRENDS = 6
COLOURS = {"improved": "C3", "regressed": "C2", "same": "C1", "cannot tell": "C4"}


def ratio_figure(comparisons: Sequence[Comparison]) -> Figure:
    """After over before for each endpoint and quantity that has a ratio: the value, its interval, the band that counts as the same, the verdict."""
    shown = [one for one in comparisons if one.effect.kind == "ratio" and np.isfinite(one.effect.value) and one.effect.value > 0]
    figure = Figure(figsize=(7.5, 1.2 + 0.3 * max(4, len(shown))))
    axes = figure.subplots()
    if not shown:
        return _no_data(figure, axes)
    axes.axvspan(*shown[0].band, color="C1", alpha=0.15, linewidth=0)
    axes.axvline(1, color="C0", linewidth=0.8)
    for row, one in enumerate(shown):
        _draw_ratio(axes, row, one)
    axes.set_xscale("log")
    axes.set_xlabel("after over before (1 is no change; the band counts as the same)")
    axes.set_yticks(range(len(shown)), [f"{one.endpoint} {one.quantity}" for one in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    return figure


def shift_figure(shifts: Mapping[str, pd.DataFrame]) -> Figure:
    """The latency after over that before at each quantile, a line an endpoint: whether the fast requests moved, or the slow ones.

    `shifts`: for each endpoint a frame with quantile, ratio, low, high.
    """
    figure = Figure(figsize=(7.5, 4.2))
    axes = figure.subplots()
    known = {endpoint: shift for endpoint, shift in shifts.items() if shift["ratio"].gt(0).any()}
    if not known:
        return _no_data(figure, axes)
    for place, (endpoint, shift) in enumerate(known.items()):
        colour = f"C{place % 5}"
        axes.fill_between(100 * shift["quantile"], shift["low"], shift["high"], color=colour, alpha=0.1, linewidth=0)
        axes.plot(100 * shift["quantile"], shift["ratio"], color=colour)
        last = shift.dropna(subset=["ratio"]).iloc[-1]
        axes.annotate(endpoint, (100 * last["quantile"], last["ratio"]), (6, 0), textcoords="offset points", va="center", color=colour)
    axes.axhline(1, color="C0", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_xlim(0, 130)
    axes.set_xticks([10, 25, 50, 75, 90, 99])
    axes.set_xlabel("quantile of the response time, %")
    axes.set_ylabel("after over before")
    return figure


def trend_figure(trends: Sequence[Trend], budget_ms: float) -> Figure:
    """Up to MOST_TRENDS series over the weeks, those with a new level first: values with intervals, the new level's first week, the budget."""
    shown = sorted(trends, key=lambda trend: (not trend.change, trend.metric != "http.latency.p95", -len(trend.weeks)))[:MOST_TRENDS]
    figure = Figure(figsize=(7.5, 1.3 * max(1, len(shown)) + 0.6), layout="constrained")
    for axes, trend in zip(np.atleast_1d(figure.subplots(max(1, len(shown)), sharex=False)), shown, strict=False):
        places = np.arange(len(trend.weeks))
        below, above = trend.values - trend.lows, trend.highs - trend.values
        axes.errorbar(places, trend.values, np.nan_to_num(np.clip([below, above], 0, None)), fmt="o-", color="C1", linewidth=1, markersize=4)
        if trend.metric == "http.latency.p95":
            axes.axhline(budget_ms, color="C2", linewidth=0.8)
        if trend.change:
            axes.axvline(trend.weeks.index(trend.change) - 0.5, color="C0", linestyle="--", linewidth=0.8)
        axes.set_title(f"{trend.name}, {CATALOGUE[trend.metric].unit}", loc="left", fontsize="small")
        axes.set_xticks(places, [week.removeprefix("20") for week in trend.weeks], fontsize="x-small")
        axes.margins(y=0.2)
    return figure


def _draw_ratio(axes: Axes, row: int, one: Comparison) -> None:
    colour = COLOURS[one.verdict]
    if np.isfinite(one.effect.low) and np.isfinite(one.effect.high):
        axes.plot([one.effect.low, one.effect.high], [row, row], color=colour, linewidth=2)
    axes.plot(one.effect.value, row, "o", color=colour)
    axes.annotate(one.verdict, (1, row), (6, 0), ("axes fraction", "data"), "offset points", va="center", color=colour)


def _no_data(figure: Figure, axes: Axes) -> Figure:
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center")
    axes.set_xticks([])
    axes.set_yticks([])
    return figure
