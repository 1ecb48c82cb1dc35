"""Continuous profiles read back, window by window: which functions and which endpoints use the CPU."""

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os.path import commonpath
from typing import TypeVar

import numpy as np
import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.load.processes import PROCESS
from perfweek.profiling.pyroscope.archive import INDEX, Entry, read_index, read_profiles
from perfweek.profiling.pyroscope.pprof import Profile
from perfweek.profiling.pyroscope.record import RECORD, Record, read_record
from perfweek.profiling.stacks import Stack, Stacks, functions_of, without_idle
from perfweek.stats import Estimate, ratio_of_windows
from perfweek.week import Week

ENDPOINT = "endpoint"
UNTAGGED = "(no endpoint)"
_Key = TypeVar("_Key", bound=Hashable)
_FILE = re.compile(r" \(([^()]+)\)$")
_LIBRARY = re.compile(r"^.*/(?:site-packages|dist-packages|python3\.\d+)/")


@dataclass(frozen=True)
class Span:
    """A window: nanoseconds of CPU by stack and by endpoint, from `started` to `ended` (epoch seconds)."""

    started: float
    ended: float
    stacks: Stacks
    endpoints: Mapping[str, int]


@dataclass(frozen=True)
class FunctionCpu:
    """A function: its share of the CPU time with (`total`) and without (`own`) what it calls, and its own seconds."""

    function: str
    own: Estimate
    total: Estimate
    own_s: float


@dataclass(frozen=True)
class Continuous:
    """The windows of a measurement; none where `record.reason` says why. `idle_s` of waiting threads were dropped; `rate_hz`: samples a second of
    the agent, 0 where unknown; `used_s`: CPU that the service used from the first window to the last by the operating system, NaN where unknown."""

    record: Record
    windows: tuple[Span, ...]
    idle_s: float
    rate_hz: float
    used_s: float
    source: str

    @cached_property
    def stacks(self) -> dict[Stack, int]:
        """stack -> nanoseconds of CPU, over all windows."""
        return _summed(pair for window in self.windows for pair in window.stacks.items())

    @property
    def samples(self) -> dict[Stack, int]:
        """stack -> samples, as a flame graph counts them; hundredths of a second where the agent did not say how often it samples."""
        return {stack: max(1, round(value * (self.rate_hz or 100) / 1e9)) for stack, value in self.stacks.items()}

    @property
    def cpu_s(self) -> float:
        return sum(self.stacks.values()) / 1e9

    @cached_property
    def functions(self) -> list[FunctionCpu]:
        """Every function, the one with most CPU of its own first; shares with t intervals over the windows."""
        per_window = [functions_of(window.stacks) for window in self.windows]
        every = [float(sum(window.stacks.values())) for window in self.windows]
        own, total = functions_of(self.stacks)
        ranked = sorted(total, key=lambda function: (-own[function], -total[function], function))
        return [
            FunctionCpu(
                function,
                share_of_windows([counted[function] for counted, _ in per_window], every),
                share_of_windows([counted[function] for _, counted in per_window], every),
                own[function] / 1e9,
            )
            for function in ranked
        ]

    @cached_property
    def endpoints(self) -> dict[str, Estimate]:
        """endpoint -> share of the CPU time, the largest first; empty where the service tags nothing."""
        summed = Counter(_summed(pair for window in self.windows for pair in window.endpoints.items()))
        every = [float(sum(window.endpoints.values())) for window in self.windows]
        shares = {name: share_of_windows([window.endpoints.get(name, 0) for window in self.windows], every) for name, _ in summed.most_common()}
        return {} if set(shares) <= {UNTAGGED} else shares


