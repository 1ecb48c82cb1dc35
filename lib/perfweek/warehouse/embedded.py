"""The embedded warehouse: DuckDB under the interface of the Snowflake connection, with a true query history."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from perfweek.errors import UnreadableError, WarehouseError
from perfweek.warehouse.account_usage import VIEWS
from perfweek.warehouse.columns import DUCKDB_TYPES
from perfweek.warehouse.dialect import Statement, translate
from perfweek.warehouse.history_view import HISTORY, KEYED_HISTORY, MOST_CHECKED, repeated_rows, show_files, write_each_once
from perfweek.warehouse.interface import NOTHING
from perfweek.warehouse.profile import watch
from perfweek.warehouse.recorder import Recorder, Span
from perfweek.warehouse.tidy import needs_tidying, tidy

CATALOG = "embedded"
_ACCOUNT_USAGE = "snowflake.account_usage"


class EmbeddedWarehouse:
    """A DuckDB file as a warehouse; any number of threads may call `query` (each gets a session of its own).

    With `history`, every statement is appended to that file (one JSON object a line) in the columns and units of
    SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY before `query` returns, failed ones too. Values come from DuckDB's own
    profiler: row groups stand for micro-partitions, the temporary folder for local spilling, times keep fractions of a
    millisecond because most statements take less than a few. The same rows, of this and of earlier processes, are
    `snowflake.account_usage.query_history` in the engine itself. See recorder.py for what each column holds.
    """

    taken_up = 0

    def __init__(self, database: Path, history: Path | None = None, read_only: bool = False, threads: int | None = None) -> None:
        self._recorder: Recorder | None = None
        self._keyed = False
        self.repeated = 0
        self._database = database
        self._sessions = threading.local()
        if read_only and not database.is_file():
            raise WarehouseError("the embedded database does not exist", str(database), "Make it with the target's prepare command.")
        self._engine = duckdb.connect(":memory:", config={"threads": threads} if threads else {})
        try:
            self._attach(read_only)
            self._attach_history(history)
        except duckdb.Error as error:
            self._engine.close()
            raise _cannot_open(database, error) from error
        if history:
            self._recorder = Recorder(history, self._new_session())

    @property
    def engine(self) -> str:
        return f"DuckDB {duckdb.__version__}, embedded"

    def query(self, sql: str, parameters: Mapping[str, object] = NOTHING, tag: Mapping[str, str] | None = None) -> pa.Table:
        """See `Warehouse.query`. A statement that changes data returns the engine's count of rows."""
        started_s, clock = time.time(), time.perf_counter()
        statement = None
        try:
            statement = translate(sql)
            values = _values(statement, parameters)
            session = self._session()
            table, rows = _run(session, self._with_keys(statement), values)
        except (duckdb.Error, WarehouseError) as error:
            if self._recorder:
                self._recorder.failure(sql, statement, tag, Span(started_s, _since(clock)), error)
            raise (error if isinstance(error, WarehouseError) else _refused(sql, error)) from error
        if self._recorder:
            self._recorder.success(session, statement, values, tag, Span(started_s, _since(clock)), (table, rows))
        return table

    def use_history(self, rows: pa.Table) -> None:
        """Let `rows`, in columns of QUERY_HISTORY, stand in snowflake.account_usage.query_history; other columns are null there."""
        self.use_view("query_history", rows)

    def use_view(self, view: str, rows: pa.Table) -> None:
        """Let `rows` stand in a view of snowflake.account_usage (account_usage.py names their columns); columns not given are null there."""
        session = self._engine.cursor()
        try:
            session.register("given_rows", rows)
            session.execute(f"drop view if exists {_ACCOUNT_USAGE}.{view}; drop table if exists {_ACCOUNT_USAGE}.{view}")
            session.execute(f"create table {_ACCOUNT_USAGE}.{view} as select {_as_columns(view, rows.column_names)} from given_rows")
        except duckdb.Error as error:
            raise WarehouseError(f"the rows are not a {view.replace('_', ' ')}: {_problem(error)}", f"{_ACCOUNT_USAGE}.{view}") from error
        finally:
            session.unregister("given_rows")

    def use_history_file(self, path: Path | Sequence[Path], spill: Path, memory_mb: int = 500) -> None:
        """Let Parquet files stand in snowflake.account_usage.query_history without loading them; what does not fit goes to `spill`.

        A statement that several rows have counts once; `repeated` says how many rows are left out. Where there are many texts without
        a hash, questions for a text_key find one made from them (see text_keys.py).
        """
        paths = [path] if isinstance(path, Path) else path
        session = self._engine.cursor()
        session.execute(f"set memory_limit = '{memory_mb}MB'; set preserve_insertion_order = false; set timezone = 'UTC'")
        session.execute("set temp_directory = '" + str(spill).replace("'", "''") + "'")
        self._keyed = show_files(session, paths, partial(_as_columns, "query_history"))
        if len(paths) > 1 or pq.read_metadata(paths[0]).num_rows <= MOST_CHECKED:
            self.repeated = repeated_rows(session)
        if self.repeated:
            once = spill / "once.parquet"
            write_each_once(session, once)
            self._keyed = show_files(session, [once], partial(_as_columns, "query_history"))

    def _with_keys(self, statement: Statement) -> Statement:
        """Only who asks for keys waits for them."""
        if self._keyed and " as text_key" in statement.duckdb.lower():
            return replace(statement, duckdb=statement.duckdb.replace(HISTORY, KEYED_HISTORY))
        return statement

    def interrupter(self) -> Callable[[], None]:
        """What another thread may call to stop the statement that this thread is running; `query` then raises WarehouseError."""
        return self._session().interrupt

    def close(self) -> None:
        """Write what is open to the database file and release it."""
        self._engine.close()
        if self._recorder:
            self._recorder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _attach(self, read_only: bool) -> None:
        path = str(self._database).replace("'", "''")
        self._engine.execute(f"attach '{path}' as {CATALOG}" + (" (read_only)" if read_only else ""))
        if not read_only:
            self._engine.execute(f"set temp_directory = '{path}.tmp'")

    def _attach_history(self, history: Path | None) -> None:
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in DUCKDB_TYPES.items())
        names = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in DUCKDB_TYPES.items())
        rows = f"select {names} limit 0"
        if history:
            history.touch()
            path = str(history).replace("'", "''")
            rows = f"select * from read_json('{path}', format = 'newline_delimited', columns = {{{columns}}}, ignore_errors = true)"
            rows += " where query_id is not null"  # a line that cannot be read is a row of nulls
        self._engine.execute("attach ':memory:' as snowflake; create schema snowflake.account_usage")
        self._engine.execute(f"create view snowflake.account_usage.query_history as {rows}")

    def _session(self) -> duckdb.DuckDBPyConnection:
        session = getattr(self._sessions, "connection", None)
        if session is None:
            session = self._new_session()
            if self._recorder:
                watch(session)
            self._sessions.connection = session
        return session

    def _new_session(self) -> duckdb.DuckDBPyConnection:
        session = self._engine.cursor()
        session.execute(f"use {CATALOG}")
        session.execute("set timezone = 'UTC'")
        return session


