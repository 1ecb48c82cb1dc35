"""`perfweek gate`: count, load for a moment, judge, and say it."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from perfweek.files import make_folder
from perfweek.load.latency import EndpointLatency, endpoint_latencies
from perfweek.load.measure import measure_load
from perfweek.load.run import read_load
from perfweek.load.script import bundled_script, environment_of
from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.resources import read_resources
from perfweek.progress.gate.baseline import read_baseline, write_baseline
from perfweek.progress.gate.checks import Check, budget_checks, counter_checks, waived
from perfweek.progress.gate.counters import Counter, count_requests
from perfweek.progress.repeats import short_of
from perfweek.target import Target
from perfweek.week import Week, current_week

FOLDER = ".perfweek/gate"


@dataclass(frozen=True)
class Gated:
    """`checks` in order of their outcome; `comparable`: whether the baseline counted the same requests."""

    checks: list[Check]
    comparable: bool

    @property
    def blocked(self) -> bool:
        return any(check.outcome == "block" for check in self.checks)


def run_gate(target: Target, today: date, load: bool = True) -> Gated:
    """Count and judge; with `load` also a short load against the latency budget. Raises MeasurementError, TargetError, EvidenceError."""
    baseline, asked = read_baseline(target.resolve(target.gate.baseline))
    counters = _counted(target)
    comparable = not baseline or asked == asked_hash(target)
    checks = list(counter_checks(counters, baseline if comparable else {}, target.gate.bytes_tolerance))
    if load:
        latencies, others = _loaded(target)
        checks += budget_checks(latencies, target.service.latency_budget_p95_ms, others)
    return Gated(waived(checks, target.gate.waivers, today), comparable)


def update_baseline(target: Target) -> tuple[Path, list[Counter]]:
    """Count and write the baseline."""
    counters = _counted(target)
    return write_baseline(target.resolve(target.gate.baseline), counters, asked_hash(target)), counters


def asked_hash(target: Target) -> str:
    """Of what the counted requests are: the script and all that it imports, the target's requests, and how many."""
    folder = bundled_script(target, "counters.js").parent
    scripts = {name: (folder / name).read_text() for name in ("counters.js", "requests.js", "sample.js")}
    environment = {name: value for name, value in environment_of(target).items() if name not in ("BASE_URL", "BUDGET_MS")}
    content = json.dumps([scripts, environment, target.gate.requests], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _counted(target: Target) -> list[Counter]:
    folder = target.root / FOLDER / "counters"
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    return count_requests(target, folder)


def _loaded(target: Target) -> tuple[list[EndpointLatency], float]:
    """The endpoints' latencies under a short load, and the share of the cores that other work had meanwhile (0 where nobody watched)."""
    weeks = target.root / FOLDER
    shutil.rmtree(weeks / current_week(), ignore_errors=True)
    week = Week.open("", weeks)
    measured = measure_load(week, target, "load-gate", short_of(target, target.load.profile), target.service.start)
    run = read_load(week, measured)
    cpu = Cpu(read_resources(week, measured, run))
    others = cpu.others.value / cpu.core_count if cpu.workers else 0.0
    return endpoint_latencies(run.plateau), others
