"""The paper of the review meeting: what changed, what waits for a decision, who does what."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from perfweek.decisions.records import Record
from perfweek.decisions.review import words
from perfweek.decisions.review.agenda import Agenda, agenda_of
from perfweek.decisions.review.page import PARTS, commitment_rows, kept_commitments, write_agenda
from perfweek.exhibit import Exhibit, Listing, Section, Sentence
from perfweek.target import Target
from perfweek.week import Week

BOARD = ["metric", "now", "a week ago", "first week", "mean of 4 weeks", "standing"]
DECISIONS = ["record", "title", "status", "evidence", "accept, reject or rework", "owner"]
CHANGES = ["record", "what", "a week ago", "now"]
COMMITMENTS = ["commitment", "owner", "by", "measured by"]
PROMISES = ["change", "metric", "expected", "measured", "verdict"]


def prepared(week: Week, target: Target, records: Sequence[Record]) -> Agenda:
    """The agenda of the week. Call it after Tuesday's evidence and findings were written: it reads them."""
    earlier = week.earlier()
    return agenda_of(week, records, target.service.latency_budget_p95_ms, kept_commitments(earlier[0]) if earlier else "")


def meeting(agenda: Agenda, source: str) -> Section:
    """The agenda in the report; `source` is the evidence file behind this week's figures."""
    minutes = ", ".join(f"{title.lower()} {length}" for title, length in PARTS)
    changes = [(one.record, one.what, one.before, one.now) for one in agenda.changes]
    shown: list[Exhibit] = [
        Sentence(words.change_words(agenda)),
        _table(
            words.board_cells(agenda), BOARD, "Scoreboard: what changed or misses its budget", source, f"{sum(m for _, m in PARTS)} min: {minutes}."
        ),
        _table(words.promise_cells(agenda), PROMISES, "What last week promised", source),
        _table(commitment_rows(agenda.commitments), COMMITMENTS, "What people wrote down a week ago", source),
        Sentence(words.finding_words(agenda)),
        _table(changes, CHANGES, "Verdicts that changed", source),
        _table(words.decision_cells(agenda), DECISIONS, "Decisions wanted", source),
    ]
    return shown


def artifacts(week: Week, agenda: Agenda) -> list[Path]:
    """Write the page to fill in, keeping what people have filled in, and return it."""
    return [write_agenda(week, agenda)]


def _table(rows: Sequence[Sequence[str]], columns: list[str], caption: str, source: str, note: str = "") -> Listing:
    return Listing(pd.DataFrame(rows, columns=columns), caption, source, note=note)
