"""How far a warm-up has come: a file that grows by a line a request, so that an interrupted one goes on where it was."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from perfweek.files import disk_errors_explained, make_folder
from perfweek.week import Week

FILE = "warm_up_progress.ndjson"


@dataclass(frozen=True)
class Progress:
    """The progress of warming `paths`: its file, and how old a line may be to count: what was asked for longer ago may have expired."""

    file: Path
    paths: Sequence[str]
    within_s: float

    @classmethod
    def of(cls, week: Week, paths: Sequence[str], within_s: float) -> "Progress":
        return cls(week.artifacts / FILE, paths, within_s)

    @property
    def asked(self) -> frozenset[str]:
        """Paths that an interrupted warm-up of the same list has asked for; torn lines and other lists are left out."""
        found, since = set(), time.time() - self.within_s
        with suppress(OSError):
            for line in self.file.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    if entry["list"] == self._list and entry["at"] > since:
                        found.add(self.paths[entry["place"]])
        return frozenset(found)

    @property
    def left(self) -> list[str]:
        """What is still to be asked for, in the order of the list."""
        asked = self.asked
        return [path for path in self.paths if path not in asked]

    def note(self, path: str) -> None:
        """Write down that `path` was answered. Raises WeekError where the file cannot be written."""
        entry = {"list": self._list, "place": self.paths.index(path), "at": time.time()}
        make_folder(self.file.parent)
        with disk_errors_explained(self.file), self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")

    def finish(self) -> None:
        """Everything was asked for: the next warm-up begins anew."""
        self.file.unlink(missing_ok=True)

    @property
    def _list(self) -> str:
        return hashlib.sha256("\n".join(self.paths).encode()).hexdigest()[:16]
