"""The file of recorded statements: one JSON object a line, appended by one write each."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from perfweek.errors import WarehouseError
from perfweek.files import disk_errors_explained, make_folder


class HistoryFile:
    """Appends lines so that a killed process loses none that was written and tears at most the one being written.

    A line that an earlier process left torn is closed off first, so that it cannot spoil the next one.
    """

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        with disk_errors_explained(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with self._held(fcntl.LOCK_EX):  # while nobody writes: the half of a line that is being written is not torn
                size = os.fstat(self._descriptor).st_size
                if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                    os.write(self._descriptor, b"\n")
        self._path = path
        self._lock = Lock()

    def append(self, line: bytes) -> None:
        """Write `line` and a line end in one system call. Raises WarehouseError where the disk does not take it."""
        data = line + b"\n"
        with self._lock:
            try:
                with self._held(fcntl.LOCK_SH):
                    written = os.write(self._descriptor, data)
            except OSError as error:
                raise self._refused(error.strerror or str(error)) from error
        if written != len(data):
            raise self._refused("the disk is full")

    def close(self) -> None:
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    @contextmanager
    def _held(self, lock: int) -> Iterator[None]:
        fcntl.flock(self._descriptor, lock)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _refused(self, reason: str) -> WarehouseError:
        return WarehouseError(f"the query history cannot be written: {reason}", str(self._path), "Free some space and start the service again.")
