"""The reports that a command writes, kept as evidence after each run."""

import csv
import glob
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LISTING, FOLDER = "reports.csv", "reports"
COLUMNS = ("file", "command", "state", "run", "written_as")
MOST_REPORTS, MOST_BYTES = 1000, 64_000_000
"""Of one run, and of one report: more is counted as left out."""

Stamp = tuple[int, int, int]


@dataclass
class Kept:
    """Copies what was written since the last look into `folder`/reports; `patterns` are absolute paths or globs.

    Only regular files count. `left_out` are reports that were too large or too many; `unchanged` those that no run wrote.
    """

    folder: Path
    patterns: Sequence[str]
    left_out: int = 0
    _seen: dict[Path, Stamp] = field(default_factory=dict)
    _before: set[Path] = field(default_factory=set)
    _rows: list[tuple[str, str, str, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen = dict(self._found())
        self._before = set(self._seen)

    def keep(self, command: str, state: str, run: int) -> None:
        """Take what changed as written by this run of `command`."""
        now = dict(self._found())
        written = [path for path, stamp in now.items() if self._seen.get(path) != stamp]
        self._seen = now
        self._before -= set(written)
        self._copy(written, command, state, run)

    def keep_unchanged(self) -> None:
        """Take those that were there before and that no run wrote, as of no command."""
        self._copy(sorted(self._before), "", "found", 0)
        self._before = set()

    def write_listing(self) -> int:
        """Write the listing; returns how many reports were there before and are not kept."""
        with (self.folder / LISTING).open("w", newline="") as output:
            csv.writer(output).writerows([COLUMNS, *self._rows])
        return len(self._before)

    def _copy(self, paths: Sequence[Path], command: str, state: str, run: int) -> None:
        small = [path for path in paths if path.stat().st_size <= MOST_BYTES][:MOST_REPORTS]
        self.left_out += len(paths) - len(small)
        for path in small:
            name = f"{FOLDER}/{len(self._rows) + 1:04d}{path.suffix[:10]}"
            (self.folder / FOLDER).mkdir(exist_ok=True)
            shutil.copyfile(path, self.folder / name)
            self._rows.append((name, command, state, run, str(path)))
            if path.is_relative_to(self.folder):
                path.unlink()
                self._seen.pop(path, None)

    def _found(self) -> Iterator[tuple[Path, Stamp]]:
        names = {name for pattern in self.patterns for name in glob.iglob(pattern, recursive=True, include_hidden=True)}  # noqa: PTH207 (absolute patterns)
        for path in sorted(map(Path, names)):
            if path.is_file() and not path.is_symlink():
                status = path.stat()
                yield path, (status.st_ino, status.st_mtime_ns, status.st_size)


def read_listing(path: Path) -> list[dict[str, str]]:
    """The rows of a listing, with the keys COLUMNS."""
    with path.open(newline="") as rows:
        return list(csv.DictReader(rows))
