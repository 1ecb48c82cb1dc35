"""pprof profiles (https://github.com/google/pprof, profile.proto) as stacks, and stacks as pprof.

A frame is 'function (file)', as py-spy writes it without line numbers; the file as the agent gave it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from perfweek.profiling.pyroscope.bounded import BadContentError, TooLargeError, gunzip_if_packed
from perfweek.profiling.pyroscope.messages import ProfileMessage
from perfweek.profiling.stacks import Stack

LARGEST = 8_000_000
MOST_FRAMES = 2_000_000
_LONGEST_TEXT = 500
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """What was seen with one stack (root first) and one set of labels, sorted by key."""

    stack: Stack
    value: int
    labels: Labels = ()


@dataclass(frozen=True)
class Profile:
    """One kind of value of a pprof: `kind` such as 'cpu' in `unit` such as 'nanoseconds'; `period`: how much of it one sample stands for, 0 where
    the agent did not say; `started` in epoch seconds."""

    kind: str
    unit: str
    period: int
    started: float
    duration_s: float
    samples: tuple[Sample, ...]

    @property
    def stacks(self) -> dict[Stack, int]:
        """stack -> value, over all labels."""
        return total(self.samples)

    @property
    def rate_hz(self) -> float:
        """Samples a second of a profile in nanoseconds; 0 where the agent did not say."""
        return 1e9 / self.period if self.unit == "nanoseconds" and self.period > 0 else 0.0

    @property
    def ended(self) -> float:
        return self.started + self.duration_s


def total(samples: Sequence[Sample]) -> dict[Stack, int]:
    """stack -> sum of values."""
    summed: Counter[Stack] = Counter()
    for sample in samples:
        summed[sample.stack] += sample.value
    return dict(summed)


def printable(text: str) -> str:
    """A text from outside as one line of bounded length."""
    return _UNPRINTABLE.sub(" ", text)[:_LONGEST_TEXT]


def read_pprof(data: bytes, kind: str = "", limit: int = LARGEST) -> Profile:
    """The profile in `data` (gzip or not), its values of `kind`; without a kind its default one, which is the last where none is named.

    Raises BadContentError where it is damaged or has no such values, TooLargeError beyond `limit` bytes or MOST_FRAMES frames.
    """
    message = ProfileMessage()
    try:
        message.ParseFromString(gunzip_if_packed(data, limit))
        return _profile(message, kind)
    except DecodeError as error:
        raise BadContentError("no protobuf message") from error
    except (IndexError, KeyError) as error:
        raise BadContentError(f"it points to an entry that it does not have: {error}") from error


def write_pprof(profile: Profile) -> bytes:
    """The profile as pprof, not packed; reading it gives the same profile, times to the microsecond."""
    message, texts = ProfileMessage(), _Table()
    texts.place("")
    message.sample_type.add(type=texts.place(profile.kind), unit=texts.place(profile.unit))
    message.period_type.type, message.period_type.unit = texts.place(profile.kind), texts.place(profile.unit)
    message.period, message.time_nanos, message.duration_nanos = profile.period, round(profile.started * 1e9), round(profile.duration_s * 1e9)
    frames = _Table()
    for sample in profile.samples:
        added = message.sample.add(location_id=[frames.place(frame) + 1 for frame in reversed(sample.stack)], value=[sample.value])
        for key, value in sample.labels:
            added.label.add(key=texts.place(key), str=texts.place(value))
    for number, frame in enumerate(frames.entries, start=1):
        name, file = _parts(frame)
        message.function.add(id=number, name=texts.place(name), filename=texts.place(file))
        message.location.add(id=number).line.add(function_id=number)
    message.string_table.extend(text.encode() for text in texts.entries)
    return message.SerializeToString()


class _Table:
    """Entries in the order in which they were first asked for."""

    def __init__(self) -> None:
        self.entries: dict[str, int] = {}

    def place(self, entry: str) -> int:
        return self.entries.setdefault(entry, len(self.entries))


def _profile(message: Any, kind: str) -> Profile:
    texts = [printable(text.decode(errors="replace")) for text in message.string_table]
    kinds = [(_text(texts, one.type), _text(texts, one.unit)) for one in message.sample_type]
    column = _column(kinds, kind or _text(texts, message.default_sample_type), named=bool(kind))
    frames = _frames(message, texts)
    period = message.period if _text(texts, message.period_type.unit) == kinds[column][1] else 0
    samples = tuple(_samples(message, texts, frames, column, len(kinds)))
    return Profile(*kinds[column], period, message.time_nanos / 1e9, message.duration_nanos / 1e9, samples)


def _column(kinds: Sequence[tuple[str, str]], wanted: str, *, named: bool) -> int:
    names = [name for name, _ in kinds]
    if wanted in names and wanted:
        return names.index(wanted)
    if named or not names:
        raise BadContentError(f"it has no values of {wanted or 'any kind'}, only {', '.join(names) or 'none'}")
    return len(names) - 1


def _frames(message: Any, texts: Sequence[str]) -> Mapping[int, Stack]:
    """location -> its frames, root first: of inlined functions the last line is the caller."""
    functions = {one.id: _frame(_text(texts, one.name), _text(texts, one.filename)) for one in message.function}
    return {
        one.id: tuple(functions[line.function_id] for line in reversed(one.line)) if one.line else (f"0x{one.address:x}",) for one in message.location
    }


def _samples(message: Any, texts: Sequence[str], frames: Mapping[int, Stack], column: int, columns: int) -> list[Sample]:
    found, left = [], MOST_FRAMES
    for one in message.sample:
        if len(one.value) != columns or one.value[column] < 0:
            raise BadContentError("a sample has other values than the profile names, or a negative one")
        left -= sum(len(frames[location]) for location in one.location_id) + 1
        if left < 0:
            raise TooLargeError(f"more than {MOST_FRAMES:,} frames")
        if one.value[column]:
            stack = tuple(frame for location in reversed(one.location_id) for frame in frames[location])
            found.append(Sample(stack or ("(unknown)",), one.value[column], _labels(one, texts)))
    return found


def _labels(sample: Any, texts: Sequence[str]) -> Labels:
    return tuple(sorted((_text(texts, label.key), _text(texts, label.str) or str(label.num)) for label in sample.label))


def _frame(name: str, file: str) -> str:
    return f"{name or '(unknown)'} ({file})" if file else name or "(unknown)"


def _parts(frame: str) -> tuple[str, str]:
    """The function and the file that `_frame` makes the frame of."""
    name, _, file = frame.rpartition(" (")
    return (name, file[:-1]) if name and len(file) > 1 and file.endswith(")") else (frame, "")


def _text(texts: Sequence[str], place: int) -> str:
    """An entry of the table of texts; 0 stands for none, even where the table is missing."""
    if place < 0:
        raise IndexError(place)
    return texts[place] if place else ""
