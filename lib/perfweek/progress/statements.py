"""What was asked of the warehouse after the change: as the service recorded it during Friday's load, else as Snowflake's history has it."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from perfweek import evidence
from perfweek.errors import EvidenceError, RunbookError
from perfweek.evidence import Measurement
from perfweek.runbook.audit import Audit
from perfweek.runbook.step import Status
from perfweek.target import Target
from perfweek.warehouse.connection import is_embedded
from perfweek.warehouse.history import FILE, load_history
from perfweek.warehouse.measure import STATEMENTS, collect_statements
from perfweek.week import Week

NAME = "warehouse-friday"
CHANGE = "warehouse-change"


@dataclass(frozen=True)
class Statements:
    """`rows`: columns of sql/history/statements.sql, and the column endpoint at least; `source`: their file; `why`: why there are none, or since
    when they are read, in a sentence."""

    rows: pd.DataFrame
    source: str = ""
    why: str = ""


def statements_after(week: Week, target: Target, load: Measurement | None, began: float = math.nan) -> Statements:
    """Of Friday's `load` (None where there was none), which `began` at that second of the epoch. On Snowflake: of all that ran since the week's
    last change went through its runbook, else since the load began.

    No rows, with the reason, where the history of that time is not there yet. Raises WarehouseError.
    """
    if load and load.has(FILE):
        path = load.path(FILE)
        return Statements(load_history(path), evidence.relative(week, path))
    if is_embedded(target) or target.warehouse.history:
        return _none("The warehouse's history of after the change is not recorded.")
    since = changed_at(week, target) or (None if math.isnan(began) else datetime.fromtimestamp(began, UTC))
    if since is None:
        return _none("No change of the warehouse went through its runbook this week, so nothing is read of after it.")
    try:
        measured = collect_statements(week, target, NAME, since)
    except EvidenceError:
        return _none(
            "Statements after the change are not in the history yet: ACCOUNT_USAGE is up to 45 minutes late. Run Friday again then: its load is kept."
        )
    path = measured.path(STATEMENTS)
    return Statements(load_history(path), evidence.relative(week, path), f"Statements since {since:%A %d %B, %H:%M} UTC, by Snowflake's history.")


def changed_at(week: Week, target: Target) -> datetime | None:
    """When the last change of the week's plan was made through its runbook; None for none, or where the audit file cannot be trusted."""
    try:
        entries = Audit(target).entries()
    except RunbookError:
        return None
    runs = {entry["run"] for entry in entries if entry.get("runbook") == CHANGE and (entry.get("parameters") or {}).get("week") == week.name}
    made = [entry for entry in entries if entry["event"] == "change ended" and entry.get("run") in runs]
    done = [entry["at"] for entry in made if entry["status"] in (Status.OK, Status.UNVERIFIABLE)]
    return datetime.fromisoformat(max(done)) if done else None


def _none(why: str) -> Statements:
    return Statements(pd.DataFrame({"endpoint": []}), "", why)
