"""What every reader gives: parts of a trace, and what was found and left out on the way."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from perfweek.caching.engine.requests import Requests, Whole
from perfweek.caching.readers.clock import Clock
from perfweek.errors import EvidenceError

WORST_ORDER_S = 60
NO_RECORD = "Name a trace that perfweek knows: an access log, CSV or Parquet with named columns, oracleGeneral, or a Redis MONITOR capture."


@dataclass(frozen=True)
class Options:
    """What the user states of a file. `columns`: field ('key', 'time', ...) -> column; `time_unit`: s, ms, us, ns or ''."""

    columns: dict[str, str] = field(default_factory=dict)
    time_unit: str = ""


@dataclass
class Damage:
    """Records that could not be read: how many, and the first in words. `left_out`: those that are no request of a cache (failed, without a
    key, of another method); `unknown`: of operations that count as reads; `unsized`: without a usable size."""

    records: int = 0
    broken: int = 0
    first: str = ""
    left_out: int = 0
    unknown: int = 0
    unsized: int = 0

    def add(self, count: int, first: str) -> None:
        self.broken += count
        self.first = self.first or first


class TraceFile(ABC):
    """A trace in a file. `parts` reads it once; what is stated of it is complete when all parts were read."""

    def __init__(self, path: Path, name: str, clock: Clock) -> None:
        self.path, self.name, self.clock = path, name, clock
        self.damage = Damage()
        self.reads_times = True  # a sample of a long trace is read faster without them; then its order is that of the file
        self.late = 0
        self.latest_late_s = 0.0

    @abstractmethod
    def parts(self) -> Iterator[Requests]:
        """The requests, in the order of the file, cut as they are read. Raises EvidenceError where there is none."""

    def notes(self) -> list[str]:
        """What was found and assumed, a sentence each."""
        damage, notes = self.damage, [self.name]
        if self.clock.how:
            notes.append(self.clock.how)
        elif not self.reads_times:
            notes.append("requests are taken in the order of the file")
        for count, text in (
            (damage.broken, f"of {damage.records:,} records were damaged and left out, the first: {damage.first}"),
            (damage.left_out, "records are no request of a cache (failed, without a key, or of another method)"),
            (damage.unknown, "records have an operation that is not known; they count as reads"),
            (damage.unsized, "records have no size; they take another one of their key, or 0 where it has none"),
            (self.late, f"records were out of order, by up to {self.latest_late_s:,.3g} s"),
        ):
            if count:
                notes.append(f"{count:,} {text}")
        return notes

    def whole(self) -> Requests:
        """All requests in memory, in order of time."""
        return Requests.joined(self.noted()).in_order()

    def stream(self) -> Iterator[Requests]:
        """The parts for a trace larger than memory, their times ascending."""
        return self.ascending(self.noted())

    def ascending(self, parts: Iterable[Requests]) -> Iterator[Requests]:
        """`parts` of this trace with ascending times: one before the last counts as the same moment. Raises EvidenceError where records are out of
        order by over a minute: then they must be sorted first."""
        latest = np.iinfo(np.int64).min
        for part in parts:
            if self.latest_late_s > WORST_ORDER_S:
                remedy = "Sort it by time first; only a trace that fits in memory is sorted here."
                raise EvidenceError(f"the trace is out of order by {self.latest_late_s:,.0f} s", str(self.path), remedy)
            if part.times is not None and len(part):
                np.maximum.accumulate(np.maximum(part.times, latest), out=part.times)
                latest = int(part.times[-1])
            yield part

    def noted(self) -> Iterator[Requests]:
        """The parts, their order in time noted."""
        latest = np.iinfo(np.int64).min
        for part in self.parts():
            if part.times is not None and len(part):
                self._note_order(part.times, latest)
                latest = max(latest, int(part.times.max()))
            yield part

    def _note_order(self, times: Whole, latest: int) -> None:
        reached = np.maximum(np.maximum.accumulate(times), latest)
        late = times < reached
        if late.any():
            self.late += int(np.count_nonzero(late))
            self.latest_late_s = max(self.latest_late_s, float((reached - times).max()) / 1e6)

    def no_record(self) -> EvidenceError:
        """The error for a file without a single whole record."""
        return EvidenceError("the trace holds no whole record" + (f": {self.damage.first}" if self.damage.first else ""), str(self.path), NO_RECORD)
