"""What a k6 script will do over time: phases of each scenario, from the options that `k6 inspect` prints."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

OPEN_MODEL = ("constant-arrival-rate", "ramping-arrival-rate")
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class Phase:
    """A stretch of a scenario, in seconds from the start of the test; on a plateau the offered load is constant, and so it is in the warm-up
    of one, which no script plans: it is found in what was measured (warmup.py).

    `low` and `high` are the load at its two ends: arrivals a second in an open model, virtual users in a closed one.
    """

    scenario: str
    kind: Literal["ramp", "warm-up", "plateau"]
    start_s: float
    end_s: float
    low: float
    high: float


@dataclass(frozen=True)
class Plan:
    """The phases of a test, in order of time; `model` is 'open' where every scenario starts its iterations at a rate of its own,
    'closed' where one waits for answers before it asks again (its latencies then omit what was not asked meanwhile)."""

    phases: tuple[Phase, ...]
    model: Literal["open", "closed", "unknown"]
    total_s: float

    @property
    def plateaus(self) -> tuple[Phase, ...]:
        return tuple(phase for phase in self.phases if phase.kind == "plateau")

    def as_json(self) -> dict[str, Any]:
        return {"model": self.model, "total_s": self.total_s, "stages": [asdict(phase) for phase in self.phases]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Plan":
        return cls(tuple(Phase(**phase) for phase in content["stages"]), content["model"], content["total_s"])


UNKNOWN = Plan((), "unknown", 0.0)


def plan_of(options: Mapping[str, Any]) -> Plan:
    """The plan in consolidated k6 options. Executors without a duration (a number of iterations) add no phase."""
    scenarios: Mapping[str, Mapping[str, Any]] = options.get("scenarios") or {}
    phases = [phase for name, scenario in scenarios.items() for phase in _phases(name, scenario)]
    model: Literal["open", "closed"] = "open" if all(scenario["executor"] in OPEN_MODEL for scenario in scenarios.values()) else "closed"
    total = max((phase.end_s for phase in phases), default=0.0)
    return Plan(tuple(sorted(phases, key=lambda phase: phase.start_s)), model, total)


def seconds(duration: str | float | None) -> float:
    """A k6 duration in seconds: '1m30s', '500ms', or a number of milliseconds. No duration is 0."""
    if not isinstance(duration, str):
        return (duration or 0) / 1000
    return sum(float(number) * _UNITS_S[unit] for number, unit in re.findall(r"([\d.]+)(ms|us|µs|ns|h|m|s)", duration))


def _phases(name: str, scenario: Mapping[str, Any]) -> Iterator[Phase]:
    start, unit_s = seconds(scenario.get("startTime")), seconds(scenario.get("timeUnit")) or 1.0
    stages: Sequence[Mapping[str, Any]] = scenario.get("stages") or ()
    if stages:
        vus = 1 if scenario.get("startVUs") is None else scenario["startVUs"]
        first = (scenario.get("startRate") or 0) if scenario["executor"] in OPEN_MODEL else vus
        levels = [first, *(stage["target"] for stage in stages)]
        for stage, (low, high) in zip(stages, pairwise(levels), strict=True):
            end = start + seconds(stage["duration"])
            if end > start:
                yield Phase(name, "plateau" if low == high > 0 else "ramp", start, end, low / unit_s, high / unit_s)
            start = end
    elif scenario.get("duration"):
        level = (scenario.get("rate") or scenario.get("vus") or 1) / unit_s
        yield Phase(name, "plateau", start, start + seconds(scenario["duration"]), level, level)
