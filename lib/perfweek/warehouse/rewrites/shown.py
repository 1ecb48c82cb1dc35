"""Rewrites in words and tables."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from perfweek.warehouse.rewrites.study import Judged
from perfweek.warehouse.views.writing import one_line
from perfweek.wording import count, number

MOST_ROWS, LONGEST = 50, 200
FORMATS: Mapping[str, str] = {"statements": ",.0f"}


def rewrites_sentence(found: Sequence[Judged]) -> str:
    """How many statements could be written better, and for how many the new text was proven."""
    if not found:
        return (
            "No statement of the history has a form that is known to be slow: no function around a filter's column, no NOT IN of a subquery, "
            "no join by repeated values, no hidden ORDER BY, no SELECT *."
        )
    proven = sum(one.equal for one in found)
    differing = [one for one in found if one.proof is not None and one.proof.counter_example]
    first = found[0]
    shown = f" New texts are proposed for {number(proven)} of them, each proven equal by running both."
    refused = f" {count(len(differing), 'new text differs', 'new texts differ')} on made rows and {'is' if len(differing) == 1 else 'are'} refused."
    return (
        f"{count(len(found), 'statement template', 'statement templates')} could be written better; the costliest took {number(first.now)} "
        f"{first.unit}: {first.suggestion.problem}.{shown if proven else ' No new text is proposed.'}{refused if differing else ''}"
    )


def rewrite_table(found: Sequence[Judged]) -> pd.DataFrame:
    """One row a suggestion, the costliest statement first; a saving that cannot be told is said to be so."""
    return pd.DataFrame([_row(one) for one in found[:MOST_ROWS]])


def _row(one: Judged) -> dict[str, object]:
    told = not math.isnan(one.likely)
    return {
        "rule": one.suggestion.rule,
        "found": one.suggestion.problem,
        "statement": _shortened(" ".join(one.template.text.split())),
        "statements": one.template.count,
        f"takes, {one.unit}": number(one.now),
        "saves": f"{number(one.likely)} (0 to {number(one.high)})" if told else f"cannot tell: {one.suggestion.because}",
        "do": one.suggestion.advice,
        "new text": _shortened(one_line(one.after)) if one.after is not None and one.equal else "",
        "proof": proven(one),
    }


def proven(judged: Judged) -> str:
    """What running both forms showed, in words."""
    proof, condition = judged.proof, judged.under_condition
    if proof is None:
        return "no other text is proposed"
    if proof.holds:
        return f"both forms gave the same {proof.rows:,} rows on {proof.cases} cases"
    if condition is not None and condition.holds:
        names = " and ".join(name.lower() for name in judged.suggestion.never_null)
        return f"not equal while {names} may hold NULL ({proof.counter_example}); equal on {condition.cases} cases without NULLs there"
    return f"not equal: {proof.counter_example}" if proof.counter_example else f"not proven: {proof.problem or 'no row was compared'}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
