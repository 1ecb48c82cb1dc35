"""What is wrong with a folder of records, all of it at once: damaged ones, circles, changed prose, stale evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from perfweek.decisions.archive import logged, seals
from perfweek.decisions.records import Record, read_record, record_files
from perfweek.decisions.splice import BEGIN, END, prose_hash
from perfweek.decisions.tripwire import weeks_between
from perfweek.errors import RecordError
from perfweek.wording import count

OLDEST_WEEKS = 4


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, what to do; a note does not fail the check."""

    what: str
    where: str
    remedy: str
    fails: bool = True


def check(folder: Path, week: str) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """The records that can be read and every problem of the folder, as of an ISO week. Nothing is written."""
    records, problems = _read(folder)
    found = [*problems, *_numbers(records), *_supersedes(records)]
    try:
        known = seals(folder)
    except RecordError as error:
        known, found = {}, [*found, _problem(error)]
    for record in records:
        found += [*_prose(record, known), *_evidence(record, week)]
    found += [
        Problem(f"{name} was accepted and is gone", str(folder), "Bring the file back: records are superseded, not deleted.")
        for name in sorted(known.keys() - {record.id for record in records})
        if not any(name in problem.what for problem in problems)
    ]
    return records, tuple(found)


def _read(folder: Path) -> tuple[tuple[Record, ...], list[Problem]]:
    records, problems = [], []
    for path in record_files(folder):
        try:
            records.append(read_record(path))
        except RecordError as error:
            problems.append(_problem(error))
    if not records and not problems:
        problems.append(Problem("there are no decision records", str(folder), 'Write one with: perfweek adr new "Title"'))
    return tuple(records), problems


def _problem(error: RecordError) -> Problem:
    return Problem(error.what, error.where, error.remedy)


def _numbers(records: Sequence[Record]) -> list[Problem]:
    return [
        Problem(f"two records have the number {first.number:04}", f"{first.path.name}, {second.path.name}", "Give one of them the next free number.")
        for first, second in pairwise(records)
        if first.number == second.number
    ]


def _supersedes(records: Sequence[Record]) -> list[Problem]:
    """Successors that do not exist, none named, and records that supersede each other in a circle (each circle once)."""
    known = {record.number: record for record in records}
    found, circles = [], set()
    for record in records:
        if record.status.startswith("superseded") and record.superseded_by not in known:
            said = f"ADR-{record.superseded_by:03}, which does not exist" if record.superseded_by else "no record"
            found.append(Problem(f"{record.id} is superseded by {said}", str(record.path), "Write: status: superseded by ADR-0012"))
        path: list[int] = []
        number = record.number
        while number in known and number not in path:
            path.append(number)
            number = known[number].superseded_by
        if number in path and (circle := frozenset(path[path.index(number) :])) not in circles:
            circles.add(circle)
            names = " -> ".join(known[one].id for one in [*path[path.index(number) :], number])
            found.append(
                Problem(f"records supersede each other in a circle: {names}", str(record.path.parent), "One of them must stand: mend its status.")
            )
    return found


def _prose(record: Record, known: dict[str, str]) -> list[Problem]:
    text = record.path.read_text(encoding="utf-8")
    if (text.count(BEGIN), text.count(END)) not in ((0, 0), (1, 1)):
        return [Problem(f"the markers of {record.id}'s evidence table are damaged", str(record.path), "Keep one of each, or neither.")]
    if record.id not in known:
        accepted = record.status.startswith("accepted")
        return [Problem(f"{record.id} is accepted, but its text is not sealed", str(record.path), "Seal it: perfweek adr record")] if accepted else []
    if prose_hash(text) != known[record.id]:
        return [
            Problem(
                f"the text of {record.id} was changed after it was accepted",
                str(record.path),
                "Restore it and write a new record that supersedes it.",
            )
        ]
    return []


def _evidence(record: Record, week: str) -> list[Problem]:
    if record.status.split(" ")[0] not in ("proposed", "accepted"):
        return []
    try:
        weeks = [str(content["week"]) for content in logged(record)]
    except RecordError as error:
        return [_problem(error)]
    if not weeks:
        return [Problem(f"{record.id} has no evidence yet", str(record.path), "Run Tuesday, then: perfweek adr record", fails=False)]
    age = weeks_between(weeks[-1], week)
    if age <= OLDEST_WEEKS:
        return []
    return [Problem(f"the evidence of {record.id} is stale: {count(age, 'week')} old", weeks[-1], "Run Tuesday again, then: perfweek adr record")]
