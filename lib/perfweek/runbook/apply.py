"""Applying a plan and rolling it back: nothing happens without the plan's token, and nothing without a line in the audit file before it."""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from perfweek.errors import RunbookError
from perfweek.runbook.approval import Plan, check_token, digests, make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Context, Runbook
from perfweek.runbook.look import READ_S, asked
from perfweek.runbook.observe import Direction, Observed, observe, parameters_of
from perfweek.runbook.runs import Made, Run, last_run
from perfweek.runbook.step import Answer, Change, Read, Status, failed, ok, skipped


@dataclass(frozen=True)
class Done:
    """One step of a run."""

    step: Read | Change
    answer: Answer
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        return self.answer.status


@dataclass(frozen=True)
class Outcome:
    """`end`: complete, unverified, failed, rolled back, stopped (before any change) or awaiting approval. `offer`: the rollback, planned
    and with its token, where the run ended badly."""

    run: str
    end: str
    done: tuple[Done, ...]
    offer: Plan | None = None


@dataclass(frozen=True)
class _Work:
    """What one run needs at every step."""

    book: Runbook
    context: Context
    audit: Audit
    run: str
    approved_by: str

    def note(self, event: str, **fields: Any) -> None:
        self.audit.append(event, runbook=self.book.name, run=self.run, **fields)


def apply(
    book: Runbook, context: Context, audit: Audit, token: str = "", direction: Direction = "forward", chosen: Iterable[str] = (), wait_s: float = 0
) -> Outcome:
    """Do what the plan with this token showed. Without a token nothing is changed, and what would be awaits approval.

    Raises RunbookError for a token that is not good, a damaged audit file, or another apply under way.
    """
    steps = sorted(chosen)
    if not token:
        observed = observe(book, context, audit, direction, steps)
        return Outcome("", "awaiting approval" if observed.awaiting else "stopped", tuple(Done(seen.step, seen.answer) for seen in observed.seen))
    with audit.lock(wait_s):
        observed = observe(book, context, audit, direction, steps)
        approved_by = _approved(book, context, audit, token, observed, steps)
        work = _Work(book, context, audit, observed.run.id if observed.run else secrets.token_hex(4), approved_by)
        work.note("run begun", direction=direction, approved_by=approved_by, parameters=parameters_of(context), steps=steps)
        return _forward(work, observed) if direction == "forward" else _back(work, observed)


def _approved(book: Runbook, context: Context, audit: Audit, token: str, observed: Observed, steps: list[str]) -> str:
    try:
        return check_token(token, book, observed.direction, digests(book, context, observed, steps), audit.entries())
    except RunbookError as error:
        audit.append("refused", runbook=book.name, direction=observed.direction, parameters=parameters_of(context), why=error.what)
        raise


def _forward(work: _Work, observed: Observed) -> Outcome:
    done: list[Done] = []
    for seen in observed.seen:
        if seen.status == Status.NOT_SELECTED or any(one.status == Status.FAILED for one in done):
            done.append(Done(seen.step, Answer(Status.NOT_SELECTED, "" if seen.status == Status.NOT_SELECTED else "An earlier step failed.")))
        elif isinstance(seen.step, Read):
            done.append(_timed(seen.step, partial(asked, seen.step.check, seen.step.timeout_s)))
        else:
            done.append(_timed(seen.step, partial(_make, work, seen.step)))
    return _ended(work, done)


def _timed(step: Read | Change, take: Callable[[], Answer]) -> Done:
    started = time.perf_counter()
    answer = take()
    return Done(step, answer, time.perf_counter() - started)


def _make(work: _Work, step: Change) -> Answer:
    """Make one change: from where an earlier run was interrupted, if it was."""
    made = _earlier(work, step)
    if made and made.stage != "undone":
        verified = asked(lambda: step.verify(made.before), step.timeout_s)
        if made.stage == "made":
            return skipped(verified.what) if verified.status == Status.OK else verified
        if verified.status == Status.OK:
            return _note_end(work, step, verified, 0.0)
        cleared = _restore(work, step, made)
        if cleared.status == Status.FAILED:
            return cleared
    return _make_anew(work, step)


