"""A local Snowflake (fakesnow behind the real connector) that holds the same history as the embedded warehouse."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fakesnow
import pyarrow as pa
import pytest
import snowflake.connector

from perfweek.warehouse.columns import SNOWFLAKE_TYPES
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
    ]


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
    with fakesnow.server() as options:
        path = tmp_path_factory.mktemp("connector") / "connections.toml"
        plain = {**options, "network_timeout": 60}
        path.write_text("[local]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items() if not isinstance(value, dict)))
        path.chmod(0o600)
        yield LocalSnowflake(path, plain)


@pytest.fixture(scope="session")
def both_with_history(local_snowflake: LocalSnowflake) -> Iterator[dict[str, EmbeddedWarehouse | SnowflakeWarehouse]]:
    """The hand-made history as snowflake.account_usage.query_history on both engines."""
    rows = hand_made_history()
    _load(local_snowflake, rows)
    with EmbeddedWarehouse(Path(":memory:")) as embedded, local_snowflake.connect() as snowflake_:
        embedded.use_history(as_arrow(rows))
        yield {"embedded": embedded, "snowflake": snowflake_}


def _load(local: LocalSnowflake, rows: list[dict[str, object]]) -> None:
    names = list(rows[0])
    markers = ", ".join("parse_json(%s)" if name == "bind_values" else "%s" for name in names)
    columns = ", ".join(f"{name} {kind}" for name, kind in SNOWFLAKE_TYPES.items())
    with snowflake.connector.connect(**local.options) as connection, connection.cursor() as cursor:
        cursor.execute("create database SNOWFLAKE")
        cursor.execute("create schema SNOWFLAKE.ACCOUNT_USAGE")
        cursor.execute(f"create table SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY ({columns})")
        for row in rows:
            cursor.execute(f"insert into SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY ({', '.join(names)}) select {markers}", [row[name] for name in names])
