"""Looking at every step of a runbook without changing anything: what a plan prints and what an approval is for."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perfweek.errors import ParameterError, RunbookError
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Context, Runbook
from perfweek.runbook.look import Seen, look, look_back
from perfweek.runbook.runs import Run, last_run
from perfweek.runbook.step import Answer, Change, Status, Step

Direction = Literal["forward", "back"]
SYSTEM = "target"
"""The name under which the audit file keeps, beside the parameters, which system they were for."""


@dataclass(frozen=True)
class Observed:
    """All steps in the order in which they would be taken; `run`: the run that goes on or is rolled back, None for a new one."""

    direction: Direction
    run: Run | None
    seen: tuple[Seen, ...]

    @property
    def awaiting(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.status == Status.AWAITING_APPROVAL]

    @property
    def blocked(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.status == Status.FAILED]


def observe(
    book: Runbook, context: Context, audit: Audit, direction: Direction = "forward", chosen: Collection[str] = (), only_reads: bool = False
) -> Observed:
    """Run every read and every precheck. `chosen`: ids of the steps to select, none for all. Raises ParameterError for an unknown id,
    RunbookError for an open run with other parameters or where there is nothing to roll back."""
    steps = book.steps(context)
    if unknown := set(chosen) - {step.id for step in steps}:
        raise ParameterError(f"{book.name} has no step {min(unknown)!r}", remedy=f"Its steps: {', '.join(step.id for step in steps)}.")
    run = last_run(audit.entries(), book.name)
    if direction == "back":
        return _observe_back(steps, run, context, audit, book.name)
    run = run if run and run.open else None
    if run and not only_reads:
        _require_same(run, context, audit)
    found: list[Seen] = []
    for step in steps:
        selected = (not chosen or step.id in chosen) and not (only_reads and isinstance(step, Change))
        found.append(look(step, run, audit, found) if selected else Seen(step, Answer(Status.NOT_SELECTED, "")))
    return Observed("forward", run, tuple(found))


def parameters_of(context: Context) -> dict[str, Any]:
    """The parameters, and which system they are for: a run goes on, and is rolled back, on the same one only."""
    target = context.target
    system = f"{target.service.url}, {target.warehouse.connection} {target.warehouse.database}".rstrip()
    return {**context.parameters.model_dump(mode="json"), SYSTEM: system}


def states_of(observed: Observed) -> dict[str, Any]:
    """What an approval is bound to: the status and the state of every change, by step."""
    return {seen.step.id: [seen.status, seen.state] for seen in observed.seen if isinstance(seen.step, Change)}


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _observe_back(steps: Sequence[Step], run: Run | None, context: Context, audit: Audit, name: str) -> Observed:
    if run is None or not run.undoable:
        raise RunbookError(f"{name} has made nothing that could be rolled back", remedy="perfweek runbook audit shows what was done.")
    _require_same(run, context, audit)
    known = {step.id: step for step in steps if isinstance(step, Change)}
    gone = [made.step for made in run.undoable if made.step not in known]
    if gone:
        raise RunbookError(f"the step {gone[0]} of run {run.id} no longer exists", name, "Roll back with the version that applied it.")
    return Observed("back", run, tuple(look_back(known[made.step], made, audit) for made in run.undoable))


def _require_same(run: Run, context: Context, audit: Audit) -> None:
    """Raise RunbookError where the run was begun with other parameters than these, or for another system."""
    given = audit.clean(parameters_of(context))
    differ = [name for name in given if run.parameters.get(name) != given[name]]
    if differ:
        told = ", ".join(f"{name}={run.parameters.get(name)}" for name in differ)
        what = f"the last run ({run.id}) had other parameters: {told}"
        raise RunbookError(what, run.runbook, "Give the same ones; a rollback takes them by itself where none are given.")
