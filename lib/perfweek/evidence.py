"""Evidence: one folder per measurement, written once, complete or absent.

A measurement is taken into a temporary folder; when it is finished, every file is listed with its size and hash in
`measurement.json`, and the folder gets its name in one rename. A killed measurement therefore leaves nothing that
looks like one. The same measurement asked for again is answered from the folder, unless a file of it is missing or
changed, or what was asked for differs (`inputs`): then the old folder is kept under `evidence/.superseded/` and the
measurement is taken anew.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from perfweek.errors import EvidenceError
from perfweek.files import disk_errors_explained, sha256, write_atomic
from perfweek.week import Week

LISTING = "measurement.json"
USED_VARIABLE = "PERFWEEK_EVIDENCE_USED"


@dataclass(frozen=True)
class Measurement:
    """A finished measurement: its folder, what was asked for, when it ended (UTC, ISO 8601)."""

    folder: Path
    inputs: dict[str, Any]
    finished: str

    def path(self, name: str) -> Path:
        """The path of one file of the measurement. Raises EvidenceError where there is no such file."""
        path = self.folder / name
        if not path.exists():
            raise EvidenceError(f"{name} is not part of this measurement", str(self.folder), "Give the same command again to measure anew.")
        return path

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()


def collect(week: Week, name: str, inputs: Mapping[str, Any], measure: Callable[[Path], None]) -> Measurement:
    """Return the measurement `name` of the week, taking it with `measure(folder)` where it is not there yet.

    `inputs` is what determines the measurement (JSON values, no secrets). Two processes that ask at once: the second
    waits for the first. Whatever `measure` raises passes, and leaves no folder.
    """
    folder = week.evidence / name
    asked = json.loads(json.dumps(dict(inputs), sort_keys=True, default=str))
    with FileLock(week.evidence / f".{name}.lock"):
        known = find(week, name)
        if known and known.inputs == asked:
            return read(week, name)
        with disk_errors_explained(folder):
            _measure_into(week, folder, asked, measure)
    return read(week, name)


def _measure_into(week: Week, folder: Path, inputs: dict[str, Any], measure: Callable[[Path], None]) -> None:
    started = datetime.now(UTC)
    for left in folder.parent.glob(f".{folder.name}-*.measuring"):
        shutil.rmtree(left)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=".measuring", dir=folder.parent))
    try:
        measure(temporary)
        temporary.chmod(0o755)
        listing = {
            "inputs": inputs,
            "started": started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": {str(path.relative_to(temporary)): _stamp(path) for path in sorted(temporary.rglob("*")) if path.is_file()},
        }
        write_atomic(temporary / LISTING, json.dumps(listing, indent=2) + "\n")
        if folder.exists():
            _supersede(week, folder)
        temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read(week: Week, name: str) -> Measurement:
    """The measurement `name`, checked. Raises EvidenceError where it was not taken or a file is missing or changed.

    With PERFWEEK_EVIDENCE_USED set (the runner sets it) the name is added to that file: the day depends on it.
    """
    measurement = _read(week, name)
    if used := os.environ.get(USED_VARIABLE):
        with Path(used).open("a") as names:
            names.write(name + "\n")
    return measurement


def _read(week: Week, name: str) -> Measurement:
    folder = week.evidence / name
    try:
        listing = json.loads((folder / LISTING).read_text())
        files, inputs, finished = dict(listing["files"]), listing["inputs"], str(listing["finished"])
    except FileNotFoundError as error:
        raise EvidenceError(
            f"there is no measurement {name!r}", str(week.evidence), "Run the day that takes it first: perfweek run monday"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"the list of files is damaged: {error}", str(folder / LISTING), "Run the day again: it will be measured anew."
        ) from error
    for file, stamp in files.items():
        _check(folder / file, stamp)
    return Measurement(folder, inputs, finished)


def find(week: Week, name: str) -> Measurement | None:
    """Like `read`, but None where the measurement is absent or no longer whole."""
    try:
        return _read(week, name)
    except EvidenceError:
        return None


def fingerprints(week: Week) -> dict[str, str]:
    """name -> one hash over the listing of every whole measurement of the week; what a day's results depend on."""
    names = sorted(path.parent.name for path in week.evidence.glob(f"[!.]*/{LISTING}"))
    return {name: sha256(week.evidence / name / LISTING) for name in names if find(week, name)}


def relative(week: Week, path: Path) -> str:
    """`path` as facts cite it: relative to the week's folder, with forward slashes."""
    return path.resolve().relative_to(week.root.resolve()).as_posix()


def _stamp(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns, "sha256": sha256(path)}


def _check(path: Path, stamp: Mapping[str, Any]) -> None:
    """An unchanged time and size spares the hash of a large file; anything else is hashed."""
    if not path.exists():
        raise EvidenceError(f"{path.name} is missing", str(path.parent), "Run the day again: it will be measured anew.")
    status = path.stat()
    if (status.st_size, status.st_mtime_ns) == (stamp["bytes"], stamp["mtime_ns"]):
        return
    if sha256(path) != stamp["sha256"]:
        raise EvidenceError(f"{path.name} was changed after it was measured", str(path.parent), "Run the day again: it will be measured anew.")


def _supersede(week: Week, folder: Path) -> None:
    kept = week.evidence / ".superseded" / f"{folder.name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    with disk_errors_explained(kept):
        kept.parent.mkdir(exist_ok=True)
        folder.replace(kept)
