"""Candidates for next week's work: what each day would change, what it would give, what it takes. Friday ranks them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic
from perfweek.week import DAYS, Week

Of = Literal["response time", "warehouse time", "credits", "knowledge"]
Effort = Literal["setting", "query", "code", "architecture", "measurement"]


@dataclass(frozen=True)
class Candidate:
    """A change that one day proposes. `low`, `likely`, `high`: the share of all response time, warehouse time or credits (`of`) that it would
    save, 0 to 1, on the path that callers wait for: what runs beside it gives nothing. `adviser` is whose estimate it is, so that its earlier
    errors correct it. `effort`: what kind of work it is; `success`: how Friday will see that it worked; `runbook`: its procedure, '' for none;
    `source`: the evidence file. A candidate of `knowledge` is a measurement whose result would decide something; its share is of open decisions."""

    id: str
    title: str
    day: str
    adviser: str
    of: Of
    low: float
    likely: float
    high: float
    effort: Effort
    success: str
    source: str
    runbook: str = ""
    artifact: str = ""


def record(week: Week, day: str, candidates: Iterable[Candidate]) -> Path:
    """Write the day's candidates, replacing earlier ones of the same day, and return the file."""
    rows = [asdict(candidate) for candidate in candidates]
    return write_atomic(_path(week, day), json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def read(week: Week, days: Sequence[str] = DAYS) -> list[Candidate]:
    """The candidates of the given days; a day without any adds none. Raises EvidenceError for a damaged file."""
    found: list[Candidate] = []
    for day in days:
        path = _path(week, day)
        if not path.is_file():
            continue
        try:
            found += [Candidate(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
        except (ValueError, TypeError) as error:
            raise EvidenceError(f"the candidates of {day} are damaged: {error}", str(path), f"Run the day again: perfweek run {day}") from error
    return found


def _path(week: Week, day: str) -> Path:
    return week.predictions / f"{day}.candidates.json"
