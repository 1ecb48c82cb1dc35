"""Files of a history as snowflake.account_usage.query_history inside the engine, read where they lie."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from perfweek.warehouse.text_keys import has_long_texts, has_many_texts, keyed, offer_text_keys

HISTORY = "snowflake.account_usage.query_history"
KEYED_HISTORY = "snowflake.account_usage.keyed_query_history"
MOST_CHECKED = 2_000_000
"""Rows of one file among which repeated statements are looked for; several files are always checked, for exports overlap."""


def show_files(session: duckdb.DuckDBPyConnection, paths: Sequence[Path], as_columns: Callable[[list[str]], str]) -> bool:
    """Let Parquet files of one history, columns by name, stand there; `as_columns`: the view's columns from those that are given.

    Whether there are so many texts that KEYED_HISTORY, whose query_parameterized_hash is never null, stands beside it.
    """
    if any(has_long_texts(path) for path in paths):
        session.execute("set threads = 1")  # a batch of 2,048 long texts is hundreds of megabytes, for each thread
    names = {name.lower(): name for path in paths for name in pq.read_schema(path).names}
    columns, rows = as_columns(list(names.values())), _rows(paths)
    session.execute(f"drop view if exists {HISTORY}; drop table if exists {HISTORY}; create view {HISTORY} as select {columns} from {rows}")
    if not any(has_many_texts(path) for path in paths):
        return False
    offer_text_keys(session)
    session.execute(f"create or replace view {KEYED_HISTORY} as select {keyed(columns)} from {rows}")
    return True


def repeated_rows(session: duckdb.DuckDBPyConnection) -> int:
    """Rows beyond the first of each query_id."""
    found = session.execute(f"select count(query_id) - count(distinct hash(query_id)) from {HISTORY}").fetchone()
    return int(found[0]) if found else 0


def write_each_once(session: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The history as a Parquet file with the row of each query_id that ended last; rows without an id stay."""
    session.execute(
        f"copy (select * from {HISTORY} qualify query_id is null or row_number() over (partition by query_id order by end_time desc, start_time) "
        f"= 1) to {_text(path)} (format parquet)"
    )


def _rows(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(_text, paths))}], union_by_name = {str(len(paths) > 1).lower()})"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
