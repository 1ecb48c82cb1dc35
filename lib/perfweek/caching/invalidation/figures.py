"""The figure of invalidation."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.caching.invalidation.strategies import Outcome
from perfweek.stats import Estimate


def strategy_figure(found: Sequence[Outcome]) -> Figure:
    """Hits and stale reads of each strategy, with their intervals, side by side."""
    figure = Figure(figsize=(8, 0.45 * len(found) + 1.3), layout="constrained")
    hits, stale = figure.subplots(1, 2, sharey=True)
    places = range(len(found))
    for axes, name, colour in ((hits, "hits", "C0"), (stale, "stale", "C2")):
        _dots(axes, [getattr(one, name) for one in found], colour)
    hits.set_yticks(places, [one.strategy.name for one in found])
    hits.invert_yaxis()
    hits.set_xlabel("reads that hit, %")
    stale.set_xlabel("reads that are stale, %")
    return figure


def _dots(axes: Axes, shares: Sequence[Estimate], colour: str) -> None:
    for place, share in enumerate(shares):
        low, high = (share.value if np.isnan(bound) else max(bound, 0.0) for bound in (share.low, share.high))
        axes.plot([100 * low, 100 * high], [place, place], color=colour)
        axes.plot(100 * share.value, place, "o", color=colour)
        axes.annotate(f"{100 * share.value:.1f}", (100 * share.value, place), (0, 6), textcoords="offset points", ha="center", color=colour)
    axes.set_xlim(left=0)
    axes.margins(x=0.1, y=0.15)
    axes.set_xlim(left=-0.1 * axes.get_xlim()[1])
