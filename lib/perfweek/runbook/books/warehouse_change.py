"""Apply a warehouse change: Wednesday's scripts, on the embedded engine or through the connector."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from pydantic import Field

from perfweek.errors import EvidenceError
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.sql_script import Script, read_script
from perfweek.runbook.books.table_state import problems, states
from perfweek.runbook.deadline import stopped_by
from perfweek.runbook.step import Answer, Change, Read, State, Step, failed, ok, skipped, unverifiable
from perfweek.target import Target
from perfweek.warehouse.connection import database_path, is_embedded
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.plan import FOLDER

TAG = {"route": "perfweek runbook warehouse-change"}
Open = Callable[[bool], AbstractContextManager[Warehouse]]
"""A connection to the warehouse; True for one that may change it."""


class WarehouseChangeParameters(Parameters):
    finding: str = Field(default="", max_length=120, description="which change of Wednesday's plan, such as 01-cluster-orders; empty for the first")


def open_for(target: Target) -> Open:
    """How the target's warehouse is opened. Raises TargetError or WarehouseError when it is."""

    @contextmanager
    def embedded(changing: bool) -> Iterator[Warehouse]:
        with EmbeddedWarehouse(database_path(target), read_only=not changing) as warehouse, stopped_by(warehouse.interrupter()):
            yield warehouse

    def named(_changing: bool) -> Warehouse:
        from perfweek.warehouse.snowflake import SnowflakeWarehouse  # the connector takes a second to import

        return SnowflakeWarehouse(target.warehouse.connection)

    return embedded if is_embedded(target) else named


def steps_with(context: Context, open_warehouse: Open) -> tuple[Step, ...]:
    """The steps on a warehouse that `open_warehouse` opens."""
    suffix = "_embedded" if is_embedded(context.target) else ""
    script = partial(_script, context, suffix)
    return (
        Read("scripts", "The scripts are there and can be read", partial(_scripts_are_there, script)),
        Read("access", "The warehouse answers, and nobody else has it open", partial(_answers, open_warehouse)),
        Change(
            id="change",
            title="Apply the script",
            state=lambda: _state(script("apply"), open_warehouse),
            precheck=lambda state: _ready(script("apply"), state, open_warehouse),
            plan=lambda state: _would(script("apply"), state),
            apply=lambda: _run(script("apply"), open_warehouse),
            verify=lambda before: _verified(script("apply"), before, open_warehouse),
            rollback=lambda _: _run(script("rollback"), open_warehouse),
            undo=f"Runs the change's rollback{suffix}.sql; rows that were added since the change are lost with an embedded rewrite.",
            blast_radius="Every statement that reads the table; while it runs, writers of the table wait or fail.",
            idempotency="A table that already has the order or the key is left alone.",
            timeout_s=3600,
        ),
        Read("effect", "What the verify script says of the last hour", partial(_effect, script, open_warehouse), after=("change",)),
    )


def _script(context: Context, suffix: str, name: str) -> Script:
    stem = stem_of(context, suffix)
    path = context.week.artifacts / FOLDER / f"{stem}.{name}{suffix}.sql"
    if not path.is_file():
        raise EvidenceError(f"there is no {path.name}", str(path.parent), "Run Wednesday first: perfweek run wednesday")
    return read_script(path)


def stem_of(context: Context, suffix: str) -> str:
    """What the names of the change's scripts begin with: the finding's, or the first of the plan that has scripts for the engine in use.

    Raises EvidenceError where there is none.
    """
    folder, end = context.week.artifacts / FOLDER, f".apply{suffix}.sql"
    stems = [path.name.removesuffix(end) for path in sorted(folder.glob(f"*{end}"))]
    wanted = context.parameters.finding
    chosen = [stem for stem in stems if not wanted or wanted in (stem, stem.partition("-")[2])]
    if chosen:
        return chosen[0]
    if stems:
        raise EvidenceError(f"the plan has no change {wanted} for this engine", str(folder), f"It has: {', '.join(stems[:8])}")
    raise EvidenceError("there is no change to apply on this engine", str(folder), "Run Wednesday first: perfweek run wednesday")


def _scripts(context: Context) -> list[Path]:
    suffix = "_embedded" if is_embedded(context.target) else ""
    try:
        stem = stem_of(context, suffix)
    except EvidenceError:
        return []
    return [context.week.artifacts / FOLDER / f"{stem}.{name}{suffix}.sql" for name in ("apply", "verify", "rollback")]


def _scripts_are_there(script: Callable[[str], Script]) -> Answer:
    apply, rollback = script("apply"), script("rollback")
    script("verify")
    return ok(f"{apply.path.name}: {apply.purpose} {len(apply.statements)} to apply, {len(rollback.statements)} to roll back.")


def _answers(open_warehouse: Open) -> Answer:
    """Opened as for a change: a service that has the embedded file open is found before anything is begun."""
    with open_warehouse(True) as warehouse:
        return ok(f"{warehouse.engine}.")


def _state(script: Script, open_warehouse: Open) -> State:
    with open_warehouse(False) as warehouse:
        return states(warehouse, script)


def _ready(script: Script, state: State, open_warehouse: Open) -> Answer:
    left = [name for name in script.made if state[name] is not None]
    missing = [name for name in script.changed if state[name] is None]
    if missing:
        return failed(f"There is no table {missing[0]}.")
    if script.can_be_told and len(left) == len(script.made):
        with open_warehouse(False) as warehouse:
            if not problems(warehouse, script, state, state):
                return skipped("The table already is as the script would make it.")
    return failed(f"{left[0]} is left from an earlier change: roll that back, or drop it.") if left else ok("Ready.")


def _would(script: Script, state: State) -> list[str]:
    rows = [f"{name}: {state[name]['rows']:,} rows" for name in script.changed if state[name]]
    return [*rows, *script.statements]


def _run(script: Script, open_warehouse: Open) -> None:
    with open_warehouse(True) as warehouse:
        for statement in script.statements:
            warehouse.query(statement, tag=TAG)


def _verified(script: Script, before: State, open_warehouse: Open) -> Answer:
    with open_warehouse(False) as warehouse:
        found = problems(warehouse, script, before, states(warehouse, script))
        if found:
            return failed(" ".join(found))
        if script.orders or script.keys:
            return ok("Same rows as before, in the order or with the key that the script asks for.")
        return ok("Applied. What it changed is not in the state of a table: see what the verify script says.")


def _effect(script: Callable[[str], Script], open_warehouse: Open) -> Answer:
    """What the first query of the verify script says."""
    query = next((one for one in script("verify").statements if one.lower().startswith(("select", "with"))), "")
    if not query:
        return unverifiable("The verify script asks nothing that is a figure: run it by hand.")
    with open_warehouse(False) as warehouse:
        rows = warehouse.query(query, tag=TAG).to_pylist()
    if rows and "partitions_scanned_share" not in rows[0]:
        return ok("; ".join(f"{name} {value}" for name, value in rows[0].items()) + ".")
    shares = [f"{row['endpoint']}: {100 * row['partitions_scanned_share']:.1f} %" for row in rows if row["partitions_scanned_share"] is not None]
    if not shares:
        return unverifiable("No statement has read the table in the last hour. Run the service, then look again; Friday scores the prediction.")
    return ok(f"Partitions scanned in the last hour: {', '.join(shares[:10])}.")


WAREHOUSE_CHANGE = Runbook(
    name="warehouse-change",
    title="Apply a warehouse change",
    severity="high",
    parameters=WarehouseChangeParameters,
    steps=lambda context: steps_with(context, open_for(context.target)),
    packages=("warehouse",),
    inputs=_scripts,
)
