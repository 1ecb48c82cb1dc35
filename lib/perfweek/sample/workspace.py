"""A run's own copy of the database, so that every run starts from the same rows and none changes them.

The copy lies beside the pristine files, in `runs/`, and goes when the service ends. A service that was killed leaves its
copy behind; the next one to start removes it: a copy is in use exactly as long as its lock is held.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from perfweek.errors import WarehouseError
from perfweek.files import disk_errors_explained, make_folder
from perfweek.sample import data


@contextmanager
def own_copy(folder: Path, layout: str) -> Iterator[Path]:
    """The path of a copy of the layout's database for the length of the block. Raises WarehouseError, WeekError."""
    if data.find(folder) is None:
        remedy = f"Build them first: {data.PREPARE}" + ("" if folder == data.FOLDER else f" --folder {folder}")
        raise WarehouseError("the sample's rows are not there", str(folder.absolute()), remedy)
    runs = make_folder(folder / "runs")
    with disk_errors_explained(runs):
        place, lock = _claim(runs)
        try:
            yield _copy(data.database(folder, layout), place / "catalog.duckdb")
        finally:
            lock.release()
            shutil.rmtree(place, ignore_errors=True)


def _claim(runs: Path) -> tuple[Path, FileLock]:
    with FileLock(runs / ".lock"):
        for left in runs.glob("run-*"):
            _remove_unless_held(left)
        place = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
        lock = FileLock(place / "held")
        lock.acquire()
    return place, lock


def _remove_unless_held(place: Path) -> None:
    try:
        with FileLock(place / "held", timeout=0):
            shutil.rmtree(place, ignore_errors=True)
    except (Timeout, FileNotFoundError):
        return


def _copy(source: Path, destination: Path) -> Path:
    """Copied and synced: else the first write of the service would wait for all of it to reach the disk."""
    shutil.copyfile(source, destination)
    with destination.open("rb") as written:
        os.fsync(written.fileno())
    return destination
