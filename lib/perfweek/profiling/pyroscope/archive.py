"""Profiles as evidence: one file for each that arrived, and an index of what they hold, a JSON line for each profile."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic
from perfweek.profiling.pyroscope.bounded import BadContentError, gunzip
from perfweek.profiling.pyroscope.flamebearer import read_flamebearer
from perfweek.profiling.pyroscope.pprof import Profile, Sample, read_pprof
from perfweek.profiling.pyroscope.push import Pushed, read_push

INDEX = "index.ndjson"
LARGEST_ANSWER = 32_000_000
_NOTHING = Profile("cpu", "nanoseconds", 0, 0.0, 0.0, ())
Form = Literal["push", "pprof", "flamebearer"]
_ENDINGS = {"push": "push.pb.gz", "pprof": "pprof.gz", "flamebearer": "flamebearer.json.gz"}


@dataclass(frozen=True)
class Entry:
    """A line of the index: the file, its form, which of its profiles, the labels of the series, its time in epoch seconds, its kind of values
    with unit and period, and how many different stacks it holds."""

    file: str
    form: Form
    place: int
    labels: Mapping[str, str]
    started: float
    ended: float
    kind: str
    unit: str
    period: int
    stacks: int

    @property
    def is_cpu(self) -> bool:
        return self.kind == "cpu" and self.unit == "nanoseconds"


class Archive:
    """A folder that profiles are added to, in the order of their arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, 0
        self.bytes = 0
        (folder / INDEX).touch()

    def add(self, content: bytes, form: Form, pushed: list[Pushed]) -> None:
        """Keep what arrived (not packed) and note the profiles that were found in it."""
        self._files += 1
        file = f"{self._files:06}.{_ENDINGS[form]}"
        packed = gzip.compress(content, 6, mtime=0)
        write_atomic(self._folder / file, packed)
        self.bytes += len(packed)
        with (self._folder / INDEX).open("a") as index:
            for place, one in enumerate(pushed):
                index.write(json.dumps(asdict(_entry(file, form, place, one))) + "\n")


def read_index(path: Path) -> list[Entry]:
    """The lines of an index; a torn last one is left out. Raises EvidenceError where another is damaged."""
    lines = path.read_text().split("\n")
    try:
        return [Entry(**json.loads(line)) for line in lines[:-1]]
    except (ValueError, TypeError) as error:
        raise EvidenceError(f"the index of profiles is damaged: {error}", str(path), "Run the day again: it will be measured anew.") from error


def read_profiles(folder: Path, entries: list[Entry]) -> Iterator[tuple[Entry, Profile]]:
    """The profiles of the entries; each file is read once where its entries stand together. Raises EvidenceError."""
    file, profiles = "", list[Profile]()
    for entry in entries:
        if entry.file != file:
            file, profiles = entry.file, _profiles(folder / entry.file, entry)
        yield entry, profiles[entry.place]


def _profiles(path: Path, entry: Entry) -> list[Profile]:
    try:
        content = gunzip(path.read_bytes(), LARGEST_ANSWER)
        if entry.form == "push":
            return [one.profile for one in read_push(content)]
        if entry.form == "pprof":
            return [read_pprof(content, limit=LARGEST_ANSWER)] if content else [_NOTHING]
        return [profile_of_graph(json.loads(content), entry.started, entry.ended)]
    except (BadContentError, OSError, ValueError) as error:
        raise EvidenceError(f"the profile is damaged: {error}", str(path), "Run the day again: it will be measured anew.") from error


def profile_of_graph(content: object, started: float, ended: float) -> Profile:
    """A flame graph of Pyroscope as a CPU profile in nanoseconds. Raises BadContentError."""
    stacks, per_second = read_flamebearer(content)
    if not per_second > 0:
        raise BadContentError("the flame graph does not say how many samples are a second")
    nanoseconds = 1e9 / per_second
    samples = tuple(Sample(stack, round(value * nanoseconds)) for stack, value in stacks.items())
    return Profile("cpu", "nanoseconds", round(nanoseconds) if nanoseconds > 1 else 0, started, ended - started, samples)


def _entry(file: str, form: Form, place: int, pushed: Pushed) -> Entry:
    profile = pushed.profile
    return Entry(
        file,
        form,
        place,
        dict(pushed.labels),
        profile.started,
        profile.ended,
        profile.kind,
        profile.unit,
        profile.period,
        len(profile.samples),
    )
