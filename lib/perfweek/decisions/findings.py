"""What Tuesday leaves behind: facts, key figures, and the week's row for each record's evidence log."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from perfweek.decisions.criteria import Criterion
from perfweek.decisions.judge import Decision
from perfweek.facts import Fact
from perfweek.files import write_atomic
from perfweek.stats import Estimate
from perfweek.week import Week
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
    """The evidence file behind the decisions, or behind the lack of data; of several the first, the figure's note names the others."""
    return next(criterion.source for decision in decisions for criterion in decision.criteria)


def write_evidence(week: Week, decisions: Sequence[Decision]) -> Path:
    """Write artifacts/tuesday/evidence.json, one row a criterion, and return its path. A bound that is not known is null."""
    rows = [_row(week, decision, criterion) for decision in decisions for criterion in decision.criteria]
    folder = week.artifacts / "tuesday"
    return write_atomic(folder / "evidence.json", json.dumps({"week": week.name, "criteria": rows}, indent=2, ensure_ascii=False) + "\n")


def _row(week: Week, decision: Decision, criterion: Criterion) -> dict[str, Any]:
    rule, observed, estimate = criterion.rule, criterion.observation, criterion.estimate
    return {
        "week": week.name,
        "record": rule.record,
        "record_verdict": decision.verdict,
        "id": rule.id,
        "quantity": rule.quantity,
        "unit": rule.unit,
        "formula": rule.formula,
        "dataset": asdict(criterion.dataset) if criterion.dataset else None,
        "coverage": observed.coverage if observed else None,
        "estimator": estimate.method,
        "value": _known(estimate.value),
        "low": _known(estimate.low),
        "high": _known(estimate.high),
        "n": estimate.n,
        "threshold": {name: value for name, value in asdict(rule.threshold).items() if name not in ("meaning", "grade")},
        "threshold_grade": rule.threshold.grade,
        "role": rule.role,
        "input_grade": observed.input_grade if observed else None,
        "verdict": criterion.verdict,
        "reason": criterion.reason,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
