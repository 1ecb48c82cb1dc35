"""Snowflake by its connector, with a named connection of connections.toml; credentials never pass through perfweek.

Only public names of the connector are used: its version 5 is a rewrite that keeps no others.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import snowflake.connector
from snowflake.connector import errors

from perfweek.errors import UnreachableError, WarehouseError
from perfweek.warehouse.dialect import named_markers
from perfweek.warehouse.interface import NOTHING
from perfweek.warehouse.patience import PATIENCE_S, Loss, is_read, loss_of, tried_for
from perfweek.warehouse.refusals import Session, excerpt, refused, refused_login
from perfweek.warehouse.tidy import tidy

_WAITS_S = (1, 5)
"""Before a statement whose connection was lost is taken up again."""


@dataclass
class _Statement:
    """`finished`: the id of a statement that ran to its end, whose rows can be fetched without running it again."""

    sql: str
    values: Mapping[str, object] | None
    settings: Mapping[str, str]
    reads: bool
    finished: str | None = None


class SnowflakeWarehouse:
    """A session on Snowflake; see `Warehouse`. Any number of threads may call `query`: each call has a cursor of its own.

    A read whose connection is lost is taken up again, at most twice: what had come of its rows is dropped, and all of them are fetched
    anew, from the finished statement where it had finished. What changes something is never run twice.
    """

    def __init__(
        self, connection: str, connections_file: Path | None = None, patience_s: float = PATIENCE_S, hear: Callable[[str], None] | None = None
    ) -> None:
        """`connection` is a name in the connector's connections.toml (`connections_file`: another file in its place); `patience_s`: a
        login, and each request, is given up after so many seconds without an answer; `hear` is told of lost connections."""
        logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)  # it would print what is raised, with its traceback
        self._name, self._file, self._patience_s = connection, connections_file, patience_s
        self._hear = hear or (lambda _what: None)
        self._renewing = threading.Lock()
        self._changed = False
        self.taken_up = 0
        self._connection = self._login()

    @property
    def engine(self) -> str:
        return f"Snowflake {self.query('select current_version() as version')['version'][0]}"

    @property
    def session(self) -> Session:
        """Whose session it is."""
        return Session(self._connection.role or "", self._connection.warehouse or "")

    def query(self, sql: str, parameters: Mapping[str, object] = NOTHING, tag: Mapping[str, str] | None = None) -> pa.Table:
        """See `Warehouse.query`. The connector puts the values into the text as escaped literals. A read sees times in UTC, whatever the
        session's TIMEZONE."""
        _, names = named_markers(sql)
        missing = [name for name in names if name not in parameters]
        if missing:
            raise WarehouseError(f"no value for the parameter {missing[0]}", sql[:120], "Give one for every %(name)s of the statement.")
        reads = is_read(sql)
        settings = ({"TIMEZONE": "UTC"} if reads else {}) | ({"QUERY_TAG": json.dumps(dict(tag))} if tag else {})
        return self._persistently(_Statement(sql, {name: parameters[name] for name in names} or None, settings, reads))

    def close(self) -> None:
        self._connection.close(retry=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _persistently(self, statement: _Statement) -> pa.Table:
        for wait_s in (*_WAITS_S, None):
            session = self._connection
            try:
                return self._run(session, statement)
            except (errors.Error, OSError) as error:
                loss = loss_of(error)
                if loss is None and statement.finished and statement.reads and wait_s is not None:
                    statement.finished = None  # its result is not kept for this session: run it again
                    continue
                if loss is None:
                    raise self._refused(statement, error) from error
                if wait_s is None or not (statement.reads or statement.finished):
                    raise _lost(statement, error) from error
                self._take_up(session, loss, wait_s, statement)
        raise AssertionError  # the last turn returns or raises

    def _run(self, session: Any, statement: _Statement) -> pa.Table:
        with session.cursor() as cursor:
            if statement.finished:
                cursor.get_results_from_sfqid(statement.finished)
            else:
                self._changed |= not statement.reads
                cursor.execute(statement.sql, statement.values, _statement_params=statement.settings or None)
                statement.finished = cursor.sfqid
            return _rows(cursor)

    def _take_up(self, session: Any, loss: Loss, wait_s: float, statement: _Statement) -> None:
        """Wait, and log in anew where the session is gone. Raises WarehouseError where that is in vain, or would lose what was set in it."""
        self._hear(f"{loss} to Snowflake was lost: trying again in {wait_s:g} s")
        time.sleep(wait_s)
        with self._renewing:
            self.taken_up += 1
            if loss is Loss.session and self._connection is session:
                if self._changed:
                    raise WarehouseError(
                        "the session on Snowflake has ended, and with it what was set in it: nothing more was run",
                        excerpt(statement.sql),
                        "Run the same command again: it begins with a new session.",
                    )
                self._connection = self._login_again()
        self._hear(f"asking Snowflake again: all rows of '{excerpt(statement.sql)[:60]}' are fetched anew")

    def _login_again(self) -> Any:
        """As patiently as a statement is taken up: the connector tries a login but twice."""
        for wait_s in _WAITS_S:
            try:
                return self._login()
            except UnreachableError:
                time.sleep(wait_s)
        return self._login()

    def _login(self) -> Any:
        where: dict[str, Any] = {"connections_file_path": self._file} if self._file else {}
        patience = {"login_timeout": max(1, round(self._patience_s)), "backoff_policy": tried_for(self._patience_s)}
        try:
            return snowflake.connector.connect(connection_name=self._name, **patience, **where)
        except (errors.Error, OSError, ValueError, TypeError) as error:
            raise refused_login(self._name, error) from None  # the connector's own text and traceback may quote the connection

    def _refused(self, statement: _Statement, error: Exception) -> WarehouseError:
        assert isinstance(error, errors.Error)  # any other is a loss
        return refused(statement.sql, error, self.session)


def _rows(cursor: Any) -> pa.Table:
    """All rows; statements that return none of Arrow's (a change, `show`) give theirs by the slower way."""
    try:
        return tidy(cursor.fetch_arrow_all(force_return_table=True))
    except errors.NotSupportedError:
        rows = cursor.fetchall()
        return tidy(pa.table({column.name: [row[index] for row in rows] for index, column in enumerate(cursor.description)}))


def _lost(statement: _Statement, error: Exception) -> UnreachableError:
    if statement.reads:
        name = f"{type(error).__name__} {getattr(error, 'errno', '')}".strip()
        what = f"Snowflake stopped answering; the statement was taken up again {len(_WAITS_S)} times, in vain ({name})"
        remedy = "Check the network and https://status.snowflake.com, then run the same command again: it begins anew, so nothing counts twice."
        return UnreachableError(what, excerpt(statement.sql), remedy)
    what = "the connection to Snowflake was lost during a statement that changes something: it is not known whether it took effect"
    remedy = "Look it up before you run it again, in Snowsight under Query History, or: select * from table(information_schema.query_history());"
    return UnreachableError(what, excerpt(statement.sql), remedy)
