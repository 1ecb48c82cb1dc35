"""Running a week: Monday, then Tuesday to Thursday two at a time, then Friday.

The runner alone writes week.json. It holds the week's lock from beginning to end, so a second run says so and stops.
A day that is complete for the same code, target, parameters and evidence is not run again.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perfweek.errors import PerfweekError, WeekError
from perfweek.files import make_folder, write_atomic
from perfweek.process import Child, guarded
from perfweek.project import notebook_path
from perfweek.report import status
from perfweek.report.host import describe_host, describe_versions
from perfweek.report.index import write_index
from perfweek.report.page import withdraw
from perfweek.report.progress_bars import Bars
from perfweek.report.task import Task
from perfweek.target import Target
from perfweek.week import Week

WAVES: tuple[tuple[str, ...], ...] = (("monday",), ("tuesday", "wednesday", "thursday"), ("friday",))
AT_ONCE = 2


@dataclass(frozen=True)
class Plan:
    """A run as asked for: the target file and its content, the week, the days with their checked parameters.

    `notebooks` is a folder with the team's own copies of the five notebooks (default: the project's).
    """

    target_file: Path
    target: Target
    week: Week
    parameters: Mapping[str, dict[str, Any]]
    again: bool = False
    cell_timeout_s: int = 3600
    notebooks: Path | None = None

    def asked(self, day: str) -> dict[str, Any]:
        """What determines the day's result besides the evidence."""
        return status.requested(notebook_path(day, self.notebooks), self.target, self.parameters[day])


def run_week(plan: Plan, bars: Bars) -> dict[str, str]:
    """Run the plan's days and return day -> status. The index page is written whatever happens.

    A failed day ends the run before the days that build on it. Raises WeekError where the week is in use. On
    KeyboardInterrupt running days are stopped and marked interrupted.
    """
    week = plan.week
    with plan.week.lock():
        manifest = status.settle(week, week.manifest())
        manifest |= {"host": describe_host(), "versions": describe_versions(), "target": plan.target.service.name}
        try:
            for wave in WAVES:
                _run_wave(plan, manifest, [day for day in wave if day in plan.parameters], bars)
                if any(manifest["days"][day]["status"] == "failed" for day in wave if day in plan.parameters):
                    break
        finally:
            week.save_manifest(status.settle(week, manifest))
            write_index(week)
    return {day: manifest["days"][day]["status"] for day in plan.parameters}


def usual_seconds(weeks: Path) -> dict[str, float]:
    """day -> how long it took in the newest week that completed it; what the progress bars count down from."""
    usual: dict[str, float] = {}
    for path in sorted(weeks.glob("*/week.json")):
        with suppress(WeekError):
            days = Week(path.parent.name, path.parent).manifest()["days"]
            usual |= {day: entry["seconds"] for day, entry in days.items() if entry["status"] == "complete"}
    return usual


def _run_wave(plan: Plan, manifest: dict[str, Any], days: Sequence[str], bars: Bars) -> None:
    waiting = [day for day in days if not _already_done(plan, manifest, day, bars)]
    running: dict[str, _Running] = {}
    with ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                day = waiting.pop(0)
                running[day] = _start(plan, manifest, day, stack)
            for day, work in list(running.items()):
                bars.show(day, work.task.file(plan.week, "cells"), work.task.file(plan.week, "steps"))
                if work.child.poll() is not None:
                    _finish(plan, manifest, running.pop(day), bars)
            time.sleep(0.1)


@dataclass(frozen=True)
class _Running:
    task: Task
    child: Child
    started: float


def _already_done(plan: Plan, manifest: Mapping[str, Any], day: str, bars: Bars) -> bool:
    done = not plan.again and status.is_current(plan.week, day, manifest["days"][day], plan.asked(day))
    if done:
        bars.finish(day, "complete", "done before")
    return done


def _start(plan: Plan, manifest: dict[str, Any], day: str, stack: ExitStack) -> _Running:
    task = Task(day, str(notebook_path(day, plan.notebooks)), plan.parameters[day], str(plan.target_file), plan.week.name, plan.cell_timeout_s)
    folder = make_folder(plan.week.root / ".run")
    for kind in ("steps", "cells", "used", "result"):
        task.file(plan.week, kind).unlink(missing_ok=True)
    withdraw(plan.week, day)
    write_atomic(task.file(plan.week, "task"), json.dumps(asdict(task)))
    manifest["days"][day] = {
        "status": "running",
        "started": _now(),
        "parameters": plan.parameters[day],
        "asked": plan.asked(day),
    }
    plan.week.save_manifest(manifest)
    log = folder / f"{day}.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "perfweek.report.worker", str(task.file(plan.week, "task"))]
    child = stack.enter_context(guarded(command, log, folder=plan.target.root))
    return _Running(task, child, time.monotonic())


def _finish(plan: Plan, manifest: dict[str, Any], work: _Running, bars: Bars) -> None:
    """Put the day's result into the manifest; a worker that left none died, and its log says how."""
    week, day = plan.week, work.task.day
    entry = manifest["days"][day]
    try:
        entry |= json.loads(work.task.file(week, "result").read_text())
    except (OSError, ValueError):
        died = f"the process of {day} died with exit code {work.child.poll()} (log: .run/{day}.log)"
        entry |= {"status": "failed", "error": died}
    entry |= {"finished": _now(), "seconds": round(time.monotonic() - work.started, 1)}
    entry["evidence"] = status.evidence_fingerprints(week, _used(work.task.file(week, "used")))
    week.save_manifest(manifest)
    write_index(week)
    _write_notes(week, plan.target)
    bars.finish(day, entry["status"], entry.get("error", ""))


def _write_notes(week: Week, target: Target) -> None:
    """The stand-up's lines and the checklists, after each day. A week that cannot be read says so elsewhere."""
    from perfweek.progress.papers.checklists import write_lists
    from perfweek.progress.papers.so_far import SoFar
    from perfweek.progress.papers.standup import write_standup

    with suppress(PerfweekError):
        write_standup(SoFar(week, target))
        write_lists(SoFar(week, target))


def _used(path: Path) -> set[str]:
    return set(path.read_text().split()) if path.exists() else set()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
