"""What has become of a runbook's last run, read from the audit file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from perfweek.runbook.audit import Entry
from perfweek.runbook.step import State, Status

Stage = Literal["begun", "made", "undone"]


@dataclass(frozen=True)
class Made:
    """A change of a run: the state before it; `stage` is 'begun' where it is not known to have been made."""

    step: str
    before: State
    stage: Stage
    after: State | None = None


@dataclass(frozen=True)
class Run:
    """`end` is '' for a run that was interrupted, or failed and was not rolled back: it goes on, or is rolled back."""

    id: str
    runbook: str
    parameters: Mapping[str, Any]
    made: Mapping[str, Made] = field(default_factory=dict)
    end: str = ""

    @property
    def open(self) -> bool:
        return self.end in ("", "failed") and any(made.stage != "undone" for made in self.made.values())

    @property
    def undoable(self) -> list[Made]:
        """What a rollback undoes, in its order: the last change first."""
        return [made for made in reversed(list(self.made.values())) if made.stage != "undone"]


def last_run(entries: Iterable[Entry], runbook: str) -> Run | None:
    """The last run of a runbook that began to change something; None where there is none."""
    runs: dict[str, Run] = {}
    for entry in entries:
        if entry.get("runbook") == runbook and entry.get("run"):
            runs[entry["run"]] = _next(runs.get(entry["run"]), entry)
    changed = [run for run in runs.values() if run.made]
    return changed[-1] if changed else None


def _next(run: Run | None, entry: Entry) -> Run:
    run = run or Run(entry["run"], entry["runbook"], entry.get("parameters") or {})
    event = entry["event"]
    if event == "change begun":
        return _with(run, Made(entry["step"], entry["before"], "begun"))
    if event == "change ended":
        stage: Stage = "made" if entry["status"] in (Status.OK, Status.UNVERIFIABLE) else "begun"
        return _with(run, replace(run.made[entry["step"]], stage=stage, after=entry["after"]))
    if event == "undo begun":
        return _with(run, replace(run.made[entry["step"]], stage="begun"))
    if event == "undo ended" and entry["status"] in (Status.OK, Status.SKIPPED):
        return _with(run, replace(run.made[entry["step"]], stage="undone"))
    return replace(run, end=entry["end"]) if event == "run ended" else replace(run, end="")


def _with(run: Run, made: Made) -> Run:
    return replace(run, made={**run.made, made.step: made})


@dataclass(frozen=True)
class Rehearsal:
    """When a runbook was last planned or applied (ISO 8601, '' for never) and by whom; `seconds`: how long each step took when it was last made."""

    at: str
    who: str
    seconds: Mapping[str, float]


def last_rehearsal(entries: Iterable[Entry], runbook: str) -> Rehearsal:
    """A plan counts: it runs every check."""
    own = [entry for entry in entries if entry.get("runbook") == runbook]
    seen = [entry for entry in own if entry["event"] in ("planned", "run ended")]
    seconds = {entry["step"]: float(entry["seconds"]) for entry in own if entry["event"] == "change ended"}
    return Rehearsal(seen[-1]["at"], seen[-1]["who"], seconds) if seen else Rehearsal("", "", seconds)
