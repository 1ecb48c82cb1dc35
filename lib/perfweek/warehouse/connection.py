"""From the target to a warehouse: the embedded one, or a named connection to Snowflake."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from perfweek.errors import PerfweekError, TargetError, UnreadableError
from perfweek.steps import mention
from perfweek.target import Target
from perfweek.warehouse.account_usage import VIEWS
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.interface import Warehouse

if TYPE_CHECKING:
    from perfweek.warehouse.snowflake import SnowflakeWarehouse

EMBEDDED = "embedded"
HISTORY = "query_history"


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
    return _snowflake(target)


def _snowflake(target: Target) -> "SnowflakeWarehouse":
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


def _examine_snowflake(target: Target) -> Iterator[tuple[Literal["ok", "note", "fail"], str, str]]:
    """The login, whose session it is, QUERY_HISTORY by a row of it (which takes a running warehouse), and which other views are granted."""
    with _snowflake(target) as warehouse:
        yield "ok", f"{warehouse.engine}, connection {target.warehouse.connection}", ""
        role, name = warehouse.session.role or "not known", warehouse.session.warehouse or "none"
        yield "ok", f"role {role}, warehouse {name}", ""
        try:
            warehouse.query(f"select 1 as found from snowflake.account_usage.{HISTORY} limit 1")
            yield "ok", "query history: readable", ""
        except PerfweekError as error:
            yield "fail", f"query history: {error.what}", error.remedy
            return
        refused = _not_granted(warehouse)
        readable = [view for view in VIEWS if view != HISTORY and not any(view in views for views in refused.values())]
        yield "ok", f"views beside it that are readable: {', '.join(readable) or 'none'}", ""
        for remedy, views in refused.items():
            yield "note", f"views that are not granted: {', '.join(views)}", remedy


def _not_granted(warehouse: Warehouse) -> dict[str, list[str]]:
    """Remedy -> views beside QUERY_HISTORY; no row is read."""
    refused: dict[str, list[str]] = {}
    for view in VIEWS:
        try:
            warehouse.query(f"select 1 as found from snowflake.account_usage.{view} where false")
        except UnreadableError as error:
            refused.setdefault(error.remedy, []).append(view)
    return refused
