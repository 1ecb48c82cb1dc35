"""Roll back a regression: only one that was measured, with the team's own command, and back again if the old version is not well."""

from functools import partial

from pydantic import Field

from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.commands import run_command
from perfweek.runbook.books.service import answering, healthy, where
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Change, Read, State, Status, Step, failed, ok, skipped, unverifiable
from perfweek.wording import listed, number

_COMMAND_S = 600


class RegressionParameters(Parameters):
    wanted: str = Field("", description="the version that should run, as version_command prints it")
    version_command: str = Field("", description="prints the version that runs")
    command: str = Field("", description="deploys the version wanted")
    undo_command: str = Field("", description="deploys the version that runs now")


def _steps(context: Context) -> tuple[Step, ...]:
    return (
        Read("health", "The service answers", partial(answering, context.target)),
        Read("regressed", "Was a regression measured?", partial(_regressed, context)),
        Change(
            id="deploy",
            title=f"Put {where(context.target)} back to {context.parameters.wanted or 'the version wanted'}",
            state=lambda: {"version": _version(context)},
            precheck=partial(_ready, context),
            plan=lambda state: [f"runs now: {state['version']}", f"run: {context.parameters.command}"],
            apply=lambda: _deploy(context.parameters.command, context),
            verify=lambda _: _verified(context),
            rollback=lambda _: _deploy(context.parameters.undo_command, context),
            undo=f"Runs: {context.parameters.undo_command or 'undo_command'}",
            blast_radius="Every caller of the service while it restarts; what the newer version can do is gone.",
            idempotency="Nothing is run where the version wanted runs already.",
            timeout_s=_COMMAND_S,
        ),
    )


def _regressed(context: Context) -> Answer:
    """By Friday's comparison: a ratio whose whole interval is above 1."""
    rows = measured(context.week, "friday", "progress.ratio").rows
    if rows.empty:
        return unverifiable("No data: Friday has not compared two versions. Measure before you roll back, unless callers suffer now.")
    worse = rows[rows["low"] > 1]
    if worse.empty:
        return ok(f"No: none of {len(rows)} figures is worse beyond doubt. Rolling back would gain nothing that was measured.")
    first = worse.head(3)
    named = [f"{name} {number(value)} times before" for name, value in zip(first["name"], first["value"], strict=True)]
    return ok(f"Yes: {listed(named)}.")


def _ready(context: Context, state: State) -> Answer:
    asked = context.parameters
    missing = [name for name in ("wanted", "version_command", "command", "undo_command") if not getattr(asked, name)]
    if missing:
        return unverifiable(f"Not told how: give {listed([f'-p {name}=...' for name in missing])}.")
    return skipped(f"{asked.wanted} runs already.") if state["version"] == asked.wanted else ok("Ready.")


def _verified(context: Context) -> Answer:
    version = _version(context)
    if version != context.parameters.wanted:
        return failed(f"{version or 'Nothing known'} runs, not {context.parameters.wanted}.")
    answer = healthy(context.target)
    return ok(f"{version} runs. {answer.what} Measure it again: perfweek run friday --again") if answer.status == Status.OK else answer


def _version(context: Context) -> str:
    return _run(context.parameters.version_command, context).strip()[:200] if context.parameters.version_command else ""


def _deploy(command: str, context: Context) -> None:
    _run(command, context)


def _run(command: str, context: Context) -> str:
    return run_command(context.target, command)


REGRESSION_ROLLBACK = Runbook("regression-rollback", "Roll back a regression", "high", RegressionParameters, _steps)
