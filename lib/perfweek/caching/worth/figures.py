"""Figures on designs."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.caching.tiers.replay import TIERS
from perfweek.caching.worth.designs import described
from perfweek.caching.worth.outcome import Outcome
from perfweek.caching.worth.whole import Worth

_COLOURS = {"l4": "C4", "l1": "C3", "l2": "C1", "l3": "C0", "origin": "C2"}
_NARROW = 0.06  # a share that a label does not fit into


def shares_figure(worth: Worth) -> Figure:
    """Who answers: a bar a design, as designed, as proposed, and without any cache."""
    figure = Figure(figsize=(7.5, 2.9))
    axes = figure.subplots()
    bars = [("as designed", worth.designed), ("as proposed", worth.proposed), ("without caches", worth.bare)]
    for row, (_, outcome) in enumerate(reversed(bars)):
        _bar(axes, row, outcome)
    axes.set_yticks(range(len(bars)), [name for name, _ in reversed(bars)])
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the reads, %")
    axes.grid(visible=False)
    return figure


def _bar(axes: Axes, row: int, outcome: Outcome) -> None:
    left = 0.0
    for tier in TIERS:
        share = outcome.share(tier).value
        axes.barh(row, 100 * share, left=100 * left, color=_COLOURS[tier], height=0.6)
        if share > _NARROW:
            axes.text(
                100 * (left + share / 2), row, f"{tier.upper() if tier != 'origin' else tier} {100 * share:.0f}", ha="center", va="center", color="w"
            )
        left += share


def instances_figure(worth: Worth) -> Figure:
    """What L1 answers against the number of instances, by routing."""
    figure = Figure(figsize=(7.5, 3.2))
    axes = figure.subplots()
    counts = [count for count, _, _ in worth.instances]
    for column, name, colour in ((1, "reached at random", "C2"), (2, "a key at one instance", "C3")):
        shares = [100 * row[column] for row in worth.instances]
        axes.plot(counts, shares, "o-", color=colour)
        axes.annotate(name, (counts[-1], shares[-1]), (-4, 8), textcoords="offset points", ha="right", color=colour)
    axes.set_xticks(counts)
    axes.set_ylim(0, 105)
    axes.set_xlabel("instances of the service")
    axes.set_ylabel("reads that L1 answers, %")
    return figure


def front_figure(worth: Worth) -> Figure:
    """Every design by cost and p95, the front through the best, the target as a line, the designed and the proposed one named."""
    figure = Figure(figsize=(7.5, 4.2))
    axes = figure.subplots()
    front = worth.front
    axes.plot([point.dollars.value for point in front.points], [point.p95.value for point in front.points], "o", color="C0", alpha=0.25, markersize=4)
    best = front.best
    errors = [[point.p95.value - point.p95.low for point in best], [point.p95.high - point.p95.value for point in best]]
    axes.errorbar([point.dollars.value for point in best], [point.p95.value for point in best], yerr=errors, color="C1", marker="o", capsize=3)
    costs = [point.dollars.value for point in front.points] + [worth.designed.dollars().value]
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(0.6 * min(costs), 1.8 * max(*costs, 1))
    axes.set_yscale("log")
    axes.axhline(front.target_ms, color="C2", linestyle="--")
    axes.annotate(
        f"target {front.target_ms:g} ms",
        (1, front.target_ms),
        (2, 4),
        textcoords="offset points",
        color="C2",
        xycoords=("axes fraction", "data"),
        ha="right",
    )
    _named(axes, [(worth.designed, "as designed", "C4"), (worth.proposed, f"proposed: {described(worth.proposed.design)}", "C3")])
    axes.set_xlabel("dollars a month")
    axes.set_ylabel("p95, ms")
    return figure


def _named(axes: Axes, outcomes: Sequence[tuple[Outcome, str, str]]) -> None:
    for row, (outcome, name, colour) in enumerate(outcomes):
        at = (outcome.dollars().value, outcome.quantile(0.95).value)
        axes.plot(*at, "D", color=colour, markersize=7)
        low, high = axes.get_xlim()
        right = at[0] > math.sqrt(max(low, 1) * high)
        axes.annotate(name, at, (-8 if right else 8, 10 + 12 * row), textcoords="offset points", color=colour, ha="right" if right else "left")
