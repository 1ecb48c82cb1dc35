"""Decision records: Markdown files in the layout of MADR 4, numbered by their names.

0000-template.md is the form for new ones and is not a record. The text is for people; what is read here is what the
week needs: number, title, status, date, the options and the chosen one.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from perfweek.errors import RecordError

STATUSES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
SECTIONS = ("Context and Problem Statement", "Considered Options", "Decision Outcome")
_FILE_NAME = re.compile(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md")
_SUCCESSOR = re.compile(r"(?:ADR-)?(\d{1,4})(?!\d)", re.IGNORECASE)
_CHOSEN = re.compile(r'Chosen option:\s*["“]([^"”]+)["”]')
_REMEDY = "Compare the record with 0000-template.md and mend that line."


@dataclass(frozen=True)
class Record:
    """One decision: `status` begins with one of STATUSES; `options` are the considered ones in their order, `chosen` is one of them."""

    number: int
    title: str
    status: str
    date: date
    path: Path
    options: tuple[str, ...]
    chosen: str

    @property
    def superseded_by(self) -> int:
        """The number of the record that its status names; 0 where it names none."""
        match = _SUCCESSOR.search(self.status)
        return int(match[1]) if self.status.startswith("superseded") and match else 0

    @property
    def id(self) -> str:
        """Such as 'ADR-001'."""
        return f"ADR-{self.number:03}"


def read_records(folder: Path) -> tuple[Record, ...]:
    """The records of a folder by number; its other files, the template among them, are passed over.

    Raises RecordError with file and line for a damaged record, two records of one number, or a folder without any.
    """
    records = tuple(read_record(path) for path in record_files(folder))
    if not records:
        raise RecordError("there are no decision records", str(folder), 'Write one with: perfweek adr new "Title"')
    for first, second in pairwise(records):
        if first.number == second.number:
            raise RecordError(
                f"two records have the number {first.number:04}", f"{first.path.name}, {second.path.name}", "Give one of them the next free number."
            )
    return records


def record_files(folder: Path) -> list[Path]:
    """The files of a folder whose names are those of records, by number."""
    matches = [(match, path) for path in sorted(folder.glob("*.md")) if (match := _FILE_NAME.fullmatch(path.name))]
    return [path for match, path in matches if int(match[1])]


def read_record(path: Path) -> Record:
    """Read one record. Raises RecordError with file and line where front matter, title, a section or the options are damaged."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"the record cannot be read: {error}", str(path), "Save it as UTF-8 text.") from error
    matter, body_line = _front_matter(path, lines)
    body = _Body(path, MarkdownIt().parse("\n" * body_line + "\n".join(lines[body_line:])))
    for section in SECTIONS:
        body.heading("h2", section)
    options = body.items("Considered Options")
    return Record(
        int(path.name[:4]), body.heading("h1").content, _status(path, lines, matter), _date(path, lines, matter), path, options, body.chosen(options)
    )


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        raise _damaged("has no front matter between two lines of ---", path, 1)
    end = next(number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    try:
        matter = yaml.safe_load("\n".join(lines[1:end]))
    except yaml.MarkedYAMLError as error:
        raise _damaged(
            f"has front matter that is not YAML: {error.problem}", path, (error.problem_mark.line if error.problem_mark else 0) + 2
        ) from error
    except yaml.YAMLError as error:
        raise _damaged("has front matter that is not YAML", path, 2) from error
    if not isinstance(matter, dict):
        raise _damaged("has front matter without keys", path, 2)
    return matter, end + 1


def _status(path: Path, lines: list[str], matter: dict[str, Any]) -> str:
    status = str(matter.get("status", "")).strip()
    if status.split(" ")[0] not in STATUSES:
        raise _damaged(f"has the status {status!r}, which is none of {', '.join(STATUSES)}", path, _line_of("status", lines))
    return status


def _date(path: Path, lines: list[str], matter: dict[str, Any]) -> date:
    value = matter.get("date")
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _damaged(f"has the date {value!r}, which is not written as YYYY-MM-DD", path, _line_of("date", lines))
    return value


def _line_of(key: str, lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines, start=1) if line.startswith(f"{key}:")), 1)


def _damaged(what: str, path: Path, line: int) -> RecordError:
    return RecordError(f"the record {path.name} {what}", f"{path}, line {line}", _REMEDY)


@dataclass(frozen=True)
class _Body:
    """The Markdown below the front matter, as tokens that know their lines."""

    path: Path
    tokens: list[Token]

    def heading(self, tag: str, title: str = "") -> Token:
        """The text of the first heading of that level and title."""
        for opening, text in pairwise(self.tokens):
            if opening.type == "heading_open" and opening.tag == tag and (not title or text.content == title):
                return text
        raise _damaged(f"has no section {title!r}" if title else "has no title", self.path, 1)

    def section(self, title: str) -> list[Token]:
        """What stands between a section's heading and the next heading of any level."""
        start = self.tokens.index(self.heading("h2", title)) + 2
        end = next((place for place in range(start, len(self.tokens)) if self.tokens[place].type == "heading_open"), len(self.tokens))
        return self.tokens[start:end]

    def items(self, title: str) -> tuple[str, ...]:
        tokens = self.section(title)
        found = tuple(token.content for token in tokens if token.type == "inline" and token.level == 3)
        if len(found) < 2:
            raise self._damaged_section(title, f"lists {len(found)} options; a decision has at least two")
        return found

    def chosen(self, options: tuple[str, ...]) -> str:
        text = "\n".join(token.content for token in self.section("Decision Outcome") if token.type == "inline")
        match = _CHOSEN.search(text)
        if not match or match[1] not in options:
            said = f"chooses {match[1]!r}, which is not a considered option" if match else 'does not say Chosen option: "…", because …'
            raise self._damaged_section("Decision Outcome", said)
        return match[1]

    def _damaged_section(self, title: str, what: str) -> RecordError:
        lines = self.heading("h2", title).map
        return _damaged(what, self.path, lines[0] + 1 if lines else 1)
