"""Continuous profiles read back, window by window."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from os.path import commonpath

import numpy as np
import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.load.processes import PROCESS
from perfweek.profiling.pyroscope.archive import INDEX, Entry, read_index, read_profiles
from perfweek.profiling.pyroscope.pprof import Profile
from perfweek.profiling.pyroscope.record import RECORD, Record, read_record
from perfweek.profiling.shares import FunctionShare, function_shares, share
from perfweek.profiling.stacks import Stack, Stacks, merged, without_idle
from perfweek.stats import Estimate
from perfweek.week import Week

ENDPOINT = "endpoint"
UNTAGGED = "(no endpoint)"
ASSUMED_HZ = 100.0
FEWEST_COMPARED = 4
_FILE = re.compile(r" \(([^()]+)\)$")
_LIBRARY = re.compile(r"^.*/(?:site-packages|dist-packages|python3\.\d+)/")


@dataclass(frozen=True)
class Span:
    """A window: samples by stack and by endpoint, from `started` to `ended` (epoch seconds)."""

    started: float
    ended: float
    stacks: Stacks
    endpoints: Mapping[str, int]


@dataclass(frozen=True)
class Continuous:
    """The windows of a measurement; none where `record.reason` says why. `rate_hz`: samples a second of the agent, ASSUMED_HZ where it does not say;
    `idle`: samples of waiting threads that were dropped; `used_s`: CPU that the service used from the first window to the last by the
    operating system, NaN where unknown."""

    record: Record
    windows: tuple[Span, ...]
    idle: int
    rate_hz: float
    used_s: float
    source: str

    @cached_property
    def stacks(self) -> dict[Stack, int]:
        """stack -> samples, over all windows."""
        return merged(window.stacks for window in self.windows)

    @property
    def samples(self) -> int:
        return sum(self.stacks.values())

    @property
    def cpu_s(self) -> float:
        """The CPU time that the samples stand for."""
        return self.samples / self.rate_hz

    @property
    def is_comparable(self) -> bool:
        """Whether the samples can be held against `used_s`: in a short time a push more or less of a server's decides."""
        return bool(self.used_s > 0 and self.windows) and (self.record.origin == "receiver" or len(self.windows) >= FEWEST_COMPARED)

    @property
    def sample_s(self) -> float:
        """CPU seconds that a sample is worth. Less than one tick where the samples stand for more than the operating system counted: threads that
        waited for a core were sampled, too. Never more: what the agent did not see is not laid on what it saw."""
        return min(1.0, self.used_s / self.cpu_s if self.is_comparable and self.cpu_s else 1.0) / self.rate_hz

    @cached_property
    def functions(self) -> list[FunctionShare]:
        """Every function, the one with most samples of its own first."""
        return function_shares([window.stacks for window in self.windows])

    @cached_property
    def endpoints(self) -> dict[str, Estimate]:
        """endpoint -> share of the samples, the largest first; empty where the service tags nothing."""
        summed: Counter[str] = Counter()
        for window in self.windows:
            summed.update(window.endpoints)
        every = np.array([sum(window.endpoints.values()) for window in self.windows], dtype=float)
        counts = {name: np.array([window.endpoints.get(name, 0) for window in self.windows], dtype=float) for name, _ in summed.most_common()}
        return {} if set(counts) <= {UNTAGGED} else {name: share(count, every) for name, count in counts.items()}


def read_pyroscope(week: Week, measurement: Measurement, process: pd.DataFrame | None = None) -> Continuous:
    """Read the evidence of `measure_pyroscope` or `measure_pushed`. Raises EvidenceError where a file is missing or damaged.

    `process`: the CPU seconds of the service (epoch_s, cpu_s) that the load run recorded; a pushed profile has its own.
    """
    record = read_record(measurement.path(RECORD))
    if record.reason:
        return Continuous(record, (), 0, ASSUMED_HZ, math.nan, evidence.relative(week, measurement.path(RECORD)))
    index = measurement.path(INDEX)
    entries = [entry for entry in read_index(index) if entry.is_cpu and _window(entry, record) is not None]
    profiles = list(read_profiles(measurement.folder, entries))
    rate_hz = max((profile.rate_hz for _, profile in profiles), default=0.0) or ASSUMED_HZ
    grouped: dict[int, list[Profile]] = {}
    for entry, profile in profiles:
        grouped.setdefault(_window(entry, record) or 0, []).append(profile)
    spans = list(_spans(grouped, record, rate_hz))
    windows = tuple(span for span, _ in spans)
    watched = pd.read_csv(measurement.path(PROCESS)) if measurement.has(PROCESS) else process
    used_s = _used_s(watched, windows[0].started, windows[-1].ended) if watched is not None and windows else math.nan
    return Continuous(record, windows, sum(idle for _, idle in spans), rate_hz, used_s, evidence.relative(week, index))


def short_names(frames: Iterable[str]) -> dict[str, str]:
    """frame -> the frame with a shorter file: from its package on in a library, else without the folder that all others share.

    A frame keeps its whole file where two would become the same.
    """
    found = {frame: match[1] for frame in set(frames) if (match := _FILE.search(frame))}
    own = [file for file in found.values() if file.startswith("/") and not _LIBRARY.match(file)]
    common = commonpath([file.rpartition("/")[0] or "/" for file in own]).rstrip("/") + "/" if own else ""
    short = {frame: frame.removesuffix(f"({file})") + f"({_short(file, common)})" for frame, file in found.items()}
    uses = Counter(short.values())
    return {frame: shorter if uses[shorter] == 1 else frame for frame, shorter in short.items()}


def _short(file: str, common: str) -> str:
    return _LIBRARY.sub("", file) if _LIBRARY.match(file) else file.removeprefix(common)


def _window(entry: Entry, record: Record) -> int | None:
    """The number of the window that holds the middle of a profile; None where it lies outside the load."""
    middle = (entry.started + entry.ended) / 2
    if not record.started <= middle < record.ended:
        return None
    return min(int((middle - record.started) / record.window_s), round((record.ended - record.started) / record.window_s) - 1)


def _used_s(process: pd.DataFrame, started: float, ended: float) -> float:
    """CPU seconds between the two times; NaN where the process was not watched from one to the other, a second more or less."""
    times, cpu_s = process["epoch_s"].to_numpy(float), process["cpu_s"].to_numpy(float)
    if not len(times) or times[0] > started + 1 or times[-1] < ended - 1:
        return math.nan
    first, last = np.interp([started, ended], times, cpu_s)
    return float(last - first)


def _spans(grouped: Mapping[int, list[Profile]], record: Record, rate_hz: float) -> Iterator[tuple[Span, int]]:
    """(window, samples of idle threads dropped), in order of time."""
    every = [profile for profiles in grouped.values() for profile in profiles]
    short = short_names(frame for profile in every for sample in profile.samples for frame in sample.stack)
    for number, profiles in sorted(grouped.items()):
        found: Counter[tuple[str, Stack]] = Counter()
        for sample in (sample for profile in profiles for sample in profile.samples):
            stack = tuple(short.get(frame, frame) for frame in sample.stack)
            found[dict(sample.labels).get(ENDPOINT, UNTAGGED), stack] += sample.value
        counted = {key: samples for key, value in found.items() if (samples := round(value * rate_hz / 1e9))}
        working, idle = without_idle(merged({stack: samples} for (_, stack), samples in counted.items()))
        endpoints: Counter[str] = Counter()
        for (endpoint, stack), samples in counted.items():
            endpoints[endpoint] += samples if stack in working else 0
        started = record.started + number * record.window_s + record.delay_s
        yield Span(started, started + record.window_s, working, +endpoints), idle
