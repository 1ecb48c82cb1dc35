"""What a runbook is made of: reads, which look, and changes, which can be planned, made, verified and undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What became of a step."""

    OK = "OK"
    SKIPPED = "SKIPPED"
    """Already true, or nothing to do."""
    FAILED = "FAILED"
    UNVERIFIABLE = "UNVERIFIABLE"
    """It can not be told, which is neither good nor bad."""
    NOT_SELECTED = "NOT SELECTED"
    AWAITING_APPROVAL = "AWAITING APPROVAL"
    """Ready, and left alone until someone gives the plan's token."""


State = Mapping[str, Any]
"""What a change looks at, as JSON values: it is compared, hashed into the plan's token and written to the audit file."""


@dataclass(frozen=True)
class Answer:
    """What a check found, in one sentence."""

    status: Status
    what: str


def ok(what: str) -> Answer:
    return Answer(Status.OK, what)


def skipped(what: str) -> Answer:
    return Answer(Status.SKIPPED, what)


def failed(what: str) -> Answer:
    return Answer(Status.FAILED, what)


def unverifiable(what: str) -> Answer:
    return Answer(Status.UNVERIFIABLE, what)


@dataclass(frozen=True)
class Read:
    """A step that only looks. A check that FAILED stops the run; one that is UNVERIFIABLE does not.

    `after`: the changes whose effect it looks at; in a plan, which changes nothing, it is then UNVERIFIABLE.
    """

    id: str
    title: str
    check: Callable[[], Answer]
    timeout_s: float = 60
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A step that changes something.

    `state` observes, and must give equal values for equal situations. `precheck` says OK (ready), SKIPPED (already true), FAILED or
    UNVERIFIABLE of it. `plan` says in lines what `apply` would do. `verify` and `rollback` get the state from before the change; after a
    rollback `state` must be that again. `rollback` must also be right when `apply` was killed half-way. Without one, `undo` says why
    there is nothing to undo. `blast_radius`: what is affected while it runs or if it goes wrong. `idempotency`: why doing it twice is harmless.
    """

    id: str
    title: str
    state: Callable[[], State]
    precheck: Callable[[State], Answer]
    plan: Callable[[State], list[str]]
    apply: Callable[[], None]
    verify: Callable[[State], Answer]
    rollback: Callable[[State], None] | None
    undo: str
    blast_radius: str
    idempotency: str
    timeout_s: float = 600
    after: tuple[str, ...] = ()


Step = Read | Change
