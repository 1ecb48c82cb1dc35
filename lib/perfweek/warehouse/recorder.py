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
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from perfweek.warehouse.dialect import Statement
from perfweek.warehouse.history_file import HistoryFile
from perfweek.warehouse.profile import read_profile
from perfweek.warehouse.storage import Storage

METRICS = (
    "query.total_time",
    "parser.total_time",
    "planner.total_time",
    "optimizer.total_time",
    "physical_planner.total_time",
    "operator.type",
    "operator.extra_info",
    "operator.row_groups_scanned",
    "operator.total_row_groups_to_scan",
    "system.peak_temp_dir_size",
)
_TYPES = {bool: "BOOLEAN", int: "FIXED", float: "REAL", Decimal: "FIXED", datetime: "TIMESTAMP_NTZ", bytes: "BINARY"}
_CHANGED = {"INSERT": "rows_inserted", "UPDATE": "rows_updated", "DELETE": "rows_deleted"}
_NO_QUEUE = dict.fromkeys(("queued_provisioning_time", "queued_repair_time", "queued_overload_time", "transaction_blocked_time"), 0)
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Span:
    """When a statement started (seconds since the epoch) and how long its caller waited."""

    started_s: float
    elapsed_ms: float


class Recorder:
    """Appends one row of the history for each statement; adds at most 0.2 ms to it at the median (see bench.py)."""

    def __init__(self, path: Path, engine: duckdb.DuckDBPyConnection, catalog: str) -> None:
        self._file = HistoryFile(path)
        self._storage = Storage(engine.cursor())
        self._process = str(uuid.uuid4())[:24]
        self._numbers = count(1)
        self._sessions = count(1)
        self._threads = threading.local()
        self._heads: dict[str, str] = {}
        workers = engine.execute("select current_setting('threads')").fetchall()[0][0]
        self._context = {
            "database_name": catalog.upper(),
            "schema_name": "MAIN",
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

    def watch(self, session: duckdb.DuckDBPyConnection) -> None:
        """Switch the profiler of `session` on, for the metrics that the history needs: each further one costs time."""
        session.execute("set enable_profiling = 'no_output'")
        session.execute("set profiling_coverage = 'ALL'")
        session.execute(f"set tracked_metrics = {list(METRICS)}")

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
        profile = read_profile(session.get_profiling_information(format="json"))
        table, rows = result
        row = self._row(tag, span) | {
            "execution_status": "SUCCESS",
            "bind_values": _bound(statement, values),
            "compilation_time": round(profile.compilation_ms, 3),
            "execution_time": round(profile.execution_ms, 3),
            "bytes_scanned": self._storage.bytes_scanned(profile.scans),
            "partitions_scanned": sum(scan.row_groups_scanned for scan in profile.scans),
            "partitions_total": sum(scan.row_groups_total for scan in profile.scans),
            "bytes_spilled_to_local_storage": profile.spilled,
            "bytes_written_to_result": table.nbytes,
            "rows_written_to_result": table.num_rows,
            "rows_produced": rows,
        }
        if statement.kind in _CHANGED:
            row[_CHANGED[statement.kind]] = rows
        self._write(self._head(statement.text, statement), row)

    def failure(self, sql: str, statement: Statement | None, tag: Mapping[str, str] | None, span: Span, error: Exception) -> None:
        """Record a statement that was refused, before or after it was translated."""
        row = self._row(tag, span) | {
            "execution_status": "FAIL",
            "error_code": type(error).__name__,
            "error_message": str(error)[:5000],
            **dict.fromkeys(("compilation_time", "execution_time", "bytes_scanned", "rows_produced", "partitions_scanned", "partitions_total"), 0),
        }
        self._write(self._head(sql, statement), row)

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

    def _row(self, tag: Mapping[str, str] | None, span: Span) -> dict[str, object]:
        if not hasattr(self._threads, "session"):
            self._threads.session = next(self._sessions)
        return {
            "query_id": f"{self._process}{next(self._numbers):012x}",
            "session_id": self._threads.session,
            "query_tag": _encode(dict(tag)) if tag else "",
            "start_time": datetime.fromtimestamp(span.started_s, UTC).isoformat(),
            "end_time": datetime.fromtimestamp(span.started_s + span.elapsed_ms / 1000, UTC).isoformat(),
            "total_elapsed_time": round(span.elapsed_ms, 3),
        }

    def _write(self, head: str, row: dict[str, object]) -> None:
        self._file.append(f"{head},{_encode(row)[1:]}".encode())


def _bound(statement: Statement, values: Mapping[str, object]) -> list[dict[str, object]]:
    return [
        {"name": name, "type": _TYPES.get(type(values[name]), "TEXT"), "value": None if values[name] is None else str(values[name])}
        for name in statement.names
    ]
