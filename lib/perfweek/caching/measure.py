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

COPY, MONDAY = "access-log", "load-monday"
ACCESS_LOG, RUN = "access_log.ndjson", "run.json"


def read_trace(week: Week, target: Target) -> Trace:
    """The trace of what the service logged under Monday's load, or of the file that the target names; no data where there is neither.

    Raises EvidenceError where Monday was not measured, or the log cannot be read; TargetError where a named file does not exist.
    """
    measurement = evidence.read(week, MONDAY)
    if not target.cache.log or "{run}" in target.cache.log or measured_log(target, measurement):
        return logged_trace(week, target, measurement)
    return _trace_at(week, _copied(week, target.resolve(target.cache.log)))


def logged_trace(week: Week, target: Target, measurement: Measurement) -> Trace:
    """The trace of what the service logged during a load run; no data where it logged nothing."""
    log = measured_log(target, measurement)
    return _trace_at(week, log) if log else Trace.no_data(evidence.relative(week, measurement.path(RUN)))


def measured_log(target: Target, measurement: Measurement) -> Path | None:
    """The log of a load run: in the service's `{run}` folder, or what it appended to a log of its own. None where there is none."""
    own = target.resolve(target.cache.log, measurement.folder)
    log = own if "{run}" in target.cache.log else measurement.folder / ACCESS_LOG
    return log if target.cache.log and log.is_file() else None


def _trace_at(week: Week, log: Path) -> Trace:
    return trace_of(read_access_log(log), evidence.relative(week, log))


def _copied(week: Week, log: Path) -> Path:
    if not log.is_file():
        raise TargetError("there is no such access log", str(log), 'Mend cache.log in target.toml, or set it to "" to go without.')
    status = log.stat()
    inputs = {"log": str(log), "bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    return evidence.collect(week, COPY, inputs, lambda folder: _copy(log, folder)).path(ACCESS_LOG)


def _copy(log: Path, folder: Path) -> None:
    shutil.copyfile(log, folder / ACCESS_LOG)
