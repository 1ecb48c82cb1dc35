"""From the target to a warehouse: the embedded one, or a named connection to Snowflake."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from perfweek.errors import PerfweekError, TargetError
from perfweek.steps import mention
from perfweek.target import Target
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.interface import Warehouse

EMBEDDED = "embedded"
_READS = {
    "query history": "select query_id from snowflake.account_usage.query_history limit 1",
    "session": "select current_role() as role, current_warehouse() as warehouse",
}


def is_embedded(target: Target) -> bool:
    return target.warehouse.connection == EMBEDDED


def database_path(target: Target) -> Path:
    """The file of the embedded database. Raises TargetError where the target names none."""
    if not target.warehouse.database:
        raise TargetError(
            "the embedded warehouse has no database file", "target.toml, [warehouse]", "Name it there: database = '.perfweek/my.duckdb'."
        )
    return target.resolve(target.warehouse.database)


def connect(target: Target) -> Warehouse:
    """Open the target's warehouse for reading. Raises WarehouseError (no such connection, login refused, file in use) or TargetError."""
    if is_embedded(target):
        return EmbeddedWarehouse(database_path(target), read_only=True)
    from perfweek.warehouse.snowflake import SnowflakeWarehouse  # the connector takes a second to import

    return SnowflakeWarehouse(target.warehouse.connection, hear=mention)


def examine_warehouse(target: Target) -> Iterator[tuple[Literal["ok", "note", "fail"], str, str]]:
    """What a check-up finds, as (state, what, remedy): the history's file, the database, or the login and its grants."""
    if target.warehouse.history:
        path = target.resolve(target.warehouse.history)
        remedy = "" if path.is_file() else "Export it again, or mend [warehouse] history."
        yield ("ok" if path.is_file() else "fail"), f"exported query history {path}", remedy
    if not is_embedded(target):
        yield from _examine_snowflake(target)
    elif target.warehouse.database and database_path(target).is_file():
        with connect(target) as warehouse:
            yield "ok", f"{warehouse.engine}: {database_path(target)}", ""
    elif target.warehouse.database:
        made = bool(target.service.prepare)
        remedy = "" if made else "Make it, or mend [warehouse] database."
        yield ("note" if made else "fail"), f"{database_path(target)} is not there yet" + (": prepare makes it" if made else ""), remedy
    elif not target.warehouse.history:
        yield "note", "no database and no query history are named: Wednesday has nothing to read", "Name one of them in [warehouse]."


def _examine_snowflake(target: Target) -> Iterator[tuple[Literal["ok", "fail"], str, str]]:
    with connect(target) as warehouse:
        yield "ok", f"{warehouse.engine}, connection {target.warehouse.connection}", ""
        for name, sql in _READS.items():
            try:
                rows = warehouse.query(sql).to_pylist()
                yield "ok", f"{name}: " + (", ".join(f"{key} {value}" for key, value in rows[0].items()) if name == "session" else "readable"), ""
            except PerfweekError as error:
                yield "fail", f"{name}: {error.what}", error.remedy
