"""Looking at one step without changing anything: what making it, or undoing it, would find."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from perfweek.errors import PerfweekError, RunbookError
from perfweek.runbook.audit import Audit
from perfweek.runbook.deadline import OverdueError, deadline
from perfweek.runbook.runs import Made, Run
from perfweek.runbook.step import Answer, Change, Read, State, Status, Step, failed, ok, skipped, unverifiable

READ_S = 120.0
"""How long looking at a change's state may take."""


@dataclass(frozen=True)
class Seen:
    """One step as it was found. `lines`: what applying would do; `state`: of a change, None where it could not be read."""

    step: Step
    answer: Answer
    lines: tuple[str, ...] = ()
    state: State | None = None
    seconds: float = 0.0

    @property
    def status(self) -> Status:
        return self.answer.status


def asked(check: Callable[[], Answer], timeout_s: float) -> Answer:
    """A check's answer; FAILED with the reason where it raises or takes too long."""
    try:
        with deadline(timeout_s):
            return check()
    except OverdueError:
        return failed(f"It took longer than {timeout_s:g} s.")
    except RunbookError:
        raise
    except PerfweekError as error:
        return failed(f"{str(error).splitlines()[0]}. {error.remedy}".rstrip())
    except Exception as error:
        return failed(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}")


def look(step: Step, run: Run | None, audit: Audit, before: Sequence[Seen]) -> Seen:
    """What making the step would find; `run`: one that was interrupted and would go on; `before`: the steps before it."""
    started = time.perf_counter()
    pending = [seen.step.title for seen in before if seen.step.id in step.after and seen.status == Status.AWAITING_APPROVAL]
    if pending:
        seen = Seen(step, unverifiable(f"It can be told only after: {pending[0]}."))
    else:
        seen = Seen(step, asked(step.check, step.timeout_s)) if isinstance(step, Read) else _look_at_change(step, run, audit)
    return replace(seen, seconds=time.perf_counter() - started)


def look_back(step: Change, made: Made, audit: Audit) -> Seen:
    """What undoing the change would find."""
    states: list[State] = []

    def check() -> Answer:
        states.append(audit.clean(step.state()))
        if states[0] == made.before:
            return skipped("It is as it was before the change.")
        if step.rollback is None:
            return skipped(step.undo)
        same = made.after is None or states[0] == made.after
        return ok("" if same else "It has changed since it was made; what came later may be lost.")

    return _awaiting(Seen(step, asked(check, READ_S), (step.undo,), states[0] if states else None))


def _look_at_change(step: Change, run: Run | None, audit: Audit) -> Seen:
    states: list[State] = []
    made = run.made.get(step.id) if run else None

    def check() -> Answer:
        states.append(audit.clean(step.state()))
        return _look_again(step, made, states[0]) if made and made.stage != "undone" else step.precheck(states[0])

    answer = asked(check, READ_S)
    return _awaiting(Seen(step, answer, tuple(step.plan(states[0])) if answer.status == Status.OK else (), states[0] if states else None))


def _look_again(step: Change, made: Made, state: State) -> Answer:
    """At a change that an interrupted run had begun."""
    verified = step.verify(made.before)
    if verified.status == Status.OK or (made.stage == "made" and verified.status == Status.UNVERIFIABLE):
        return skipped(f"Made before the interruption. {verified.what}")
    if made.stage == "made":
        return failed(f"It was made, and is no longer as it should be: {verified.what}")
    return ok("It was interrupted" + ("." if state == made.before else ": what is half done is undone first, then it is made again."))


def _awaiting(seen: Seen) -> Seen:
    """A change that is ready awaits approval."""
    if seen.status == Status.OK:
        return replace(seen, answer=Answer(Status.AWAITING_APPROVAL, seen.answer.what))
    return replace(seen, lines=())
