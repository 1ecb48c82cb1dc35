"""Writing the query history of the embedded warehouse: what each column holds, and how it gets into the file.

    compilation_time   parser, binder, optimizer and physical planner, as the profiler timed them
    execution_time     the rest of the profiler's total time
    total_elapsed_time what the caller waited: the above, fetching the rows, and reading the statement a first time
    partitions_*       row groups scanned and held by the scanned tables, one sum over all scans of the statement
    bytes_scanned      stored size of the columns used in the row groups scanned (storage.py)
    bytes_spilled_to_local_storage   largest size of the temporary folder
    bind_values        name, type and value of each bound parameter, in the order of the markers
    error_code         the class of DuckDB's error

What an embedded engine has no counterpart for is null; queues do not exist, so their times are 0.
"""

import json
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from perfweek.warehouse.dialect import Statement
from perfweek.warehouse.history_file import HistoryFile
from perfweek.warehouse.profile import last_profile
from perfweek.warehouse.storage import Storage

_TYPES = {bool: "BOOLEAN", int: "FIXED", float: "REAL", Decimal: "FIXED", datetime: "TIMESTAMP_NTZ", bytes: "BINARY"}
_CHANGED = {"INSERT": "rows_inserted", "UPDATE": "rows_updated", "DELETE": "rows_deleted"}
_NO_QUEUE = dict.fromkeys(("queued_provisioning_time", "queued_repair_time", "queued_overload_time", "transaction_blocked_time"), 0)
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Span(NamedTuple):
    """When a statement started (seconds since the epoch) and how long its caller waited."""

    started_s: float
    elapsed_ms: float


class Recorder:
    """Appends one row of the history for each statement; adds at most 0.2 ms to it at the median (see bench.py)."""

    def __init__(self, path: Path, session: duckdb.DuckDBPyConnection) -> None:
        """`session` is one of the engine's that nothing else uses."""
        self._file = HistoryFile(path)
        self._storage = Storage(session)
        self._process = str(uuid.uuid4())[:24]
        self._numbers = count(1)
        self._sessions = count(1)
        self._threads = threading.local()
        self._heads: dict[str, str] = {}
        catalog, schema, workers = session.execute("select current_catalog(), current_schema(), current_setting('threads')").fetchall()[0]
        self._context = {
            "database_name": catalog.upper(),
            "schema_name": schema.upper(),
            "user_name": "PERFWEEK",
            "role_name": "PERFWEEK",
            "warehouse_name": "EMBEDDED",
            "warehouse_size": f"{workers} threads",
            "warehouse_type": "DUCKDB",
            "release_version": duckdb.__version__,
            "is_client_generated_statement": False,
            "query_hash_version": 1,
            "query_parameterized_hash_version": 1,
            "bytes_spilled_to_remote_storage": 0,
            **_NO_QUEUE,
        }

    def success(
        self,
        session: duckdb.DuckDBPyConnection,
        statement: Statement,
        values: Mapping[str, object],
        tag: Mapping[str, str] | None,
        span: Span,
        result: tuple[pa.Table, int],
    ) -> None:
        """Record a statement that ran in `session`; `result` is its table and the number of rows returned or changed."""
        profile = last_profile(session)
        table, rows = result
        scanned = self._storage.bytes_scanned(statement, values, profile)
        changed = _CHANGED.get(statement.kind)
        self._write(
            self._head(statement.text, statement),
            tag,
            span,
            f'"execution_status":"SUCCESS","bind_values":{_bound(statement, values)},"compilation_time":{profile.compilation_ms:.3f},'
            f'"execution_time":{profile.execution_ms:.3f},"bytes_scanned":{"null" if scanned is None else scanned},'
            f'"partitions_scanned":{sum(profile.scanned)},"partitions_total":{sum(profile.totals)},'
            f'"bytes_spilled_to_local_storage":{profile.spilled},'
            f'"rows_written_to_result":{table.num_rows},"rows_produced":{rows}' + (f',"{changed}":{rows}' if changed else ""),
        )

    def failure(self, sql: str, statement: Statement | None, tag: Mapping[str, str] | None, span: Span, error: Exception) -> None:
        """Record a statement that was refused, before or after it was translated."""
        row = {
            "execution_status": "FAIL",
            "error_code": type(error).__name__,
            "error_message": str(error)[:5000],
            **dict.fromkeys(("compilation_time", "execution_time", "bytes_scanned", "rows_produced", "partitions_scanned", "partitions_total"), 0),
        }
        self._write(self._head(sql, statement), tag, span, _encode(row)[1:-1])

    def close(self) -> None:
        self._file.close()

    def _head(self, sql: str, statement: Statement | None) -> str:
        """The part of a row that all runs of a statement share, as JSON without its closing brace."""
        head = self._heads.get(sql)
        if head is None:
            details = {"query_type": "UNKNOWN"}
            if statement:
                details = {"query_type": statement.kind, "query_hash": statement.query_hash, "query_parameterized_hash": statement.parameterized_hash}
            head = _encode({"query_text": sql[:100_000], **self._context, **details})[:-1]
            if len(self._heads) < 4096:
                self._heads[sql] = head
        return head

    def _write(self, head: str, tag: Mapping[str, str] | None, span: Span, rest: str) -> None:
        """Put the line together as text: a dictionary and its encoding would take twice as long."""
        session = getattr(self._threads, "session", None) or self._new_session()
        start, end = datetime.fromtimestamp(span.started_s, UTC), datetime.fromtimestamp(span.started_s + span.elapsed_ms / 1000, UTC)
        self._file.append(
            f'{head},"query_id":"{self._process}{next(self._numbers):012x}","session_id":{session},"query_tag":{_tag(tag)},'
            f'"start_time":"{start.isoformat()}","end_time":"{end.isoformat()}","total_elapsed_time":{span.elapsed_ms:.3f},{rest}}}'.encode()
        )

    def _new_session(self) -> int:
        self._threads.session = next(self._sessions)
        return self._threads.session


def _tag(tag: Mapping[str, str] | None) -> str:
    """The tag's JSON text, as a JSON string. Put together by hand: an encoder of containers is made anew at each call."""
    if not tag:
        return '""'
    return _encode("{" + ",".join(f"{_encode(name)}:{_encode(value)}" for name, value in tag.items()) + "}")


def _bound(statement: Statement, values: Mapping[str, object]) -> str:
    return "[" + ",".join([_bound_value(name, values[name]) for name in statement.names]) + "]"


def _bound_value(name: str, value: object) -> str:
    text = "null" if value is None else _encode(str(value))
    return f'{{"name":"{name}","type":"{_TYPES.get(type(value), "TEXT")}","value":{text}}}'
