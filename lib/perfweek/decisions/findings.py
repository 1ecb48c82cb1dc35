"""What Tuesday leaves behind: facts and key figures."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from perfweek.decisions.judge import Decision
from perfweek.facts import Fact
from perfweek.stats import Estimate
from perfweek.wording import in_percent

Tile = TypeVar("Tile")


def facts_of(decisions: Sequence[Decision]) -> list[Fact]:
    """decision.criterion for every criterion that could be judged, in the criterion's own unit."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria]
    return [
        Fact("decision.criterion", one.estimate, one.dataset.source, {"record": one.rule.record, "criterion": one.rule.id})
        for one in criteria
        if one.dataset and one.verdict != "no data"
    ]


def key_figures(decisions: Sequence[Decision], tile: Callable[[str, Estimate, str, str], Tile]) -> list[Tile]:
    """`tile` of (label, estimate, unit, source) for the first figure that each verdict rests on, shares in percent; none without data."""
    found = []
    for decision in decisions:
        known = [(one.rule, one.estimate, one.dataset) for one in decision.deciding if one.dataset and one.verdict != "no data"]
        found += [
            tile(f"{decision.record.id}: {rule.quantity}", *_in_percent(estimate, rule.unit), dataset.source) for rule, estimate, dataset in known[:1]
        ]
    return found


def _in_percent(estimate: Estimate, unit: str) -> tuple[Estimate, str]:
    return (in_percent(estimate), "%") if unit == "1" else (estimate, unit)


def source_of(decisions: Sequence[Decision]) -> str:
    """The evidence file behind the decisions, or behind the lack of data; '' for none. Of several
    the first, the figure's note names the others."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria if criterion.source]
    return next((one.source for one in sorted(criteria, key=lambda one: one.verdict == "no data")), "")