def _make_anew(work: _Work, step: Change) -> Answer:
    states: list[Any] = []

    def ready() -> Answer:
        states.append(work.audit.clean(step.state()))
        return step.precheck(states[0])

    answer = asked(ready, READ_S)
    if answer.status != Status.OK:
        return answer
    before = states[0]
    work.note("change begun", step=step.id, what=step.title, before=before)
    started = time.perf_counter()
    answer = asked(lambda: _done(step.apply), step.timeout_s)
    if answer.status == Status.OK:
        answer = asked(lambda: step.verify(before), step.timeout_s)
    return _note_end(work, step, answer, time.perf_counter() - started)


def _note_end(work: _Work, step: Change, answer: Answer, seconds: float) -> Answer:
    work.note("change ended", step=step.id, status=answer.status, what=answer.what, after=_state(work, step), seconds=round(seconds, 3))
    return answer


def _back(work: _Work, observed: Observed) -> Outcome:
    done: list[Done] = []
    for seen in observed.seen:
        step = seen.step
        made = _earlier(work, step)
        if any(one.status == Status.FAILED for one in done) or made is None or isinstance(step, Read):
            done.append(Done(step, Answer(Status.NOT_SELECTED, "A later change could not be undone.")))
        else:
            done.append(_timed(step, partial(_restore, work, step, made)))
    end = "failed" if any(one.status == Status.FAILED for one in done) else "rolled back"
    work.note("run ended", end=end)
    return Outcome(work.run, end, tuple(done))


def _restore(work: _Work, step: Change, made: Made) -> Answer:
    """Undo one change, and verify that everything is as it was before it."""
    if step.rollback is None or _state(work, step) == made.before:
        answer = skipped("It is as it was before the change." if step.rollback else step.undo)
        work.note("undo ended", step=step.id, status=answer.status, what=answer.what, after=made.before, seconds=0.0)
        return answer
    rollback, started = step.rollback, time.perf_counter()
    work.note("undo begun", step=step.id, what=step.undo, before=_state(work, step))
    answer = asked(lambda: _done(lambda: rollback(made.before)), step.timeout_s)
    after = _state(work, step)
    if after == made.before:
        answer = ok("It is as it was before the change.")
    elif answer.status == Status.OK:
        answer = failed("It is not as it was before the change.")
    work.note("undo ended", step=step.id, status=answer.status, what=answer.what, after=after, seconds=round(time.perf_counter() - started, 3))
    return answer


def _ended(work: _Work, done: Sequence[Done]) -> Outcome:
    run = _run(work)
    statuses = {one.status for one in done}
    changed = [one for one in done if isinstance(one.step, Change)]
    if Status.FAILED in statuses:
        end = "failed" if run and run.undoable else "stopped"
    else:
        end = "unverified" if any(one.status == Status.UNVERIFIABLE for one in changed) else "complete"
    work.note("run ended", end=end)
    offer = make_plan(work.book, work.context, work.audit, "back") if end in ("failed", "unverified") else None
    return Outcome(work.run, end, tuple(done), offer)


def _earlier(work: _Work, step: Read | Change) -> Made | None:
    run = _run(work)
    return run.made.get(step.id) if run else None


def _run(work: _Work) -> Run | None:
    run = last_run(work.audit.entries(), work.book.name)
    return run if run and run.id == work.run else None


def _state(work: _Work, step: Change) -> Any:
    """The state now; None where it cannot be read."""
    found: list[Any] = []
    asked(lambda: _done(lambda: found.append(work.audit.clean(step.state()))), step.timeout_s)
    return found[0] if found else None


def _done(act: Callable[[], None]) -> Answer:
    act()
    return ok("")
