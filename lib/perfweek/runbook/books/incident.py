"""An incident nobody knows the cause of yet: is the service down now, what was changed lately, what was slow already. Only reads."""

import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import Field

from perfweek.runbook.audit import Audit, Entry
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.service import answering, healthy, where
from perfweek.runbook.graphs import measured, measured_sentence
from perfweek.runbook.runs import last_run
from perfweek.runbook.step import Answer, Read, Status, Step, ok, unverifiable

PROBES, PAUSE_S = 5, 0.05
_CHANGES = ("change begun", "undo begun")


class IncidentParameters(Parameters):
    hours: float = Field(24, gt=0, le=8760, description="how far back changes are listed")


def _steps(context: Context) -> tuple[Step, ...]:
    return (
        Read("health", "Does the service answer?", partial(answering, context.target)),
        Read("steady", "Does it answer every time?", partial(_steady, context)),
        Read("changes", "What was changed through a runbook lately?", partial(_changes, context)),
        Read("open", "Is a change half done?", partial(_half_done, context)),
        Read("known", "What was slow already?", partial(_known, context)),
    )


def _steady(context: Context) -> Answer:
    """Several times in a row: one answer of a service that comes and goes says little."""
    times, failures = [], 0
    for _ in range(PROBES):
        started = time.perf_counter()
        failures += healthy(context.target).status != Status.OK
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(PAUSE_S)
    told = f"{where(context.target)} failed {failures} of {PROBES} times; the median took {statistics.median(times):.0f} ms"
    return ok(f"Yes: {told}.") if not failures else unverifiable(f"No: {told}.")


def _changes(context: Context) -> Answer:
    since = datetime.now(UTC) - timedelta(hours=context.parameters.hours)
    recent = [entry for entry in _entries(context) if entry["event"] in _CHANGES and datetime.fromisoformat(entry["at"]) >= since]
    if not recent:
        return ok(f"Nothing in the last {context.parameters.hours:g} hours. Ask what else was deployed or configured.")
    last = recent[-1]
    done = "undone" if last["event"] == "undo begun" else "made"
    return ok(f"{len(recent)}; the last: {last['runbook']}, {last['step']} was {done} at {last['at'][:16]} UTC by {last['who']}. Could it be that?")


def _half_done(context: Context) -> Answer:
    entries = _entries(context)
    runs = [last_run(entries, name) for name in sorted({entry["runbook"] for entry in entries if "runbook" in entry})]
    half = [run for run in runs if run and run.open]
    if half:
        return ok(f"Yes: run {half[0].id} of {half[0].runbook}. Go on with it, or roll it back: perfweek runbook plan {half[0].runbook} --rollback")
    return ok("No.")


def _known(context: Context) -> Answer:
    found = measured(context.week, "monday", "http.latency.p95")
    told = measured_sentence(found, context.target.service.latency_budget_p95_ms)
    return unverifiable(told) if found.rows.empty else ok(told)


def _entries(context: Context) -> tuple[Entry, ...]:
    return Audit(context.target).entries()


INCIDENT = Runbook("incident", "Work an incident", "high", IncidentParameters, _steps)
