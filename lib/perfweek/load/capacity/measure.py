"""Loading the service in steps until it no longer keeps up, as evidence."""

import json
from dataclasses import dataclass
from pathlib import Path

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.load.measure import inputs_of, logs_kept, run_load
from perfweek.load.script import Script, bundled_script, environment_of, rate_of
from perfweek.target import Target
from perfweek.week import Week

REFUSAL = "capacity.json"


@dataclass(frozen=True)
class Steps:
    """How many levels of load there are, in equal ratios from half the target's rate, and for how long each is held."""

    count: int
    seconds: float


STEPS = {"smoke": Steps(8, 2.5), "week1": Steps(12, 30.0)}


@dataclass(frozen=True)
class Refused:
    """Why no capacity was measured, and what to do about it."""

    reason: str
    remedy: str


def measure_capacity(
    week: Week, target: Target, start: str = "", profile: str = "", steps: Steps | None = None, name: str = "capacity-monday"
) -> Measurement:
    """Load the service in steps and return the evidence set `name`, with the files of a load run.

    Where the target does not allow it, the set says why in REFUSAL instead. `profile` ('' for the target's) chooses among STEPS.
    Raises MeasurementError where service or k6 fail.
    """
    if refused := refusal(target, start):
        told = {"reason": refused.reason, "remedy": refused.remedy}
        return evidence.collect(week, name, told, lambda folder: _write(folder, told))
    script = capacity_script(target, profile, steps)

    def measure(folder: Path) -> None:
        with logs_kept(week, name, folder):
            run_load(target, script, start, folder)

    return evidence.collect(week, name, inputs_of(target, script, start), measure)


def capacity_script(target: Target, profile: str = "", steps: Steps | None = None) -> Script:
    """The bundled capacity.js and its levels, up to [load] capacity_multiple of the rate. Raises TargetError without anything to ask for."""
    profile = profile or target.load.profile
    rate, steps = rate_of(target, profile), steps or STEPS[profile]
    levels = {
        "RATE": f"{rate:.10g}",
        "MULTIPLE": f"{target.load.capacity_multiple:.10g}",
        "STEPS": str(steps.count),
        "STEP_S": f"{steps.seconds:.10g}",
    }
    return Script(bundled_script(target, "capacity.js"), f"capacity, {profile}", rate, environment_of(target) | levels)


def refusal(target: Target, start: str) -> Refused | None:
    """Why the service of `target` is not loaded beyond its rate; None where it is."""
    load = target.load
    if load.results:
        return Refused(
            "existing k6 results are analysed, the service is not loaded", "Take [load] results out of the target to measure its capacity."
        )
    if load.capacity == "off":
        return Refused("the target switches it off", 'Set [load] capacity = "on" to measure it.')
    if load.capacity == "auto" and not start:
        return Refused(
            "the service was not started by perfweek, and others may be using it",
            'Set [load] capacity = "on" where it may be overloaded for a minute.',
        )
    if load.script and not (load.requests or load.session):
        return Refused(
            "only a load script of its own knows what to ask the service", "Name it in [[load.requests]] as well: the steps are perfweek's."
        )
    return None


def _write(folder: Path, told: dict[str, str]) -> None:
    write_atomic(folder / REFUSAL, json.dumps(told, indent=2) + "\n")
