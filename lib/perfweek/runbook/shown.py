"""A runbook's steps, plans, outcomes and audit entries in words, for the terminal and for notebooks."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from perfweek.runbook.apply import Outcome
from perfweek.runbook.approval import Plan
from perfweek.runbook.audit import Entry
from perfweek.runbook.observe import Observed
from perfweek.runbook.runs import Rehearsal
from perfweek.runbook.step import Change, Step
from perfweek.wording import count, listed

REHEARSE_DAYS = 30
_ENDS = {
    "complete": "Every step is done and verified.",
    "unverified": "Every step is done; one could not be verified.",
    "failed": "A change failed. What was made is still there.",
    "rolled back": "Everything is as it was before.",
    "stopped": "Nothing was changed.",
    "awaiting approval": "Nothing was changed: the changes await approval.",
}


def rows_of(observed: Observed) -> list[tuple[str, str, str, str]]:
    """step, title, status, what was found."""
    return [(seen.step.id, seen.step.title, seen.status, seen.answer.what) for seen in observed.seen]


def rows_done(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [(one.step.id, one.step.title, one.status, one.answer.what) for one in outcome.done]


def would_change(observed: Observed, rehearsal: Rehearsal) -> list[str]:
    """What applying would do, in lines: each change with its blast radius, its time limit and how it is undone."""
    lines = []
    for seen in observed.awaiting:
        if isinstance(seen.step, Change):
            lines += [f"{seen.step.title}: {seen.answer.what}".rstrip(": "), *(f"    {line}" for line in seen.lines), *_about(seen.step, rehearsal)]
    return lines


def _about(step: Change, rehearsal: Rehearsal) -> list[str]:
    took = f"; it took {rehearsal.seconds[step.id]:.3g} s the last time" if step.id in rehearsal.seconds else ""
    return [
        f"  affects  {step.blast_radius}",
        f"  undo     {step.undo}",
        f"  twice    {step.idempotency}",
        f"  limit    {step.timeout_s:g} s{took}",
    ]


def plan_sentence(plan: Plan, now: datetime | None = None) -> str:
    """How many steps would change something, and until when the token is good."""
    observed = plan.observed
    failing = listed([seen.step.title for seen in observed.blocked])
    if not any(isinstance(seen.step, Change) for seen in observed.seen):
        return "This runbook only looks, and has nothing to apply." + (f" Failed: {failing}." if failing else "")
    if observed.blocked:
        return f"Nothing can be applied. Failed: {failing}."
    if not observed.awaiting:
        return "There is nothing to change."
    back = "be undone" if observed.direction == "back" else "be made"
    resumed = f" Run {observed.run.id} goes on." if observed.run and observed.direction == "forward" else ""
    minutes = (plan.expires - (now or datetime.now(UTC))).total_seconds() / 60 if plan.expires else 0
    return f"{count(len(observed.awaiting), 'change')} would {back}.{resumed} The approval below is good for {minutes:.0f} minutes and one run."


def command_of(plan: Plan, given: Sequence[str] = ()) -> str:
    """The command that applies this plan; `given`: its further words, such as parameters."""
    back = ["--rollback"] if plan.observed.direction == "back" else []
    return " ".join(["perfweek runbook apply", plan.book.name, *back, *given, "--token", plan.token])


def outcome_sentence(outcome: Outcome) -> str:
    run = f" Run {outcome.run}." if outcome.run else ""
    return f"{_ENDS[outcome.end]}{run}"


def rehearsal_sentence(rehearsal: Rehearsal, now: datetime | None = None) -> str:
    """When it was last rehearsed; said plainly where that is long ago or never."""
    if not rehearsal.at:
        return "Never rehearsed here: run its plan before you need it."
    days = ((now or datetime.now(UTC)) - datetime.fromisoformat(rehearsal.at)).days
    late = f" That is {days} days ago: rehearse it again." if days > REHEARSE_DAYS else ""
    return f"Last rehearsed on {rehearsal.at[:10]} by {rehearsal.who}.{late}"


def audit_rows(entries: Iterable[Entry]) -> list[tuple[str, ...]]:
    """at, who, run, what happened, what became of it, seconds."""
    return [
        (
            entry["at"][:19],
            entry["who"],
            f"{entry.get('runbook', '')} {entry.get('run', '')}".strip(),
            f"{entry['event']}: {entry['step']}" if "step" in entry else entry["event"],
            str(entry.get("status") or entry.get("end") or entry.get("why") or ""),
            _seconds(entry.get("seconds")),
        )
        for entry in entries
    ]


def steps_of(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """One row a step: step, title, kind, limit in seconds, what it affects, how it is undone."""
    return [
        {
            "step": step.id,
            "what": step.title,
            "kind": "change" if isinstance(step, Change) else "read",
            "limit (s)": step.timeout_s,
            "affects": step.blast_radius if isinstance(step, Change) else "nothing",
            "undo": step.undo if isinstance(step, Change) else "nothing to undo",
        }
        for step in steps
    ]


def _seconds(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else ""
