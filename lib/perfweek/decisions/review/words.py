"""The agenda's words, for the page and for the report."""

import math

from perfweek.decisions.review.agenda import Agenda
from perfweek.decisions.review.scoreboard import Figure, Row
from perfweek.metrics import CATALOGUE
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, listed, number

MOST_ROWS = 20
_MOST_NAMED = 6


def board_cells(agenda: Agenda) -> list[tuple[str, ...]]:
    """The rows of the scoreboard as text, at most 20."""
    return [
        (row.name, _figure(row.metric, row.now), _figure(row.metric, row.before), _value(row.first), _value(row.mean), _standing(row))
        for row in agenda.rows[:MOST_ROWS]
    ]


def _figure(metric: str, figure: Figure | None) -> str:
    if figure is None:
        return "no data"
    unit = {"1": ""}.get(CATALOGUE[metric].unit, CATALOGUE[metric].unit)
    return bracketed(Estimate(figure.value, figure.low, figure.high, 1, ""), unit)


def _value(value: float) -> str:
    return "no data" if math.isnan(value) else number(value)


def _standing(row: Row) -> str:
    return "over budget for the second week or longer: needs an owner" if row.weeks_over >= 2 else row.standing


def change_words(agenda: Agenda) -> str:
    """What the scoreboard says, in a sentence."""
    if agenda.before is None:
        over = sum(row.standing == "over budget" for row in agenda.rows)
        return f"This is the first week: nothing to compare with. {_over_words(over)}"
    counted = {standing: sum(row.standing == standing for row in agenda.rows) for standing in ("worse", "better", "changed", "over budget")}
    said = [f"{number_} {standing}" for standing, number_ in counted.items() if number_ and standing != "over budget"]
    moved = f"Against {agenda.before}: {listed(said)}" if said else f"Against {agenda.before} no metric has moved by more than its interval"
    return f"{moved}. {_over_words(counted['over budget'])}"


def _over_words(over: int) -> str:
    return f"{count(over, 'p95 is', 'p95s are')} over the budget." if over else "No p95 is over the budget."


def finding_words(agenda: Agenda) -> str:
    """How the interface's findings changed."""
    said = [f"{count(agenda.findings, 'finding')} on the interface"]
    if agenda.before is None:
        return f"{said[0]}; this is the first week."
    for word, findings in (("new", agenda.appeared), ("gone", agenda.gone)):
        if findings:
            named = [f"`{check}` at `{route}`" for check, route in findings[:_MOST_NAMED]]
            more = [f"{len(findings) - _MOST_NAMED} more"] if len(findings) > _MOST_NAMED else []
            said.append(f"{word}: {listed([*named, *more])}")
    return "; ".join(said if len(said) > 1 else [*said, "none new, none gone"]) + "."


def promise_cells(agenda: Agenda) -> list[tuple[str, ...]]:
    """Last week's predictions with what was measured."""
    return [
        (
            one.change,
            f"{CATALOGUE[one.metric].title if one.metric in CATALOGUE else one.metric} {', '.join(one.labels.values())}".strip(),
            f"{number(one.expected)} ({number(one.expected_low)} to {number(one.expected_high)})",
            "not yet" if one.measured is None or math.isnan(one.measured) else number(one.measured),
            one.verdict or "not scored",
        )
        for one in agenda.promised[:MOST_ROWS]
    ]


def decision_cells(agenda: Agenda) -> list[tuple[str, ...]]:
    """The records that wait, with room for what is decided and by whom."""
    return [(one.id, one.title, one.status, one.verdict, "", "") for one in agenda.wanted]
