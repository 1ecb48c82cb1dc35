"""A profile window read back: its stacks without the idle ones, and how it was taken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.load.processes import PROCESS
from perfweek.profiling.pyspy import RAW, RECORD, Profile
from perfweek.profiling.stacks import FunctionShare, Stack, function_shares, parse_raw, without_idle
from perfweek.week import Week


@dataclass(frozen=True)
class Window:
    """`stacks` -> samples of threads that worked, `idle` samples dropped, `cpu_s` that the service used meanwhile, by the operating system
    (0 where it was not watched). No stacks where `profile.reason` says why there are none."""

    profile: Profile
    stacks: Mapping[Stack, int]
    idle: int
    cpu_s: float
    source: str

    @property
    def samples(self) -> int:
        return sum(self.stacks.values())

    @cached_property
    def functions(self) -> list[FunctionShare]:
        return function_shares(self.stacks)


def read_window(week: Week, measurement: Measurement) -> Window:
    """Read the evidence of `measure_profile`. Raises EvidenceError where a file of it is missing."""
    content: Mapping[str, Any] = json.loads(measurement.path(RECORD).read_text())
    profile = Profile(**{**content, "flags": tuple(content["flags"])})
    file = measurement.path(RECORD if profile.reason else RAW)
    stacks, idle = without_idle({} if profile.reason else parse_raw(file.read_text(errors="replace")))
    cpu_s = pd.read_csv(measurement.path(PROCESS))["cpu_s"] if measurement.has(PROCESS) else pd.Series([0.0])
    return Window(profile, stacks, idle, float(cpu_s.iloc[-1] - cpu_s.iloc[0]) if len(cpu_s) else 0.0, evidence.relative(week, file))
