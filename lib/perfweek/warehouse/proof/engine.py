"""Where statements are compared: an in-memory engine that holds a case's tables, reaches nothing else, and is given up after a time."""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot import ErrorLevel, exp

from perfweek.warehouse.fingerprint import digest

LONGEST_S = 20.0
_SAFE: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False, "threads": 1, "memory_limit": "1GB"}


class CannotRun(Exception):
    """Why the engine could not run a statement."""


@dataclass(frozen=True)
class Result:
    """A statement's columns (names in lower case), their types as DuckDB calls them, and its rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[object, ...]]


class Engine:
    """Tables by their qualified names in capitals. Values of tables and statements cannot reach files, the network or settings."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Tables of the same name give way."""
        for name, rows in tables.items():
            self._connection.register("given", rows)
            self._execute(f"create or replace table {inner_name(name)} as select * from given")
            self._connection.unregister("given")

    def make(self, name: str, definition: str) -> None:
        """A view's content as a table that later statements may read; `definition` as `text_of` gives it."""
        self._execute(f"create or replace table {inner_name(name)} as {definition}")

    def run(self, sql: str) -> Result:
        """The result of a text of `text_of`. Raises CannotRun for what this engine does not understand, or not in 20 s."""
        cursor = self._execute(sql)
        columns = cursor.description or []
        return Result(tuple(one[0].lower() for one in columns), tuple(str(one[1]) for one in columns), cursor.fetchall())

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        timer = threading.Timer(LONGEST_S, self._connection.interrupt)
        timer.start()
        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            raise CannotRun(str(error).strip().splitlines()[0]) from error
        finally:
            timer.cancel()


def inner_name(name: str) -> str:
    """What the table of that qualified name is called in an engine."""
    return f"t_{digest(name)[:12]}"


def text_of(query: exp.Query, names: Collection[str]) -> str:
    """The query in the engine's dialect, tables of these qualified names (in capitals) by their inner names."""

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.CountIf):  # over no rows it is 0 on Snowflake, NULL here
            return exp.Count(this=exp.Case(ifs=[exp.If(this=node.this, true=exp.Literal.number(1))]))
        name = ".".join(part.name for part in node.parts).upper() if isinstance(node, exp.Table) else ""
        if name not in names:
            return node
        table = exp.to_table(inner_name(name))
        for part in ("joins", "pivots", "sample"):
            table.set(part, node.args.get(part))
        return exp.alias_(table, node.alias_or_name, table=True)

    return query.transform(renamed).sql("duckdb", identify=True, unsupported_level=ErrorLevel.IGNORE)


@contextmanager
def engine(tables: Mapping[str, pa.Table] | None = None) -> Iterator[Engine]:
    """An engine with these tables. Raises CannotRun where they cannot be held."""
    connection = duckdb.connect(":memory:", config=_SAFE)
    try:
        connection.execute("set timezone = 'UTC'")
        made = Engine(connection)
        made.load(tables or {})
        yield made
    finally:
        connection.close()
