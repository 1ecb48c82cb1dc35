"""Roll back a regression: only one that was measured, with the team's own command, and back again if the old version is not well."""

from functools import partial

from pydantic import Field

from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.commanded import MOST_S, Commanded
from perfweek.runbook.books.service import answering, where
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Change, Read, Step, ok, unverifiable
from perfweek.wording import listed, number


class RegressionParameters(Parameters):
    wanted: str = Field("", description="the version that should run, as version_command prints it")
    version_command: str = Field("", description="prints the version that runs")
    command: str = Field("", description="deploys the version wanted")
    undo_command: str = Field("", description="deploys the version that runs now")


def _steps(context: Context) -> tuple[Step, ...]:
    commanded = Commanded(context, "version", "version_command", "runs", "Measure it again: perfweek run friday --again")
    return (
        Read("health", "The service answers", partial(answering, context.target)),
        Read("regressed", "Was a regression measured?", partial(_regressed, context)),
        Change(
            id="deploy",
            title=f"Put {where(context.target)} back to {context.parameters.wanted or 'the version wanted'}",
            state=commanded.state,
            precheck=commanded.ready,
            plan=lambda state: [f"runs now: {state['version']}", f"run: {context.parameters.command}"],
            apply=lambda: commanded.put(context.parameters.command),
            verify=lambda _: commanded.verified(),
            rollback=lambda _: commanded.put(context.parameters.undo_command),
            undo=f"Runs: {context.parameters.undo_command or 'undo_command'}",
            blast_radius="Every caller of the service while it restarts; what the newer version can do is gone.",
            idempotency="Nothing is run where the version wanted runs already.",
            timeout_s=MOST_S,
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


REGRESSION_ROLLBACK = Runbook("regression-rollback", "Roll back a regression", "high", RegressionParameters, _steps)
