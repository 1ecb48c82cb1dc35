"""Lines that prove each other: each carries the hash of the line before it and its own.

A changed, removed, inserted or moved line breaks the chain there. The number and hash of the last line stand in a file of their own, so
that a cut end is found as well. Who can write both files can forge both: note the last hash elsewhere (`perfweek runbook audit` prints it,
`--expect` asks for it) where that matters.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Head:
    """The last line that is known to have been written: its number, from 1, and its hash."""

    number: int = 0
    hash: str = GENESIS


@dataclass(frozen=True)
class Chain:
    """`entries` up to the first problem; `problem` says what is wrong and with which line, '' where nothing is; `torn`: bytes of a last
    line that was never finished, such as a power cut leaves."""

    entries: tuple[Mapping[str, Any], ...]
    problem: str
    torn: int

    @property
    def head(self) -> Head:
        return Head(len(self.entries), self.entries[-1]["hash"]) if self.entries else Head()


def link(previous: Head, fields: Mapping[str, Any]) -> bytes:
    """The line that follows `previous`, with its line end."""
    content = {**fields, "number": previous.number + 1, "previous": previous.hash}
    return _line(content | {"hash": _hash(content)})


def read_chain(data: bytes, head: Head | None = None) -> Chain:
    """Check every line of `data`, and that it ends with the line of `head`, or with one more: between the two files a process may have
    been killed."""
    *lines, torn = data.split(b"\n")
    entries: list[Mapping[str, Any]] = []
    last = Head()
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        problem = _problem(entry, line, last)
        if problem:
            return Chain(tuple(entries), f"line {number} {problem}", len(torn))
        entries.append(entry)
        last = Head(number, entry["hash"])
    return Chain(tuple(entries), _cut(entries, head) if head else "", len(torn))


def _problem(entry: dict[str, Any], line: bytes, last: Head) -> str:
    if not entry:
        return "is no entry"
    content = {name: value for name, value in entry.items() if name != "hash"}
    if entry.get("hash") != _hash(content) or _line(entry) != line + b"\n":
        return "was changed: its hash does not fit"
    if (entry.get("number"), entry.get("previous")) != (last.number + 1, last.hash):
        return "does not follow the line before it: a line was removed, added or moved"
    return ""


def _cut(entries: list[Mapping[str, Any]], head: Head) -> str:
    if len(entries) < head.number:
        return f"the end was cut: {head.number} lines were written, {len(entries)} are left"
    if head.number and entries[head.number - 1]["hash"] != head.hash:
        return f"line {head.number} is not the one that was written: the whole file was written anew"
    if len(entries) > head.number + 1:
        return f"line {head.number + 2} is not ours: {head.number} lines were written"
    return ""


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_line(content)).hexdigest()


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n"
