"""A profile run read back: its windows, the stacks of those with the profiler on, and the requests and CPU time of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from perfweek import evidence
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.load import k6
from perfweek.load.processes import COLUMNS, PROCESS
from perfweek.load.reading.results import REQUEST_COLUMNS, read_results
from perfweek.profiling.handlers import handlers_of
from perfweek.profiling.measure import OPENAPI
from perfweek.profiling.record import RECORD, Profile, Slot, read_record
from perfweek.profiling.served import served_by_endpoint
from perfweek.profiling.shares import FunctionShare, function_shares
from perfweek.profiling.speedscope import parse_speedscope
from perfweek.profiling.stacks import Stacks, merged, parse_raw, without_idle
from perfweek.week import Week


@dataclass(frozen=True)
class Window:
    """One window: `stacks` -> samples of threads that worked and `idle` samples dropped (none where the profiler was off); the `requests` that
    started in it, with the columns of REQUEST_COLUMNS, and how many were `served` in it by endpoint (see served.py)."""

    slot: Slot
    stacks: Stacks
    idle: int
    requests: pd.DataFrame
    served: Mapping[str, float]

    @property
    def samples(self) -> int:
        return sum(self.stacks.values())


@dataclass(frozen=True)
class ProfileRun:
    """How the `profile` was taken and its `windows`; `handlers`: function -> endpoint where the service describes its interface; all `requests`
    and the rows of process.csv (`process`). No windows where `profile.reason` says why there are none. `source`: the file that facts cite."""

    profile: Profile
    windows: tuple[Window, ...]
    handlers: Mapping[str, str]
    requests: pd.DataFrame
    process: pd.DataFrame
    source: str

    @property
    def on(self) -> tuple[Window, ...]:
        """The windows with the profiler on."""
        return tuple(window for window in self.windows if window.slot.on)

    @property
    def pairs(self) -> tuple[tuple[Window, Window], ...]:
        """(off, on) of each two windows that follow each other."""
        pairs = zip(self.windows[0::2], self.windows[1::2], strict=False)
        return tuple((other, one) if one.slot.on else (one, other) for one, other in pairs)

    @property
    def idle(self) -> int:
        return sum(window.idle for window in self.on)

    @property
    def samples(self) -> int:
        return sum(window.samples for window in self.on)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the service in the windows with the profiler on, by the operating system."""
        return sum(window.slot.cpu_s for window in self.on)

    @cached_property
    def stacks(self) -> Stacks:
        """The stacks of all windows together."""
        return merged(window.stacks for window in self.on)

    @cached_property
    def functions(self) -> list[FunctionShare]:
        return function_shares([window.stacks for window in self.on])


def read_profile(week: Week, measurement: Measurement) -> ProfileRun:
    """Read the evidence of `measure_profile`. Raises EvidenceError where a file of it is missing or damaged."""
    record = measurement.path(RECORD)
    profile = read_record(record)
    requests = _requests(measurement)
    windows = () if profile.reason else tuple(_window(measurement, profile, slot, requests) for slot in profile.slots)
    handlers = handlers_of(measurement.path(OPENAPI).read_text(errors="replace")) if measurement.has(OPENAPI) else {}
    process = pd.read_csv(measurement.path(PROCESS)) if measurement.has(PROCESS) else pd.DataFrame(columns=list(COLUMNS), dtype=float)
    return ProfileRun(profile, windows, handlers, requests, process, evidence.relative(week, record))


def _requests(measurement: Measurement) -> pd.DataFrame:
    """No rows where no request was answered: then there is no cost of one."""
    try:
        return read_results([measurement.path(k6.CSV)]).requests
    except EvidenceError:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in REQUEST_COLUMNS})


def _window(measurement: Measurement, profile: Profile, slot: Slot, requests: pd.DataFrame) -> Window:
    within = requests[requests["time"].between(slot.started, slot.ended, inclusive="left")]
    done = served_by_endpoint(requests, slot.started, slot.ended)
    if not slot.file:
        return Window(slot, {}, 0, within, done)
    text = measurement.path(slot.file).read_text(errors="replace")
    stacks = parse_speedscope(text, profile.names) if slot.file.endswith(".json") else parse_raw(text)
    working, idle = without_idle(stacks)
    return Window(slot, working, idle, within, done)
