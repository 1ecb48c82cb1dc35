"""Tuesday's figure: every criterion against its threshold."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.decisions.criteria import Criterion, Verdict
from perfweek.decisions.judge import Decision
from perfweek.decisions.tables import value_of

COLOURS: dict[Verdict, str] = {"supports": "C3", "opposes": "C2", "inconclusive": "C1", "no data": "C0"}
FARTHEST = 1000.0
"""Values beyond a thousandth or a thousand times the threshold are drawn at the edge."""


def distance(criterion: Criterion, value: float) -> float:
    """How many times the threshold the value is, more than 1 where it supports; shares are compared by their odds.

    A share of 98 % against 90.9 % is 49:1 against 10:1, so 4.9. Kept within 1/FARTHEST and FARTHEST.
    """
    threshold = criterion.rule.threshold
    is_share = criterion.rule.unit == "1"
    ratio = _over(_odds(value), _odds(threshold.supports)) if is_share else _over(value, threshold.supports)
    kept = min(FARTHEST, max(1 / FARTHEST, ratio))
    return kept if threshold.direction == "at least" else 1 / kept


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _over(value: float, threshold: float) -> float:
    return value / threshold if math.isfinite(threshold) else 0.0


def criteria_figure(decisions: Sequence[Decision]) -> Figure:
    """One row a criterion that has data: value and interval as multiples of the threshold at 1, to the right of which it supports."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria if criterion.verdict != "no data"]
    figure = Figure(figsize=(8, 1.2 + 0.5 * max(1, len(criteria))), layout="constrained")
    axes = figure.add_subplot()
    for row, criterion in enumerate(criteria):
        _draw(axes, -row, criterion)
    axes.axvline(1, color="C0", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(0.5 / FARTHEST, FARTHEST * 2)
    axes.set_ylim(-len(criteria) + 0.4, 0.8)
    axes.set_yticks([-row for row in range(len(criteria))], [f"{one.rule.record}\n{one.rule.quantity}" for one in criteria])
    axes.set_xlabel("times the threshold (shares: odds); right of the line supports")
    return figure


def _draw(axes: Axes, row: float, criterion: Criterion) -> None:
    colour = COLOURS[criterion.verdict]
    value = f"{value_of(criterion)}\n"
    axes.text(1.02, row, value + criterion.verdict, transform=axes.get_yaxis_transform(), va="center", color=colour, fontsize="small")
    estimate, threshold = criterion.estimate, criterion.rule.threshold
    if threshold.opposes != threshold.supports:
        between = (distance(criterion, threshold.opposes), 1)
        axes.plot(between, (row, row), color="C0", alpha=0.25, linewidth=8, solid_capstyle="butt")
    axes.plot([distance(criterion, bound) for bound in (estimate.low, estimate.high)], (row, row), color=colour)
    place = distance(criterion, estimate.value)
    axes.plot(place, row, _marker(place), color=colour, markersize=6)


def _marker(place: float) -> str:
    """A dot, or an arrow where the value lies beyond the edge."""
    return "<" if place <= 1 / FARTHEST else ">" if place >= FARTHEST else "o"
