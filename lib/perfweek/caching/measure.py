"""Finding the access log: the one that the service wrote while it was under load, or a file that the target names."""

import shutil
from pathlib import Path

from perfweek import evidence
from perfweek.access_log import read_access_log
from perfweek.caching.trace import Trace, trace_of
from perfweek.errors import TargetError
from perfweek.target import Target
from perfweek.week import Week

COPY = "access-log"


def read_trace(week: Week, target: Target, measurement: str = "load-monday") -> Trace:
    """The trace of the target's access log, from the measurement for a log in `{run}`; Trace.no_data() where there is none.

    Raises EvidenceError where the measurement is missing or the log cannot be read, TargetError where a named file does not exist.
    """
    path = find_log(week, target, measurement)
    return trace_of(read_access_log(path), evidence.relative(week, path)) if path else Trace.no_data()


def find_log(week: Week, target: Target, measurement: str = "load-monday") -> Path | None:
    """The access log as a file of the week's evidence: a named file is copied there once. None where there is no log."""
    if not target.cache.log:
        return None
    if "{run}" in target.cache.log:
        log = target.resolve(target.cache.log, evidence.read(week, measurement).folder)
        return log if log.is_file() else None
    return _copied(week, target.resolve(target.cache.log))


def _copied(week: Week, log: Path) -> Path:
    if not log.is_file():
        raise TargetError("there is no such access log", str(log), 'Mend cache.log in target.toml, or set it to "" to go without.')
    status = log.stat()
    inputs = {"log": str(log), "bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return evidence.collect(week, COPY, inputs, lambda folder: _copy(log, folder)).path("access_log.ndjson")


def _copy(log: Path, folder: Path) -> None:
    shutil.copyfile(log, folder / "access_log.ndjson")