def share_of_windows(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """sum(parts) / sum(wholes) with its t interval over windows, cut to what a share can be."""
    found = ratio_of_windows(parts, wholes)
    return replace(found, low=_at_least_0(found.low), high=found.high if math.isnan(found.high) else min(1.0, found.high))


def cpu_per_request(study: Continuous, requests: pd.DataFrame) -> dict[str, Estimate]:
    """endpoint -> milliseconds of CPU a request, with a t interval over the windows; `requests` has a row each: `time` (epoch s), `endpoint`.

    Only endpoints that are both tagged in the profile and asked for under the same name.
    """
    windows = [requests["endpoint"][(requests["time"] >= one.started) & (requests["time"] < one.ended)].value_counts() for one in study.windows]
    names = [name for name in study.endpoints if any(name in counts for counts in windows)]
    costs = {
        name: ratio_of_windows([one.endpoints.get(name, 0) / 1e6 for one in study.windows], [float(counts.get(name, 0)) for counts in windows])
        for name in names
    }
    return {name: replace(cost, low=_at_least_0(cost.low)) for name, cost in costs.items()}


def _at_least_0(bound: float) -> float:
    return bound if math.isnan(bound) else max(0.0, bound)


def read_pyroscope(week: Week, measurement: Measurement, process: pd.DataFrame | None = None) -> Continuous:
    """Read the evidence of `measure_pyroscope` or `measure_pushed`. Raises EvidenceError where a file is missing or damaged.

    `process`: the CPU seconds of the service (epoch_s, cpu_s) that the load run recorded; a pushed profile has its own.
    """
    record = read_record(measurement.path(RECORD))
    if record.reason:
        return Continuous(record, (), 0.0, 0.0, math.nan, evidence.relative(week, measurement.path(RECORD)))
    index = measurement.path(INDEX)
    entries = [entry for entry in read_index(index) if entry.is_cpu and _window(entry, record) is not None]
    profiles = list(read_profiles(measurement.folder, entries))
    short = short_names(frame for _, profile in profiles for sample in profile.samples for frame in sample.stack)
    grouped: dict[int, list[Profile]] = {}
    for entry, profile in profiles:
        grouped.setdefault(_window(entry, record) or 0, []).append(profile)
    spans, idle_ns = zip(*_spans(grouped, record, short), strict=True) if grouped else ((), ())
    rate_hz = max((profile.rate_hz for _, profile in profiles), default=0.0)
    watched = pd.read_csv(measurement.path(PROCESS)) if measurement.has(PROCESS) else process
    used_s = _used_s(watched, spans[0].started, spans[-1].ended) if watched is not None and spans else math.nan
    return Continuous(record, spans, sum(idle_ns) / 1e9, rate_hz, used_s, evidence.relative(week, index))


def short_names(frames: Iterable[str]) -> dict[str, str]:
    """frame -> the frame with a shorter file: from its package on in a library, else without the folder that all others share.

    A frame keeps its whole file where two would become the same.
    """
    found = {frame: match[1] for frame in set(frames) if (match := _FILE.search(frame))}
    own = [file for file in found.values() if file.startswith("/") and not _LIBRARY.match(file)]
    common = commonpath([file.rpartition("/")[0] or "/" for file in own]).rstrip("/") + "/" if own else ""
    short = {frame: frame.replace(f"({file})", f"({_short(file, common)})") for frame, file in found.items()}
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


def _spans(grouped: Mapping[int, list[Profile]], record: Record, short: Mapping[str, str]) -> Iterator[tuple[Span, int]]:
    """(window, nanoseconds of idle threads dropped), in order of time."""
    for number, profiles in sorted(grouped.items()):
        found: Counter[tuple[str, Stack]] = Counter()
        for sample in (sample for profile in profiles for sample in profile.samples):
            stack = tuple(short.get(frame, frame) for frame in sample.stack)
            found[dict(sample.labels).get(ENDPOINT, UNTAGGED), stack] += sample.value
        working, idle_ns = without_idle(_summed((stack, value) for (_, stack), value in found.items()))
        endpoints = _summed((endpoint, value) for (endpoint, stack), value in found.items() if stack in working)
        started = record.started + number * record.window_s + record.delay_s
        yield Span(started, started + record.window_s, working, endpoints), idle_ns


def _summed(values: Iterable[tuple[_Key, int]]) -> dict[_Key, int]:
    summed: Counter[_Key] = Counter()
    for key, value in values:
        summed[key] += value
    return dict(summed)
