"""Traces of lines: each kind splits its lines into fields; all that follows is the same."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.requests import NO_TTL, UNKNOWN_SIZE, Requests
from perfweek.caching.readers.clock import Clock
from perfweek.caching.readers.fields import FIELDS, KEY, OP, SIZE, STATUS, TIME, TIME_END, TTL
from perfweek.caching.readers.lines import blocks
from perfweek.caching.readers.operations import LEFT_OUT, kinds_of
from perfweek.caching.readers.scanning import PADDING
from perfweek.caching.readers.splitting import BROKEN, ODD, SOUND, split_lines
from perfweek.caching.readers.trace import TraceFile
from perfweek.caching.readers.values import hash_spans, read_dates, read_numbers, words

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int32]
_LARGEST = 2.0**62


class Layout(ABC):
    """How the lines of a kind of file are split. `present`: the fields that it has; `dates`: whether times are written as dates; `skipped`:
    lines at the start that are no records."""

    present: frozenset[int]
    dates = False
    skipped = 0

    @abstractmethod
    def split(self, text: Bytes, starts: Places, ends: Places, spans: Places, states: npt.NDArray[np.int8]) -> None:
        """Write the start and end of each field of each line to `spans`, and how it went to `states`."""

    def split_odd(self, line: bytes) -> dict[int, bytes]:
        """The fields of one line that `split` marked ODD. Raises ValueError where it is no record."""
        raise ValueError(f"is no record: {line[:40]!r}")


class TextTrace(TraceFile):
    """A trace whose records are lines. `rows` makes lines that `layout` knows of others: at least one of each."""

    def __init__(self, path: Path, name: str, clock: Clock, layout: Layout, rows: Callable[[bytes], bytes] | None = None) -> None:
        super().__init__(path, name, clock)
        self.layout = layout
        self._rows = rows
        self._line = 1
        self._ends = 0

    def parts(self) -> Iterator[Requests]:
        found = False
        for block in blocks(self.path):
            requests = self._requests(self._rows(block) if self._rows else block)
            found = found or len(requests) > 0
            yield requests
            self._line += self._ends
        if not found:
            raise self.no_record()

    def _requests(self, block: bytes) -> Requests:
        text = np.frombuffer(block + PADDING, np.uint8)
        most = len(block) // 2 + 1  # a line takes two bytes at least; what is not used costs nothing
        starts, ends = np.empty(most, np.int32), np.empty(most, np.int32)
        lines, self._ends = split_lines(text, len(block), starts, ends)
        skipped = min(lines, self.layout.skipped) if self._line == 1 else 0
        starts, ends = starts[skipped:lines], ends[skipped:lines]
        comments = text[starts] == ord("#") if starts.size else np.zeros(0, bool)
        if comments.any():
            starts, ends = starts[~comments], ends[~comments]
        spans, states = np.zeros((starts.size, FIELDS, 2), np.int32), np.zeros(starts.size, np.int8)
        self.layout.split(text, starts, ends, spans, states)
        text = self._mend(text, starts, ends, spans, states)
        self.damage.records += starts.size
        return self._converted(text, starts, spans, states)

    def _mend(self, text: Bytes, starts: Places, ends: Places, spans: Places, states: npt.NDArray[np.int8]) -> Bytes:
        """Read the odd lines; their fields are put behind the text."""
        more: list[bytes] = []
        size = text.size
        for row in np.flatnonzero(states == ODD):
            try:
                fields = self.layout.split_odd(text[starts[row] : ends[row]].tobytes())
            except ValueError:
                states[row] = BROKEN
                continue
            states[row] = SOUND
            spans[row] = 0
            for field, value in fields.items():
                spans[row, field] = size, size + len(value)
                more.append(value)
                size += len(value)
        return np.concatenate([text, np.frombuffer(b"".join([*more, PADDING]), np.uint8)]) if more else text

    def _converted(self, text: Bytes, starts: Places, spans: Places, states: npt.NDArray[np.int8]) -> Requests:
        layout, values = self.layout, Values(text, spans)
        has = layout.present
        times = (values.dates() if layout.dates else values.numbers(TIME)) if TIME in has else None
        sound = states == SOUND
        if times is not None:
            sound = sound & (times >= 0) & (times < _LARGEST)
        self._note_damage(text, starts, sound, states, times)
        kinds, unknown = kinds_of(values.words(OP)[sound]) if OP in has else (np.zeros(np.count_nonzero(sound), np.int8), 0)
        self.damage.unknown += unknown
        wanted = (kinds != LEFT_OUT) & (spans[sound, KEY, 1] > spans[sound, KEY, 0])
        if STATUS in has:
            wanted &= ~(values.numbers(STATUS)[sound] >= 400)
        self.damage.left_out += int(np.count_nonzero(~wanted))
        kept = np.flatnonzero(sound)[wanted]
        place = f"{self.path}, from line {self._line}"
        return Requests(
            values.hashes(KEY)[kept],
            None if times is None else self.clock.microseconds(times[kept], place),
            self._sizes(values.numbers(SIZE)[kept]) if SIZE in has else None,
            kinds[wanted] if OP in has else None,
            _ttls(values.numbers(TTL)[kept]) if TTL in has else None,
        )

    def _sizes(self, sizes: npt.NDArray[np.float64]) -> Any:
        usable = (sizes >= 0) & (sizes < _LARGEST)
        self.damage.unsized += int(np.count_nonzero(~usable))
        return np.where(usable, sizes, UNKNOWN_SIZE).astype(np.int64)

    def _note_damage(self, text: Bytes, starts: Places, sound: npt.NDArray[np.bool_], states: npt.NDArray[np.int8], times: Any) -> None:
        damaged = np.flatnonzero(~sound)
        if damaged.size:
            row = int(damaged[0])
            line = self._line + text[: starts[row]].tobytes().count(b"\n")
            what = "has no usable time" if states[row] == SOUND and times is not None else "is no record"
            self.damage.add(damaged.size, f"line {line} {what}")


class Values:
    """The fields of a block of lines as arrays."""

    def __init__(self, text: Bytes, spans: Places) -> None:
        self._text, self._spans = text, spans

    def _read(self, kernel: Any, field: int, kind: type) -> Any:
        found: npt.NDArray[Any] = np.empty(len(self._spans), kind)
        kernel(self._text, np.ascontiguousarray(self._spans[:, field, 0]), np.ascontiguousarray(self._spans[:, field, 1]), found)
        return found

    def numbers(self, field: int) -> npt.NDArray[np.float64]:
        """NaN where there is no number."""
        return self._read(read_numbers, field, np.float64)

    def dates(self) -> npt.NDArray[np.float64]:
        """Epoch seconds; NaN where there is no date. A date and a time in two columns are one span."""
        apart = self._spans[:, TIME_END, 1] > 0
        self._spans[apart, TIME, 1] = self._spans[apart, TIME_END, 1]
        return self._read(read_dates, TIME, np.float64)

    def hashes(self, field: int) -> npt.NDArray[np.uint64]:
        return self._read(hash_spans, field, np.uint64)

    def words(self, field: int) -> npt.NDArray[np.uint64]:
        return self._read(words, field, np.uint64)


def _ttls(seconds: npt.NDArray[np.float64]) -> Any:
    """0, nothing and nonsense are no time to live of their own."""
    usable = (seconds > 0) & (seconds < 1e12)
    return np.where(usable, seconds * 1e6, NO_TTL).astype(np.int64)
