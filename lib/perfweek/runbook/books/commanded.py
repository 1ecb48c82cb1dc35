"""A change that the team's own commands make: one prints what is in force, one puts the wanted in force, one puts back what was."""

from dataclasses import dataclass

from perfweek.runbook.book import Context
from perfweek.runbook.books.commands import run_command
from perfweek.runbook.books.service import healthy
from perfweek.runbook.step import Answer, State, Status, failed, ok, skipped, unverifiable
from perfweek.wording import listed

MOST_S = 600
"""How long one of the commands may take."""


@dataclass(frozen=True)
class Commanded:
    """`of`: the key of what is in force in the step's state; `asks`: the parameter whose command prints it; `verb`: 'runs' or 'is in force';
    `next_step`: what to do once it holds. The parameters `wanted`, `command` and `undo_command` are the runbook's."""

    context: Context
    of: str
    asks: str
    verb: str
    next_step: str

    def state(self) -> State:
        """What is in force now, '' where no command says it."""
        return {self.of: self._now()}

    def ready(self, state: State) -> Answer:
        """SKIPPED where the wanted is in force already, UNVERIFIABLE where a parameter is missing."""
        asked = self.context.parameters
        missing = [name for name in ("wanted", self.asks, "command", "undo_command") if not getattr(asked, name)]
        if missing:
            return unverifiable(f"Not told how: give {listed([f'-p {name}=...' for name in missing])}.")
        return skipped(f"{asked.wanted} {self.verb} already.") if state[self.of] == asked.wanted else ok("Ready.")

    def verified(self) -> Answer:
        """OK where the wanted is in force and the service answers."""
        now = self._now()
        if now != self.context.parameters.wanted:
            return failed(f"{now or 'Nothing known'} {self.verb}, not {self.context.parameters.wanted}.")
        answer = healthy(self.context.target)
        return ok(f"{now} {self.verb}. {answer.what} {self.next_step}") if answer.status == Status.OK else answer

    def put(self, command: str) -> None:
        """Run `command`, `command` or `undo_command` of the parameters."""
        run_command(self.context.target, command)

    def _now(self) -> str:
        command = getattr(self.context.parameters, self.asks)
        return run_command(self.context.target, command).strip()[:200] if command else ""
