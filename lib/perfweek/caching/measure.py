"""Finding the access log: the one that the service wrote while it was under load, or a file that the target names."""

from pathlib import Path

from perfweek import evidence
from perfweek.access_log import find_access_log, measured_log, read_access_log
from perfweek.caching.trace import Trace, trace_of
from perfweek.evidence import Measurement
from perfweek.target import Target
from perfweek.week import Week

MONDAY = "load-monday"
RUN = "run.json"


def read_trace(week: Week, target: Target) -> Trace:
    """The trace of what the service logged under Monday's load, or of the file that the target names; no data where there is neither.

    Raises EvidenceError where Monday was not measured, or the log cannot be read; TargetError where a named file does not exist.
    """
    return _trace_at(week, find_access_log(week, target, MONDAY), evidence.read(week, MONDAY))


def logged_trace(week: Week, target: Target, measurement: Measurement) -> Trace:
    """The trace of what the service logged during a load run; no data where it logged nothing."""
    return _trace_at(week, measured_log(target, measurement), measurement)


def _trace_at(week: Week, log: Path | None, measurement: Measurement) -> Trace:
    if log is None:
        return Trace.no_data(evidence.relative(week, measurement.path(RUN)))
    return trace_of(read_access_log(log), evidence.relative(week, log))
