"""The audit file: who did what, when, what it was like before and after, and how long it took.

weeks/runbooks/audit.ndjson is appended to and never edited; chain.py says how its lines prove each other. A line is on the disk before
what it announces begins, so that a killed run can be read from it.
"""

import getpass
import json
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from filelock import FileLock, Timeout

from perfweek.errors import RunbookError
from perfweek.files import disk_errors_explained, make_folder, write_atomic
from perfweek.runbook.chain import Chain, Head, link, read_chain
from perfweek.secrets import redact
from perfweek.target import Target

FOLDER, FILE, HEAD = "runbooks", "audit.ndjson", "audit.head.json"
Entry = Mapping[str, Any]


class Audit:
    """The audit file of a target."""

    def __init__(self, target: Target, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: whose secrets are kept out of it; the process's own by default."""
        self.folder = target.weeks.resolve() / FOLDER
        self.path = self.folder / FILE
        self._environment = os.environ if environment is None else environment

    def read(self) -> Chain:
        """The whole chain, with its problem where there is one."""
        return read_chain(self.path.read_bytes() if self.path.exists() else b"", self._head())

    def entries(self) -> tuple[Entry, ...]:
        """All entries. Raises RunbookError where the file was tampered with."""
        return self._checked().entries

    def append(self, event: str, **fields: Any) -> Entry:
        """Add a line, on the disk when this returns; secrets in it become ***. Raises RunbookError for a damaged file, WeekError for a full disk."""
        clean = self.clean({"at": datetime.now(UTC).isoformat(), "event": event, "who": _who(), **fields})
        make_folder(self.folder)
        with disk_errors_explained(self.path), FileLock(self.folder / ".audit.lock"):
            chain = self._checked()
            if chain.torn:
                self._cut_torn(chain)
                clean = {**clean, "torn_bytes_dropped": chain.torn}
            line = link(chain.head, clean)
            self._write(line)
            entry = json.loads(line)
            write_atomic(self.folder / HEAD, json.dumps({"number": entry["number"], "hash": entry["hash"]}) + "\n")
        return entry

    def clean(self, value: Any) -> Any:
        """`value` as it stands in the file: JSON values, without secrets."""
        return _redacted(json.loads(json.dumps(value, default=str)), self._environment)

    def lock(self, wait_s: float = 0) -> FileLock:
        """Take the right to change things, for this process; it ends with the process. Raises RunbookError where another one has it for longer
        than `wait_s`."""
        lock = FileLock(make_folder(self.folder) / ".apply.lock")
        try:
            with disk_errors_explained(self.folder):
                lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise RunbookError("another runbook is being applied", str(self.folder), "Wait until it ends, or give --wait SECONDS.") from error
        return lock

    def _checked(self) -> Chain:
        chain = self.read()
        if chain.problem:
            remedy = "Find out who changed it, move it away together with audit.head.json, and plan again."
            raise RunbookError(f"the audit file was tampered with: {chain.problem}", str(self.path), remedy)
        return chain

    def _head(self) -> Head:
        """A damaged or absent file of the head counts as no knowledge of it where there is no audit file, else as tampering."""
        path = self.folder / HEAD
        try:
            content = json.loads(path.read_text())
            return Head(int(content["number"]), str(content["hash"]))
        except FileNotFoundError:
            return Head()
        except (ValueError, KeyError, TypeError) as error:
            raise RunbookError("the head of the audit file is damaged", str(path), "Compare it with the last line of audit.ndjson.") from error

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            written = os.write(descriptor, line)
            if written != len(line):
                raise RunbookError("the audit file could not be written whole", str(self.path), "Free some space; the unfinished line is dropped.")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _cut_torn(self, chain: Chain) -> None:
        with self.path.open("rb+") as content:
            content.truncate(self.path.stat().st_size - chain.torn)


def _redacted(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return redact(value, environment)
    if isinstance(value, dict):
        return {redact(name, environment): _redacted(inner, environment) for name, inner in value.items()}
    return [_redacted(inner, environment) for inner in value] if isinstance(value, list) else value


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"