def _since(clock: float) -> float:
    return (time.perf_counter() - clock) * 1000


def _values(statement: Statement, parameters: Mapping[str, object]) -> dict[str, object]:
    missing = [name for name in statement.names if name not in parameters]
    if missing:
        raise WarehouseError(f"no value for the parameter {missing[0]}", statement.text[:120], "Give one for every %(name)s of the statement.")
    return {name: parameters[name] for name in statement.names}


def _run(session: duckdb.DuckDBPyConnection, statement: Statement, values: dict[str, object]) -> tuple[pa.Table, int]:
    """The result with its columns in lower case, and the number of rows returned or changed."""
    if statement.kind == "SELECT":
        table = session.sql(statement.duckdb, params=values or None).to_arrow_table()
        return (tidy(table) if needs_tidying(table.schema) else table), table.num_rows
    session.execute(statement.duckdb, values or None)
    rows = session.fetchall() if session.description else []
    names = [column[0].lower() for column in session.description or ()]
    changed = rows[0][0] if names == ["count"] and rows else 0
    return pa.table({name: [row[index] for row in rows] for index, name in enumerate(names)}), changed


def _as_columns(view: str, given: list[str]) -> str:
    names = {name.lower(): name for name in given}
    return ", ".join(f"cast({_quoted(names[name]) if name in names else 'null'} as {kind}) as {name}" for name, kind in VIEWS[view].items())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _problem(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]


def _refused(sql: str, error: duckdb.Error) -> WarehouseError:
    kind = UnreadableError if isinstance(error, duckdb.CatalogException) else WarehouseError
    return kind(f"the warehouse refused a statement: {_problem(error)}", " ".join(sql.split())[:120])


def _cannot_open(database: Path, error: duckdb.Error) -> WarehouseError:
    problem = _problem(error)
    if "lock" in problem.lower() or "already attached" in problem:
        return WarehouseError(f"the embedded database is in use: {problem}", str(database), "Stop the service that has it open, then try again.")
    return WarehouseError(
        f"the embedded database cannot be opened: {problem}", str(database), "Move the file away and make it anew with the target's prepare command."
    )
