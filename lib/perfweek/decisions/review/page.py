"""The agenda as a Markdown page: read in silence first, then talked through, then filled in by people. What they fill in is kept."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from perfweek.decisions.diagrams.document import markdown_text
from perfweek.decisions.review.agenda import Agenda
from perfweek.decisions.review.words import board_cells, change_words, decision_cells, finding_words, promise_cells
from perfweek.files import write_atomic
from perfweek.week import Week

FILE = "review.md"
BEGIN, END = "<!-- commitments: written by people, kept when the page is made again -->", "<!-- end of commitments -->"
READING = "Everybody reads first and writes questions down. Then three questions: how did we do, what do we learn, what will we do?"
_BLOCK = re.compile(f"{re.escape(BEGIN)}\n(.*?){re.escape(END)}", re.DOTALL)
EMPTY = (
    "| commitment | owner | by | measured by |\n| --- | --- | --- | --- |\n"
    + "|  |  |  |  |\n" * 3
    + "\nDecided:\n\n- \n\nOff the agenda, for another day:\n\n- \n"
)
PARTS = (
    ("Read this page in silence", 10),
    ("Scoreboard", 6),
    ("Last week's promises", 6),
    ("The interface", 5),
    ("Evidence of the records", 5),
    ("Decisions", 8),
    ("Commitments", 5),
)
"""Title and minutes of each part: 45 in all, the reading among them."""


def kept_commitments(week: Week) -> str:
    """What people wrote on the week's page; '' where there is no page, or nobody wrote."""
    try:
        match = _BLOCK.search((week.artifacts / "tuesday" / FILE).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return match[1] if match and match[1].strip() != EMPTY.strip() else ""


def commitment_rows(written: str) -> list[tuple[str, str, str, str]]:
    """The filled rows of the table of commitments: commitment, owner, by, measured by."""
    lines = [line.strip().strip("|").split("|") for line in written.splitlines() if line.strip().startswith("|")]
    rows = [[cell.strip() for cell in cells] for cells in lines[2:] if len(cells) == 4]
    return [(one, owner, by, told) for one, owner, by, told in rows if any((one, owner, by, told))]


def write_agenda(week: Week, agenda: Agenda) -> Path:
    """Write artifacts/tuesday/review.md and return it. Commitments that stand on an earlier version of the page stay."""
    return write_atomic(week.artifacts / "tuesday" / FILE, page(agenda, kept_commitments(week)))


def page(agenda: Agenda, filled_in: str = "") -> str:
    """The page; `filled_in` is what people have written on it."""
    minutes = dict(PARTS)
    bodies = ([READING], _board(agenda), _promises(agenda), _interface(agenda), _evidence(agenda), _decisions(agenda))
    lines = [f"# Review of {agenda.week}", ""]
    for (title, _), body in zip(PARTS, bodies, strict=False):
        lines += [f"## {title} ({minutes[title]} min)", "", *body, ""]
    lines += [f"## Commitments ({minutes['Commitments']} min)", "", "At most three an owner; each with a day and the metric that will tell.", ""]
    return "\n".join([*lines, BEGIN, (filled_in or EMPTY).strip("\n"), "", END, ""])


def _board(agenda: Agenda) -> Iterator[str]:
    yield from _table(["metric", "now", "a week ago", "first week", "mean of 4 weeks", "standing"], board_cells(agenda))
    yield ""
    yield change_words(agenda)


def _promises(agenda: Agenda) -> Iterator[str]:
    if agenda.promised:
        yield from _table(["change", "metric", "expected", "measured", "verdict"], promise_cells(agenda))
        yield ""
    yield agenda.commitments.strip("\n") if agenda.commitments.strip() else "Nobody wrote a commitment down a week ago."


def _interface(agenda: Agenda) -> Iterator[str]:
    yield markdown_text(finding_words(agenda).replace("`", ""))


def _evidence(agenda: Agenda) -> Iterator[str]:
    if agenda.changes:
        rows = [(one.record, one.what, one.before, one.now) for one in agenda.changes]
        yield from _table(["record", "what", "a week ago", "now"], rows)
    else:
        yield "No verdict changed." if agenda.before else "This is the first week: there is nothing to compare with."


def _decisions(agenda: Agenda) -> Iterator[str]:
    if agenda.wanted:
        yield from _table(["record", "title", "status", "evidence", "accept, reject or rework", "owner"], decision_cells(agenda))
    else:
        yield "No record waits for a decision."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield f"| {' | '.join(head)} |"
        yield "|" + " --- |" * len(head)
        yield from (f"| {' | '.join(map(markdown_text, row))} |" for row in rows)
