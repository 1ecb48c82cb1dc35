"""Tuesday's tables."""

from collections.abc import Sequence

import pandas as pd

from perfweek.decisions.criteria import GRADES, Criterion, Rule
from perfweek.decisions.judge import Decision
from perfweek.wording import bracketed, in_percent, value_text


def records_table(decisions: Sequence[Decision]) -> pd.DataFrame:
    """One row a record: what the evidence says, part by part, the status that people gave it, and what it proposes."""
    rows = [(record.id, record.title, one.verdict, parts_of(one), record.status, record.chosen) for one in decisions for record in [one.record]]
    return pd.DataFrame(rows, columns=["record", "title", "evidence", "part by part", "status", "proposes"])


def parts_of(decision: Decision) -> str:
    """Such as 'asynchronous: inconclusive; log broker: opposes'."""
    return "; ".join(f"{one.part.name}: {one.verdict}" for one in decision.parts)


def criteria_table(decision: Decision) -> pd.DataFrame:
    """One row a criterion: value with interval, verdict, threshold and where that comes from; last why there is no data."""
    columns = ["criterion", "value (95 % interval)", "verdict", "threshold", "threshold from", "role", "input", "n", "covers, %", "why no data"]
    return pd.DataFrame([_row(criterion) for criterion in decision.criteria], columns=columns)


def _row(criterion: Criterion) -> tuple[object, ...]:
    rule, observed = criterion.rule, criterion.observation
    value = value_of(criterion) if observed else "none"
    grade, covers = GRADES[rule.threshold.grade], round(100 * observed.coverage) if observed else 0
    return (
        rule.quantity,
        value,
        criterion.verdict,
        _threshold(rule),
        grade,
        rule.role,
        observed.input_grade if observed else "none",
        criterion.estimate.n,
        covers,
        criterion.reason,
    )


def value_of(criterion: Criterion) -> str:
    """The value with its interval; without one where it was counted or stated."""
    estimate, sign = criterion.estimate, criterion.rule.sign
    if estimate.low == estimate.value == estimate.high:
        return f"{value_text(in_percent(estimate) if sign else estimate)} {sign}".rstrip()
    return bracketed(estimate, sign)


def _threshold(rule: Rule) -> str:
    """Such as '≥ 3,000 supports, < 1,000 opposes'; one side only where no share lies on the other."""
    threshold = rule.threshold
    scale, unit = (100, "\N{NO-BREAK SPACE}%") if rule.unit == "1" else (1, "")
    above, below = ("≥", "<") if threshold.direction == "at least" else ("≤", ">")
    supports = f"{above}\N{NO-BREAK SPACE}{threshold.supports * scale:,.4g}{unit} supports"
    impossible = rule.unit == "1" and threshold.direction == "at most" and threshold.opposes >= 1
    return supports if impossible else f"{supports}, {below}\N{NO-BREAK SPACE}{threshold.opposes * scale:,.4g}{unit} opposes"
