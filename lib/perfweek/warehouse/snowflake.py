"""Snowflake by its connector, with a named connection of connections.toml; credentials never pass through perfweek.

Only public names of the connector are used: its version 5 is a rewrite that keeps no others.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import snowflake.connector
from snowflake.connector import errors

from perfweek.errors import WarehouseError
from perfweek.warehouse.dialect import named_markers
from perfweek.warehouse.interface import NOTHING
from perfweek.warehouse.tidy import tidy

_LOGIN_S = 30
_REFUSED_LOGIN = {390100, 390101, 390102, 390103, 390144, 394400}
_NO_SUCH_OBJECT = 2003
_NO_WAREHOUSE = 606
_REMEDIES = {
    _NO_SUCH_OBJECT: "Check its name, and that the connection's role may read it; for SNOWFLAKE.ACCOUNT_USAGE: "
    "grant imported privileges on database snowflake to role <role>.",
    _NO_WAREHOUSE: "Name a warehouse in the connection, or grant its role usage on one.",
    604: "The statement was cancelled or ran into its time limit.",
    630: "The statement ran into its time limit: raise STATEMENT_TIMEOUT_IN_SECONDS, or ask for less.",
}


class SnowflakeWarehouse:
    """A session on Snowflake; see `Warehouse`. Any number of threads may call `query`: each call has a cursor of its own."""

    def __init__(self, connection: str, connections_file: Path | None = None, login_s: int = _LOGIN_S) -> None:
        """`connection` is a name in the connector's connections.toml (`connections_file`: another file in its place); `login_s`:
        give up after so many seconds."""
        logging.getLogger("snowflake.connector").setLevel(logging.ERROR)
        where: dict[str, Any] = {"connections_file_path": connections_file} if connections_file else {}
        try:
            self._connection = snowflake.connector.connect(connection_name=connection, login_timeout=login_s, **where)
        except (errors.Error, OSError) as error:
            raise _refused_login(connection, error) from None  # the connector's own text and traceback may quote the connection
        self._name = connection

    @property
    def engine(self) -> str:
        return f"Snowflake {self.query('select current_version() as version')['version'][0]}"

    def query(self, sql: str, parameters: Mapping[str, object] = NOTHING, tag: Mapping[str, str] | None = None) -> pa.Table:
        """See `Warehouse.query`. The connector puts the values into the text as escaped literals."""
        _, names = named_markers(sql)
        missing = [name for name in names if name not in parameters]
        if missing:
            raise WarehouseError(f"no value for the parameter {missing[0]}", sql[:120], "Give one for every %(name)s of the statement.")
        values = {name: parameters[name] for name in names}
        settings = {"QUERY_TAG": json.dumps(dict(tag))} if tag else None
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, values or None, _statement_params=settings)
                return _rows(cursor)
        except errors.Error as error:
            raise _refused(sql, error) from error

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _rows(cursor: Any) -> pa.Table:
    """All rows; statements that return none of Arrow's (a change, `show`) give theirs by the slower way."""
    try:
        return tidy(cursor.fetch_arrow_all(force_return_table=True))
    except errors.NotSupportedError:
        rows = cursor.fetchall()
        return tidy(pa.table({column.name: [row[index] for row in rows] for index, column in enumerate(cursor.description)}))


def _refused_login(connection: str, error: Exception) -> WarehouseError:
    number = getattr(error, "errno", None)
    text = str(error)
    if "Invalid connection_name" in text:
        return WarehouseError(
            f"the connector knows no connection {connection!r}",
            "connections.toml",
            f"Add a section [{connection}] there, or name another in target.toml.",
        )
    if number in _REFUSED_LOGIN or "Incorrect username or password" in text or "JWT token is invalid" in text:
        return WarehouseError(
            f"Snowflake refused the login ({number})",
            f"connection {connection}",
            "Check its user, authenticator and secret with: snow connection test",
        )
    return WarehouseError(
        f"Snowflake does not answer ({type(error).__name__} {number or ''})".replace(" )", ")"),
        f"connection {connection}",
        "Check its account and host, and the network, with: snow connection test",
    )


def _refused(sql: str, error: errors.Error) -> WarehouseError:
    message = (error.msg or str(error)).strip().splitlines()
    what = f"Snowflake refused a statement: {' '.join(message)[:300]}"
    remedy = _REMEDIES.get(error.errno, "")
    return WarehouseError(what, " ".join(sql.split())[:120], remedy)
