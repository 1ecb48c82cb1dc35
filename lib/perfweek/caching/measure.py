"""Finding the access log: the one that the service wrote while it was under load, or a file that the target names."""

import shutil
from pathlib import Path

from perfweek import evidence
from perfweek.access_log import read_access_log
from perfweek.caching.trace import Trace, trace_of
from perfweek.errors import TargetError
from perfweek.evidence import Measurement
from perfweek.target import Target
from perfweek.week import Week

COPY, MONDAY, ACCESS_LOG = "access-log", "load-monday", "access_log.ndjson"


def read_trace(week: Week, target: Target) -> Trace:
    """The trace of Monday's access log, or of the file that the target names; Trace.no_data() where there is neither.

    Raises EvidenceError where the log lies in a measurement that is missing, or cannot be read; TargetError where a named file does not exist.
    """
    if not target.cache.log:
        return Trace.no_data()
    measurement = evidence.read(week, MONDAY) if "{run}" in target.cache.log else evidence.find(week, MONDAY)
    log = measured_log(target, measurement) if measurement else None
    if not log and "{run}" not in target.cache.log:
        log = _copied(week, target.resolve(target.cache.log))
    return trace_at(week, log)


def measured_log(target: Target, measurement: Measurement) -> Path | None:
    """What the service logged during a measurement: in its `{run}` folder, or appended to a log of its own. None where there is none."""
    own = target.resolve(target.cache.log, measurement.folder)
    log = own if "{run}" in target.cache.log else measurement.folder / ACCESS_LOG
    return log if target.cache.log and log.is_file() else None


def trace_at(week: Week, log: Path | None) -> Trace:
    """The trace of a log in the week's evidence; Trace.no_data() for None. Raises EvidenceError where it cannot be read."""
    return trace_of(read_access_log(log), evidence.relative(week, log)) if log else Trace.no_data()


def _copied(week: Week, log: Path) -> Path:
    if not log.is_file():
        raise TargetError("there is no such access log", str(log), 'Mend cache.log in target.toml, or set it to "" to go without.')
    status = log.stat()
    inputs = {"log": str(log), "bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return evidence.collect(week, COPY, inputs, lambda folder: _copy(log, folder)).path(ACCESS_LOG)


def _copy(log: Path, folder: Path) -> None:
    shutil.copyfile(log, folder / ACCESS_LOG)
