"""The evidence log: what the evidence said of each record, a row a criterion, week by week; nothing in it is ever rewritten."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perfweek.decisions.criteria import Criterion
from perfweek.decisions.judge import Decision
from perfweek.decisions.suggestion import Suggestion
from perfweek.files import write_atomic
from perfweek.week import Week

FILE = "evidence.json"
Row = Mapping[str, Any]


def write_evidence(week: Week, decisions: Sequence[Decision], suggestions: Mapping[str, Suggestion]) -> Path:
    """Write artifacts/tuesday/evidence.json and return its path. `criteria`: one row a criterion; `records`: verdict, parts, confidence and
    suggestion of each record. What is not known is null."""
    content = {
        "week": week.name,
        "records": [_record(decision, suggestions.get(decision.record.id)) for decision in decisions],
        "criteria": [_row(week, decision, criterion) for decision in decisions for criterion in decision.criteria],
    }
    return write_atomic(week.artifacts / "tuesday" / FILE, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_evidence(path: Path) -> dict[str, Any] | None:
    """The content of an evidence file; None where there is none or it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(content["criteria"], list) and isinstance(content["week"], str) and isinstance(content.get("records", []), list)
        return content if whole and all(isinstance(row, dict) for row in [*content["criteria"], *content.get("records", [])]) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def earlier_evidence(week: Week) -> list[dict[str, Any]]:
    """The evidence of the weeks before this one, oldest first; weeks without any are left out."""
    found = [read_evidence(one.artifacts / "tuesday" / FILE) for one in reversed(week.earlier())]
    return [one for one in found if one]


def verdicts_of(logged: Sequence[Mapping[str, Any]], record: str) -> list[tuple[str, str]]:
    """(week, verdict) of a record in each of the logged weeks, in their order."""
    found = []
    for content in logged:
        verdict = next((str(row.get("record_verdict")) for row in content["criteria"] if row.get("record") == record), "")
        if verdict:
            found.append((str(content["week"]), verdict))
    return found


def _record(decision: Decision, suggestion: Suggestion | None) -> dict[str, Any]:
    return {
        "record": decision.record.id,
        "title": decision.record.title,
        "status": decision.record.status,
        "verdict": decision.verdict,
        "confidence": known(decision.confidence.share),
        "capped_by": decision.confidence.capped_by,
        "parts": [{"part": part.part.name, "verdict": part.verdict, "confidence": known(part.confidence.share)} for part in decision.parts],
        "standing": suggestion.standing if suggestion else None,
        "suggestion": suggestion.words if suggestion else None,
    }


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
        "value": known(estimate.value),
        "low": known(estimate.low),
        "high": known(estimate.high),
        "n": estimate.n,
        "threshold": {"direction": rule.threshold.direction, "supports": rule.threshold.supports, "opposes": known(rule.threshold.opposes)},
        "threshold_grade": rule.threshold.grade,
        "role": rule.role,
        "input_grade": observed.input_grade if observed else None,
        "verdict": criterion.verdict,
        "reason": criterion.reason,
    }


def known(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None
