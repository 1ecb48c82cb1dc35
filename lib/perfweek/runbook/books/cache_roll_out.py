"""Roll out a cache tier: only where the origin can carry a cold start, with the team's own command, and back where callers suffer."""

from functools import partial

from pydantic import Field

from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.commanded import MOST_S, Commanded
from perfweek.runbook.books.service import answering, where
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Change, Read, Step, failed, ok, unverifiable
from perfweek.wording import listed, number


class RollOutParameters(Parameters):
    wanted: str = Field("", description="the cache settings that should be in force, as state_command prints them")
    state_command: str = Field("", description="prints the cache settings in force")
    command: str = Field("", description="puts the wanted settings in force, on one instance or for a share of the traffic first")
    undo_command: str = Field("", description="puts the settings in force that are now")


def _steps(context: Context) -> tuple[Step, ...]:
    commanded = Commanded(context, "settings", "state_command", "is in force", "Warm it now: runbook cache-warm-up.")
    return (
        Read("health", "The service answers", partial(answering, context.target)),
        Read("origin", "Can the origin carry every request, as on a cold start?", partial(_carries, context)),
        Read("expected", "What is the tier expected to answer?", partial(_expected, context)),
        Change(
            id="switch-on",
            title=f"Put {context.parameters.wanted or 'the wanted settings'} in force at {where(context.target)}",
            state=commanded.state,
            precheck=commanded.ready,
            plan=lambda state: [f"in force now: {state['settings'] or 'not known'}", f"run: {context.parameters.command}", "then: cache-warm-up"],
            apply=lambda: commanded.put(context.parameters.command),
            verify=lambda _: commanded.verified(),
            rollback=lambda _: commanded.put(context.parameters.undo_command),
            undo=f"Runs: {context.parameters.undo_command or 'undo_command'}. What was cached since is thrown away.",
            blast_radius="Callers of what the command reaches: a new tier begins empty, and its first answers come from the origin.",
            idempotency="Nothing is run where the wanted settings are in force already.",
            timeout_s=MOST_S,
        ),
    )


def _carries(context: Context) -> Answer:
    """Monday's highest rate within the budget, found without the tier, against the rate of the week's load."""
    limit = measured(context.week, "monday", "http.capacity.rate").rows
    asked = measured(context.week, "monday", "http.rate").rows
    if limit.empty or asked.empty:
        return unverifiable("No data: Monday found no limit. A cold tier sends everything to the origin: begin with a small share of the traffic.")
    carries, rate = float(limit["value"].iloc[0]), float(asked["value"].sum())
    if carries < rate:
        return failed(f"No: it keeps the budget up to {number(carries)} a second, and {number(rate)} arrive. Warm the tier before it takes traffic.")
    return ok(f"Yes: it keeps the budget up to {number(carries)} a second, and {number(rate)} arrive.")


def _expected(context: Context) -> Answer:
    rows = measured(context.week, "thursday", "cache.design.share").rows
    if rows.empty:
        return unverifiable("No data: Thursday has sized no tier. perfweek run thursday")
    named = [f"{name} {100 * value:.0f} %" for name, value in zip(rows["name"].head(4), rows["value"].head(4), strict=True)]
    return ok(f"By Thursday: {listed(named)}.")


CACHE_ROLL_OUT = Runbook("cache-roll-out", "Roll out a cache tier", "medium", RollOutParameters, _steps)
