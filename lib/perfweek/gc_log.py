"""Pauses of Python's garbage collector, written down by the service itself while it runs.

    python -m perfweek.gc_log FILE -m service.module --port 8000    starts a service, which needs no change for it
    perfweek.gc_log.enable()                                        in the service: to the file PERFWEEK_GC_LOG, nothing without it

With FILE = {run}/gc.ndjson in the target's start command the pauses are part of the measurement. Workers that are forked write to the
same file; workers that are spawned have to call `enable` themselves. Nothing but the standard library is needed: a service
without perfweek may carry a copy of this file.

One line a process, generation and second: {"time": epoch second, "pid": 17, "generation": 0, "pauses_ms": [0.021, 0.034]}.
"""

import atexit
import gc
import json
import os
import runpy
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "gc.ndjson"
VARIABLE = "PERFWEEK_GC_LOG"


def enable(path: str = "") -> None:
    """Write the pauses of this process, until it ends, to `path` or to the file that the environment names; nothing without either."""
    if wanted := path or os.environ.get(VARIABLE, ""):
        log = recorded(Path(wanted))
        log.__enter__()
        atexit.register(log.__exit__, None, None, None)


@contextmanager
def recorded(path: Path) -> Iterator[None]:
    """Append the pauses during the block to `path`. A file that cannot be written ends the recording, not the service."""
    log = _Log(path.absolute())
    os.register_at_fork(after_in_child=log.forget)
    gc.callbacks.append(log)
    try:
        yield
    finally:
        log.end()


class _Log:
    """Called by the collector at the start and at the stop of each collection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started_ns = 0
        self._second = 0
        self._pauses_ms: dict[int, list[float]] = {}

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._started_ns = time.perf_counter_ns()
            return
        paused_ms = (time.perf_counter_ns() - self._started_ns) / 1e6
        if (second := int(time.time())) != self._second:
            self._write()
            self._second = second
        self._pauses_ms.setdefault(info["generation"], []).append(round(paused_ms, 3))

    def _write(self) -> None:
        """One write a second, to a file that is opened for it: a service that becomes a daemon closes what it finds open."""
        pauses, self._pauses_ms = self._pauses_ms, {}
        common = {"time": self._second, "pid": os.getpid()}
        lines = "".join(json.dumps({**common, "generation": generation, "pauses_ms": found}) + "\n" for generation, found in pauses.items())
        try:
            with self._path.open("a") as output:
                output.write(lines)
        except OSError:
            self._stop()

    def _stop(self) -> None:
        if self in gc.callbacks:
            gc.callbacks.remove(self)

    def forget(self) -> None:
        self._pauses_ms = {}

    def end(self) -> None:
        self._stop()
        self._write()


def main(arguments: list[str]) -> None:
    """FILE -m module ..., or FILE script.py ..."""
    if len(arguments) < 2 or arguments[1:] == ["-m"]:
        sys.exit("usage: python -m perfweek.gc_log FILE (-m MODULE | SCRIPT) ...")
    path, *command = arguments
    enable(path)
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path[0] = str(Path(command[0]).absolute().parent)
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
