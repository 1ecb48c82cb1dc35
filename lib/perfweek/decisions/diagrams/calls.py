"""Calls that were seen, from any input: the access log, the query history, traces. One row a call.

An input that knows services only by name (traces) gives `Call`s; the readers here make the same table of the log and the history.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import pandas as pd

from perfweek.decisions.diagrams.model import Kind

COLUMNS = ("time", "source", "target", "duration_ms", "bytes", "failed", "batch", "window")
LOG, TRACES = "log", "traces"
"""`window`: which input a call is from. Inputs may be of different days, so a rate is over the time of its own."""
CALLERS, SERVICE, WAREHOUSE, JOBS = "callers", "service", "warehouse", "jobs"


@dataclass(frozen=True)
class Call:
    """One call: when (epoch seconds), from which part to which by name, how long in ms, its answer's bytes (NaN unknown)."""

    time: float
    source: str
    target: str
    duration_ms: float
    bytes: float = float("nan")
    failed: bool = False
    batch: bool = False


@dataclass(frozen=True)
class Observed:
    """`calls` with COLUMNS, ends as ids; `names`: id -> (name, kind) of every part that was seen."""

    calls: pd.DataFrame
    names: Mapping[str, tuple[str, Kind]] = field(default_factory=dict)

    def __or__(self, other: "Observed") -> "Observed":
        """Both; of a connection that both know, what this one says, so that no call counts twice."""
        known = set(zip(self.calls["source"], self.calls["target"], strict=True))
        pairs = pd.Series(list(zip(other.calls["source"], other.calls["target"], strict=True)), index=other.calls.index, dtype=object)
        new = other.calls[~pairs.isin(known)]
        calls = pd.concat([self.calls, new], ignore_index=True) if len(self.calls) else new.reset_index(drop=True)
        return Observed(calls, {**other.names, **self.names})


class SpanLike(Protocol):
    """What is asked of a trace's span: times in ms (epoch); `parent` is the id of the span that called it."""

    @property
    def id(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def failed(self) -> bool: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...


def calls_of_spans(spans: Iterable[SpanLike]) -> Iterator[Call]:
    """A call for each span of one trace whose parent belongs to another service; what came by a queue (attribute messaging.system) is batch."""
    known = {span.id: span for span in spans}
    for span in known.values():
        caller = known.get(span.parent)
        if caller and caller.service != span.service:
            queued = "messaging.system" in span.attributes
            yield Call(span.start / 1000, caller.service, span.service, span.end - span.start, failed=span.failed, batch=queued)


def observed_of(calls: Iterable[Call], service: str = "") -> Observed:
    """Calls between parts known by name, such as a trace's spans; the one named `service` is the service under test."""
    whole = (replace(call, source=_whole(call.source), target=_whole(call.target)) for call in calls)
    frame = pd.DataFrame([asdict(call) for call in whole], columns=list(COLUMNS)).assign(window=TRACES)
    ends = sorted({*frame["source"], *frame["target"]})
    ids = {name: SERVICE if name and name == service else f"other:{name}" for name in ends}
    names: dict[str, tuple[str, Kind]] = {ids[name]: (name, "service" if name and name == service else "other service") for name in ends}
    return Observed(frame.assign(source=frame["source"].map(ids), target=frame["target"].map(ids)), names)


def _whole(name: str) -> str:
    """JSON may hold half a surrogate pair, which no file can."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def rows(
    frame: pd.DataFrame,
    source: pd.Series | str,
    target: pd.Series | str,
    duration: str,
    size: str | None,
    *,
    failed: pd.Series | bool = False,
    batch: bool = False,
) -> pd.DataFrame:
    """COLUMNS from a table with `time`: `source` and `target` are ids or columns of ids, `duration` and `size` names of columns."""
    made = pd.DataFrame({"time": frame["time"], "source": source, "target": target, "duration_ms": frame[duration]})
    return made.assign(bytes=frame[size].astype(float) if size else float("nan"), failed=failed, batch=batch, window=LOG)[list(COLUMNS)]


def nothing() -> Observed:
    return Observed(pd.DataFrame(columns=list(COLUMNS)))
