"""Views in words and tables."""

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from perfweek.warehouse.views.proposals import Proposal, Refused, Views
from perfweek.warehouse.views.writing import one_line
from perfweek.wording import count, number

MOST_ROWS, LONGEST = 50, 160
UNITS = {"s": "s of execution", "credits": "credits", "B": "bytes"}
PROPOSAL_FORMATS: Mapping[str, str] = {"rows of the view": ",.0f", "rows of its tables": ",.0f", "statements": ",.0f", "rows compared": ",.0f"}
REFUSED_FORMATS: Mapping[str, str] = {"statements": ",.0f"}


def views_sentence(found: Views) -> str:
    """How many views are worth it, what the best one saves, and how that was proven."""
    if not found.templates:
        return "No data: no SELECT of the history could be read, so no view can be judged."
    judged = f"{count(found.templates, 'statement template was', 'statement templates were')} looked at"
    if not found.proposals:
        why = f": {_most_common(found)}" if found.refused else ": none groups or adds up the rows of a table"
        return f"No materialized view or dynamic table is proposed; {judged}{why}."
    first = found.proposals[0]
    worth = first.worth
    kinds = " and ".join(words for words in (_counted(found, "materialized view"), _counted(found, "dynamic table")) if words)
    return (
        f"{kinds} would pay and {'was' if len(found.proposals) == 1 else 'were'} proven equal; {judged}. The best, `{first.view.parts[-1].lower()}`, "
        f"would save {number(worth.likely)} {UNITS[worth.unit]} ({number(worth.low)} to {number(worth.high)}) of the {number(worth.now)} that its "
        f"statements took, less {number(worth.refresh)} for refreshing it."
    )


def refused_sentence(found: Views) -> str:
    """How many candidates were refused, and those that failed the proof."""
    if not found.refused:
        return "No candidate was refused."
    unequal = sum(bool(one.counter_example) for one in found.refused)
    failed = (
        f"{count(unequal, 'of them gives', 'of them give')} other rows than the tables" if unequal else "none of them for other rows than the tables"
    )
    unread = f" {count(found.unread, 'statement')} could not be read." if found.unread else ""
    return f"{count(len(found.refused), 'block', 'blocks')} of statements were refused, {failed}.{unread}"


def proof_note(found: Views) -> str:
    """What the proofs rest on."""
    cases = max((one.proof.cases for one in found.proposals), default=0)
    return (
        f"Each statement and its rewritten form ran in an in-memory DuckDB on sampled rows and on up to {cases} made cases: no row, NULL in every "
        "column, doubled rows, values at and beside each constant, rows that meet no condition, fractions that are no numbers. Rows are compared in "
        "any order, with names and types; fractions to nine digits. Such a proof finds differences that show there and excludes no other; the verify "
        "script compares both on the warehouse itself."
    )


def proposal_table(found: Views) -> pd.DataFrame:
    """One row a view, the largest net saving first."""
    return pd.DataFrame([_row(one) for one in found.proposals[:MOST_ROWS]])


def refused_table(found: Views) -> pd.DataFrame:
    """One row a refused block, the costliest statement first."""
    return pd.DataFrame([_refused(one) for one in found.refused[:MOST_ROWS]])


def _row(one: Proposal) -> dict[str, object]:
    worth, unit = one.worth, UNITS[one.worth.unit]
    return {
        "view": one.view.parts[-1].lower(),
        "kind": one.view.kind,
        "statements": sum(answer.template.count for answer in one.answers),
        "rows of the view": one.groups.likely,
        "from": f"{one.groups.low:,.0f} to {one.groups.high:,.0f}",
        "rows of its tables": one.groups.rows,
        f"saves, {unit}": number(worth.likely),
        "interval": f"{number(worth.low)} to {number(worth.high)}",
        f"refreshing, {unit}": number(worth.refresh),
        "rows compared": one.proof.rows,
        "cases": one.proof.cases,
        "holds": _shortened(one_line(one.view.definition)),
    }


def _refused(one: Refused) -> dict[str, object]:
    return {
        "statement": _shortened(" ".join(one.template.text.split())),
        "statements": one.template.count,
        "would be": one.kind,
        "refused because": one.reason,
        "counter-example": one.counter_example,
    }


def _counted(found: Views, kind: str) -> str:
    n = sum(one.view.kind == kind for one in found.proposals)
    return count(n, kind) if n else ""


def _most_common(found: Views) -> str:
    reason, n = Counter(one.reason for one in found.refused).most_common(1)[0]
    return f"{n} of {count(len(found.refused), 'block')} refused because {reason}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
