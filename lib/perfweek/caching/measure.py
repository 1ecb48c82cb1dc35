"""Finding the access log: the one that the service wrote while it was under load, or a file that the target names: an access log or a trace of
another kind."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from perfweek import evidence
from perfweek.access_log import find_access_log, measured_log, read_access_log
from perfweek.caching.engine.requests import MICROSECONDS, READ
from perfweek.caching.readers.lines import opening
from perfweek.caching.readers.sniff import open_trace
from perfweek.caching.trace import TENANT, Trace, trace_of
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.target import Target
from perfweek.week import Week

MONDAY = "load-monday"
RUN = "run.json"
_OURS = ("route", "tier", "duration_ms")


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
    source = evidence.relative(week, log)
    if not is_access_log(log):
        return _foreign(log, source)
    told = re.search(rb'"tenant"\s*:\s*"', opening(log))
    return trace_of(read_access_log(log, also=(TENANT,) if told else ()), source)


def is_access_log(log: Path) -> bool:
    """Whether the beginning looks like an access log in the schema; an empty file does, so that its reader says what it needs."""
    lines = [line for line in opening(log).splitlines() if line.strip()]
    return not lines or any(line.startswith(b"{") and all(f'"{name}"'.encode() in line for name in _OURS) for line in lines[:10])


def _foreign(log: Path, source: str) -> Trace:
    """A trace as `perfweek trace` reads it: keys are numbers, routes and costs unknown. Raises EvidenceError where it tells no times."""
    file = open_trace(log)
    requests = file.whole()
    if requests.times is None:
        raise EvidenceError("the trace tells no times, which times to live need", str(log), f"For its curve alone: perfweek trace {log.name}")
    frame = pd.DataFrame(
        {
            "time": requests.times / MICROSECONDS,
            "route": "all",
            "key": requests.keys.view(np.int64),
            "bytes": 0 if requests.sizes is None else np.maximum(requests.sizes, 0),
            "tier": "none",
            "write": False if requests.kinds is None else requests.kinds != READ,
        }
    )
    return Trace(frame, file.damage.left_out, source, "; ".join(file.notes()))
