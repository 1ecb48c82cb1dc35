"""What the notebook of a runbook calls: open it, show its steps, and look, plan or apply."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd

from perfweek.errors import ParameterError
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Context, Runbook
from perfweek.runbook.catalogue import find_runbook
from perfweek.runbook.observe import Direction, observe
from perfweek.runbook.runs import last_rehearsal
from perfweek.runbook.shown import command_of, outcome_sentence, plan_sentence, rehearsal_sentence, rows_done, rows_of, steps_of, would_change
from perfweek.target import load_target
from perfweek.week import Week

Mode = Literal["read", "plan", "apply", "plan rollback", "apply rollback"]
COLUMNS = ["step", "what", "status", "found"]


@dataclass(frozen=True)
class Result:
    """What became of the steps: a sentence, one row a step, and what would be changed, one line a row (no rows in read mode)."""

    sentence: str
    steps: pd.DataFrame
    changes: pd.DataFrame


@dataclass(frozen=True)
class Opened:
    """A runbook with its checked parameters."""

    book: Runbook
    context: Context
    audit: Audit
    mode: Mode
    token: str

    @property
    def week(self) -> Week:
        return self.context.week

    @property
    def budget_ms(self) -> float:
        return self.context.target.service.latency_budget_p95_ms

    @property
    def source(self) -> str:
        """What the tables rest on."""
        return f"{self.book.name}, mode {self.mode}"

    def severity(self) -> str:
        """How bad it is, and when the runbook was last rehearsed."""
        rehearsed = rehearsal_sentence(last_rehearsal(self.audit.entries(), self.book.name))
        return f"Severity: {self.book.severity}. {rehearsed}"

    def impact(self) -> pd.DataFrame:
        """One row a step: what it does, what it affects, its time limit and how it is undone."""
        return pd.DataFrame(steps_of(self.book.steps(self.context)))

    def run(self) -> Result:
        """Look (mode read), plan, or apply with the token of a plan. Without a token, apply changes nothing."""
        direction: Direction = "back" if self.mode.endswith("rollback") else "forward"
        if self.mode == "read":
            observed = observe(self.book, self.context, self.audit, only_reads=True)
            return Result("Only looked: nothing was planned or changed.", _frame(rows_of(observed)), _lines([]))
        if self.mode.startswith("plan"):
            plan = make_plan(self.book, self.context, self.audit, direction)
            lines = would_change(plan.observed, last_rehearsal(self.audit.entries(), self.book.name))
            approval = [f"{command_of(plan)}"] if plan.token else []
            return Result(plan_sentence(plan), _frame(rows_of(plan.observed)), _lines(lines + approval))
        outcome = apply(self.book, self.context, self.audit, self.token, direction)
        lines = [f"To roll it back: {command_of(outcome.offer)}"] if outcome.offer and outcome.offer.token else []
        return Result(outcome_sentence(outcome), _frame(rows_done(outcome)), _lines(lines))


def open_runbook(name: str, mode: str = "read", token: str = "", target: str = "", **values: Any) -> Opened:
    """Check the notebook's parameters and read its target. Raises ParameterError or TargetError."""
    if mode not in get_args(Mode):
        raise ParameterError(f"{mode!r} is no mode of a runbook", remedy=f"Modes are: {', '.join(get_args(Mode))}.")
    book, loaded = find_runbook(name), load_target(target)
    return Opened(book, book.context(loaded, values), Audit(loaded), mode, token)  # type: ignore[arg-type]


def _frame(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def _lines(lines: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"what would be done": [line.strip() for line in lines]})
