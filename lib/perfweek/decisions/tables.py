"""Tuesday's tables."""

from collections.abc import Sequence

import pandas as pd

from perfweek.decisions.criteria import GRADES, Criterion, Threshold
from perfweek.decisions.judge import Decision
from perfweek.decisions.wording import number, with_interval


def records_table(decisions: Sequence[Decision]) -> pd.DataFrame:
    """One row a record: record, title, status, date, options, what it proposes, and what the evidence says."""
    rows = [
        (one.record.id, one.record.title, one.record.status, one.record.date.isoformat(), len(one.record.options), one.record.chosen, one.verdict)
        for one in decisions
    ]
    return pd.DataFrame(rows, columns=["record", "title", "status", "date", "options", "proposes", "evidence"])


def criteria_table(decision: Decision) -> pd.DataFrame:
    """One row a criterion, with its value, threshold, where that comes from, and the verdict; 'no data' says why."""
    columns = ["criterion", "value (95 % interval)", "unit", "supports", "opposes", "threshold from", "role", "input", "n", "covers", "verdict"]
    return pd.DataFrame([_row(criterion) for criterion in decision.criteria], columns=columns)


def _row(criterion: Criterion) -> tuple[object, ...]:
    rule, observed = criterion.rule, criterion.observation
    threshold = rule.threshold
    unit = "%" if rule.unit == "1" else rule.unit
    value = _value(criterion)
    verdict = f"no data: {criterion.reason}" if criterion.verdict == "no data" else criterion.verdict
    grade, covers = GRADES[threshold.grade], f"{100 * observed.coverage:.0f} %" if observed else ""
    sides = (_side(threshold, "supports", rule.unit), _side(threshold, "opposes", rule.unit))
    return rule.quantity, value, unit, *sides, grade, rule.role, observed.input_grade if observed else "", criterion.estimate.n, covers, verdict


def _value(criterion: Criterion) -> str:
    return with_interval(criterion.estimate, criterion.rule.unit).replace(" %", "") if criterion.observation else "no data"


def _side(threshold: Threshold, side: str, unit: str) -> str:
    """Such as '≥ 3,000' and '< 1,000'; '' where no value of a share lies on the opposing side."""
    bound = (threshold.supports if side == "supports" else threshold.opposes) * (100 if unit == "1" else 1)
    if side == "opposes" and unit == "1" and threshold.direction == "at most" and bound >= 100:
        return ""
    sign = {("at least", "supports"): "≥", ("at least", "opposes"): "<", ("at most", "supports"): "≤", ("at most", "opposes"): ">"}
    return f"{sign[threshold.direction, side]} {number(bound)}"
