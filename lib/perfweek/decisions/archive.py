"""What is kept beside the records: evidence/ADR-001/2026-W48.json, a file a week that is never rewritten, and the hash of each accepted prose."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perfweek.decisions.log import read_evidence
from perfweek.decisions.records import Record
from perfweek.decisions.splice import evidence_table, prose_hash, splice
from perfweek.errors import RecordError
from perfweek.files import make_folder, write_atomic

EVIDENCE, SEALS = "evidence", "accepted.json"


def keep(records: Sequence[Record], content: Mapping[str, Any]) -> list[Path]:
    """Add a week's evidence to the log of every record that it speaks of and splice the newest week's table into the records.

    Returns the files that were written. Raises RecordError where the log has another content for that week: nothing of it is rewritten.
    """
    mine = [record for record in records if any(row.get("record") == record.id for row in content["criteria"])]
    new = [(record, _path(record, str(content["week"])), of_record(content, record.id)) for record in mine]
    for _, path, part in new:
        if path.exists() and read_evidence(path) != part:
            raise RecordError(
                f"the log has other evidence for {content['week']}",
                str(path),
                "The log is append-only: record the next week, or remove the file yourself.",
            )
    written = [_written(path, part) for _, path, part in new if not path.exists()]
    for record in mine:
        newest = logged(record)[-1]
        splice(record.path, evidence_table(newest, record.id))
    return [*written, *(record.path for record in mine)]


def of_record(content: Mapping[str, Any], record: str) -> dict[str, Any]:
    """The part of a week's evidence that speaks of one record."""
    return {
        "week": content["week"],
        "records": [row for row in content.get("records", []) if row.get("record") == record],
        "criteria": [row for row in content["criteria"] if row.get("record") == record],
    }


def logged(record: Record) -> list[dict[str, Any]]:
    """The evidence of a record that was kept, oldest week first. Raises RecordError for a damaged file."""
    found = []
    for path in sorted((record.path.parent / EVIDENCE / record.id).glob("????-W??.json")):
        content = read_evidence(path)
        if content is None:
            raise RecordError("a file of the evidence log is damaged", str(path), "Restore it from version control: the log is append-only.")
        found.append(content)
    return found


def verdicts_kept(record: Record) -> list[tuple[str, str]]:
    """(week, verdict) of the evidence kept beside a record, oldest first."""
    return [(str(content["week"]), str(row.get("record_verdict"))) for content in logged(record) for row in content["criteria"][:1]]


def seals(folder: Path) -> dict[str, str]:
    """Record id -> hash of its prose when it was accepted. Raises RecordError for a damaged file."""
    path = folder / EVIDENCE / SEALS
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in content.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise RecordError("the hashes of accepted records are damaged", str(path), "Restore the file from version control.") from error


def seal(folder: Path, records: Sequence[Record]) -> list[str]:
    """Note the prose of accepted records that have no hash yet; their ids. From then on `adr check` fails where the prose changes."""
    known = seals(folder)
    new = [record for record in records if record.status.startswith("accepted") and record.id not in known]
    if new:
        known |= {record.id: prose_hash(record.path.read_text(encoding="utf-8")) for record in new}
        make_folder(folder / EVIDENCE)
        write_atomic(folder / EVIDENCE / SEALS, json.dumps(known, indent=2, sort_keys=True) + "\n")
    return [record.id for record in new]


def _path(record: Record, week: str) -> Path:
    return record.path.parent / EVIDENCE / record.id / f"{week}.json"


def _written(path: Path, content: Mapping[str, Any]) -> Path:
    make_folder(path.parent)
    return write_atomic(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
