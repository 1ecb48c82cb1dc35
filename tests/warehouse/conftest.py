"""A local Snowflake (fakesnow behind the real connector) that holds the same history as the embedded warehouse."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import snowflake.connector
from fakesnow import server as start_fakesnow  # by this name: once it runs, `fakesnow.server` is its module

from perfweek.warehouse.account_usage import snowflake_types
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.snowflake import SnowflakeWarehouse

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def history_row(number: int, **values: object) -> dict[str, object]:
    """One statement of a hand-made history: it starts `number` seconds after BEGIN and takes `number` ms."""
    start = BEGIN + timedelta(seconds=number)
    return {
        "query_id": f"q{number:03}",
        "query_text": f"select id from catalog.sophia_core.t where id = {number}",
        "query_type": "SELECT",
        "query_tag": json.dumps({"route": "GET /assets", "request_id": f"r{number // 2}"}),
        "session_id": 1,
        "warehouse_name": "W",
        "warehouse_size": "X-Small",
        "execution_status": "SUCCESS",
        "error_code": None,
        "error_message": None,
        "start_time": start,
        "end_time": start + timedelta(milliseconds=number),
        "total_elapsed_time": number + 0.5,
        "compilation_time": 0.5,
        "execution_time": float(number),
        "queued_provisioning_time": 0.0,
        "queued_repair_time": 0.0,
        "queued_overload_time": 0.0,
        "bytes_scanned": 1000 * number,
        "rows_produced": number,
        "partitions_scanned": min(number, 10),
        "partitions_total": 10,
        "bytes_spilled_to_local_storage": 0,
        "bytes_spilled_to_remote_storage": None,
        "query_hash": f"{number:032x}",
        "query_parameterized_hash": "a" * 32,
        "bind_values": "[]",
    } | values


def hand_made_history() -> list[dict[str, object]]:
    """Ten statements of one route, and the awkward ones: no tag, a tag of someone else, a failure, a metadata statement, ties."""
    daily = json.dumps({"route": "GET /stats/daily", "request_id": "d1"})
    return [
        *(history_row(number) for number in range(1, 11)),
        history_row(20, query_tag="", query_parameterized_hash="b" * 32),
        history_row(21, query_tag="dbt: model orders", query_type="INSERT", query_parameterized_hash="c" * 32),
        history_row(22, query_tag=daily, execution_time=20.0, bind_values='[{"name":"day","type":"TEXT","value":"2026-11-23"}]'),
        history_row(23, query_tag=daily, execution_status="FAIL", error_code="2003", error_message="does not exist; 'quoted' \"text\"\n"),
        history_row(24, partitions_scanned=None, partitions_total=None, bytes_scanned=None, execution_time=0.0, query_tag=None),
        history_row(25, query_tag='{"route": "<script>alert(1)</script>"}', query_text="select '%' || \"Ünïcode\"; -- '", execution_time=1500.0),
        history_row(
            26,
            query_tag="",
            query_text="select id from catalog.sophia_core.t where id = 20",
            query_hash=f"{20:032x}",
            query_parameterized_hash="b" * 32,
            execution_time=6.0,
            bytes_spilled_to_local_storage=4096,
        ),
    ]


def hand_made_views() -> dict[str, list[dict[str, object]]]:
    """The views beside QUERY_HISTORY: one metered hour of warehouse W, half of it attributed, and two tables' pruning."""
    hour = {"start_time": BEGIN, "end_time": BEGIN + timedelta(hours=1), "warehouse_name": "W"}
    query = {"query_id": "q001", "warehouse_name": "W", "query_hash": "1" * 32, "query_parameterized_hash": "a" * 32, "query_tag": ""}
    spans = {"interval_start_time": BEGIN, "interval_end_time": BEGIN + timedelta(hours=1), "database_name": "CATALOG", "schema_name": "S"}
    hour_of = {"start_time": BEGIN, "end_time": BEGIN + timedelta(hours=1), "database_name": "CATALOG", "schema_name": "S"}
    pruned = {"num_queries": 4, "aggregate_query_execution_time": 40.0, "partitions_scanned": 30, "partitions_pruned": 10}
    pruned |= {"rows_scanned": 3000, "rows_pruned": 1000, "rows_matched": 600, "query_parameterized_hash": "a" * 32, "warehouse_name": "W"}
    return {
        "warehouse_metering_history": [
            hour | {"credits_used": 1.1, "credits_used_compute": 1.0, "credits_used_cloud_services": 0.1, "credits_attributed_compute_queries": 0.5}
        ],
        "query_attribution_history": [
            query | {"start_time": BEGIN + timedelta(minutes=30), "end_time": BEGIN + timedelta(minutes=90), "credits_attributed_compute": 0.4},
            query | {"start_time": BEGIN, "end_time": BEGIN + timedelta(seconds=6), "query_id": "q002", "credits_attributed_compute": 0.3},
        ],
        "query_metering_history": [
            query | {"query_metering_hour": BEGIN, "warehouse_name": "A", "credits_used_compute": 0.25, "credits_used_cloud_services": 0.0}
        ],
        "query_acceleration_eligible": [
            {name: value for name, value in query.items() if name != "query_tag"}
            | {"start_time": BEGIN, "warehouse_size": "X-Small", "eligible_query_acceleration_time": 12.5, "upper_limit_scale_factor": 4}
        ],
        "table_query_pruning_history": [spans | pruned | {"table_name": name} for name in ("T", "U")],
        "table_dml_history": [hour_of | {"table_name": "T", "rows_added": 100, "rows_removed": 10, "rows_updated": number} for number in (1, 2)],
        "automatic_clustering_history": [
            hour_of | {"table_name": "T", "credits_used": 0.5, "num_bytes_reclustered": 10**9, "num_rows_reclustered": 1000, "version": "CLASSIC"}
        ],
        "column_query_pruning_history": [
            spans | pruned | {"table_name": "T", "column_name": name, "access_type": kind} for name, kind in (("ID", "WHERE"), ("DAY", "JOIN"))
        ],
    }


