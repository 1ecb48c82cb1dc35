"""A local Snowflake of its own (fakesnow, as a process) with the last day of a service: tables, history, metering, pruning."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import snowflake.connector
from warehouse.conftest import history_row, load_view

CREDITS_PER_HOUR = 2
"""Of a Small warehouse."""
HOURS = 6
RUNS = 15
"""An hour, of each kind of statement."""
CATALOGUE = "catalog.sophia_core.unified_data_catalog"
SHAPES = (
    ("GET /assets/{id}", f"select * from {CATALOGUE} where asset_id = %d", 60, 9),
    ("GET /assets", f"select asset_id, created_at from {CATALOGUE} where source_system = 's%d' order by created_at desc limit 50", 200, 10),
    ("GET /stats/daily", f"select count(*) as n, avg(size) as size from {CATALOGUE} where created_at >= '2026-01-%02d'", 1500, 8),
)
"""Endpoint, text, execution time in ms, partitions scanned of 10."""


def last_day() -> datetime:
    """The full hour from which on the history runs."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS + 3)


def views() -> dict[str, list[dict[str, Any]]]:
    """Attributed and idle credits add up to those metered in each hour: the warehouse is on for half an hour of each."""
    begin, statements, attributed, metered = last_day(), [], [], []
    for hour in range(HOURS):
        start, spent = begin + timedelta(hours=hour), 0.0
        for number in range(RUNS):
            for place, (endpoint, text, ms, scanned) in enumerate(SHAPES):
                row = _statement(start + timedelta(seconds=100 * number + 10 * place), endpoint, text % (1 + number % 28), ms, scanned, place)
                row["query_id"] = f"{hour:02}-{number:03}-{place}"
                share = ms / 3_600_000 * CREDITS_PER_HOUR
                spent += share
                statements.append(row)
                attributed.append(
                    {key: row[key] for key in ("query_id", "warehouse_name", "query_parameterized_hash", "start_time", "end_time")}
                    | {"credits_attributed_compute": share}
                )
        metered.append(
            {"start_time": start, "end_time": start + timedelta(hours=1), "warehouse_name": "SERVICE", "credits_used": 1.0}
            | {"credits_used_compute": 1.0, "credits_used_cloud_services": 0.0, "credits_attributed_compute_queries": spent}
        )
    return {"query_history": statements, "query_attribution_history": attributed, "warehouse_metering_history": metered}


def _statement(start: datetime, endpoint: str, text: str, ms: int, scanned: int, place: int) -> dict[str, Any]:
    return history_row(
        1,
        query_text=text,
        query_tag=json.dumps({"route": endpoint, "request_id": f"{start:%d%H%M%S}"}),
        warehouse_name="SERVICE",
        warehouse_size="Small",
        start_time=start,
        end_time=start + timedelta(milliseconds=ms),
        total_elapsed_time=float(ms + 10),
        compilation_time=10.0,
        execution_time=float(ms),
        bytes_scanned=scanned * 10**7,
        rows_produced=10,
        partitions_scanned=scanned,
        query_hash=f"{abs(hash(text)) % 2**64:032x}",
        query_parameterized_hash=f"{place:032x}",
    )


@contextmanager
def serving() -> Iterator[str]:
    """The connections.toml of a local Snowflake that holds the tables and the views; its connection is `service`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "fakesnow", "-s", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = {"account": "a", "user": "someone", "password": "hunter2-very-secret", "host": "127.0.0.1", "port": port, "protocol": "http"}
    quiet = "[service.session_parameters]\nCLIENT_OUT_OF_BAND_TELEMETRY_ENABLED = false\nCLIENT_TELEMETRY_ENABLED = false\n"
    try:
        _fill(options)
        yield "[service]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items()) + quiet
    finally:
        server.terminate()
        server.wait(20)


def _fill(options: dict[str, Any]) -> None:
    with _patiently(options) as connection, connection.cursor() as cursor:
        for statement in ("create database CATALOG", "create schema CATALOG.SOPHIA_CORE"):
            cursor.execute(statement)
        cursor.execute(
            f"""create table {CATALOGUE} as select
            seq4() as asset_id,
            dateadd(minute, mod(seq4() * 7919, 40000), '2026-01-01'::timestamp) as created_at,
            's' || mod(seq4(), 5) as source_system, mod(seq4(), 977) as size from table(generator(rowcount => 40000))"""
        )
        for statement in ("create database SNOWFLAKE", "create schema SNOWFLAKE.ACCOUNT_USAGE"):
            cursor.execute(statement)
        for view, rows in views().items():
            load_view(cursor, view, rows)


def _patiently(options: dict[str, Any], seconds: float = 60) -> Any:
    """A connection as soon as the server listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection((options["host"], options["port"]), timeout=1):
                return snowflake.connector.connect(**options, session_parameters={"CLIENT_TELEMETRY_ENABLED": False})
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