@pytest.fixture
def history_rows() -> list[dict[str, object]]:
    """The hand-made history, for a test to change."""
    return hand_made_history()


def as_arrow(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows)


@dataclass(frozen=True)
class LocalSnowflake:
    """A connections.toml with the connection `local`, and a way to run set-up statements."""

    connections_file: Path
    options: dict[str, object]

    def connect(self) -> SnowflakeWarehouse:
        return SnowflakeWarehouse("local", self.connections_file)


@pytest.fixture(scope="session")
def local_snowflake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSnowflake]:
    """Shared: a test that changes something makes a database of its own in it."""
    logging.getLogger("snowflake.connector").setLevel(logging.ERROR)
    with start_fakesnow() as options:
        path = tmp_path_factory.mktemp("connector") / "connections.toml"
        plain = {**options, "network_timeout": 60}
        path.write_text("[local]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items() if not isinstance(value, dict)))
        path.chmod(0o600)
        yield LocalSnowflake(path, plain)


@pytest.fixture(scope="session")
def both_with_history(local_snowflake: LocalSnowflake) -> Iterator[dict[str, EmbeddedWarehouse | SnowflakeWarehouse]]:
    """The hand-made history as snowflake.account_usage.query_history on both engines."""
    views = {"query_history": hand_made_history(), **hand_made_views()}
    with snowflake.connector.connect(**local_snowflake.options) as connection, connection.cursor() as cursor:
        cursor.execute("create database SNOWFLAKE")
        cursor.execute("create schema SNOWFLAKE.ACCOUNT_USAGE")
        for view, rows in views.items():
            load_view(cursor, view, rows)
    with EmbeddedWarehouse(Path(":memory:")) as embedded, local_snowflake.connect() as snowflake_:
        for view, rows in views.items():
            embedded.use_view(view, as_arrow(rows))
        yield {"embedded": embedded, "snowflake": snowflake_}


def load_view(cursor, view: str, rows: list[dict[str, object]]) -> None:
    names = list(rows[0])
    markers = ", ".join("parse_json(%s)" if name == "bind_values" else "%s" for name in names)
    columns = ", ".join(f"{name} {kind}" for name, kind in snowflake_types(view).items())
    cursor.execute(f"create table SNOWFLAKE.ACCOUNT_USAGE.{view} ({columns})")
    for row in rows:
        cursor.execute(f"insert into SNOWFLAKE.ACCOUNT_USAGE.{view} ({', '.join(names)}) select {markers}", [row[name] for name in names])
