"""Material for advisers from texts and tables that a test gives."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.history import ALL, EVER
from perfweek.warehouse.look import look_at
from perfweek.warehouse.sql import read_sql

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def statement(text: str, ms: float = 1000.0, number: int = 0, **values: object) -> dict[str, object]:
    """A row of the history: half of the 100 partitions of its tables are scanned."""
    start = BEGIN + timedelta(seconds=10 * number)
    return {
        "query_id": f"q{number:05}",
        "query_text": text,
        "query_type": "SELECT",
        "execution_status": "SUCCESS",
        "warehouse_name": "W",
        "warehouse_size": "Medium",
        "start_time": start,
        "end_time": start + timedelta(milliseconds=ms),
        "total_elapsed_time": ms,
        "compilation_time": 1.0,
        "execution_time": ms,
        "queued_overload_time": 0.0,
        "bytes_scanned": 10**7,
        "partitions_scanned": 50,
        "partitions_total": 100,
        "rows_produced": 10,
        "query_tag": "",
        "bind_values": "[]",
    } | values


def quick(number: int) -> dict[str, object]:
    """A statement that takes no time to speak of: what every statement takes."""
    return statement(f"select 1 from tiny where a = {number}", 1.0, number)


def material(rows: Sequence[Mapping[str, object]], tables: Sequence[KnownTable] = ()) -> Material:
    """What the advisers would be given for a history of these rows."""
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        warehouse.use_history(pa.Table.from_pylist([{**row, "query_id": f"q{place:05}"} for place, row in enumerate(rows)]))
        look = look_at(warehouse)
        statements = warehouse.query(read_sql("history/statements"), {"since": EVER, "below": ALL}).to_pandas()
    return Material(look, statements, "export", {".".join(table.name).lower(): table for table in tables})


def known(name: str, rows: pa.Table, share: float = 1.0, **values: object) -> KnownTable:
    """A table by its dotted name as it is stored; `rows` are `share` of it."""
    types = {field.name: _snowflake_type(field.type) for field in rows.schema}
    return KnownTable(tuple(name.split(".")), types, round(rows.num_rows / share), rows.nbytes, rows, share, **values)  # type: ignore[arg-type]


def tpch(folder: Path, scale: float = 0.002) -> dict[str, pa.Table]:
    """The eight tables of TPC-H by name in capitals, their columns in capitals."""
    generator = Path(sys.executable).parent / "tpchgen-cli"
    subprocess.run([generator, "parquet", "-s", str(scale), "--output-dir", folder], check=True, capture_output=True, timeout=120)
    tables = {path.stem.upper(): pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    return {name: table.rename_columns([column.upper() for column in table.column_names]) for name, table in tables.items()}


def _snowflake_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP_LTZ" if kind.tz else "TIMESTAMP_NTZ"
    if pa.types.is_decimal(kind):
        return f"NUMBER({kind.precision},{kind.scale})"
    named = {"date32[day]": "DATE", "int64": "NUMBER(38,0)", "int32": "NUMBER(38,0)", "double": "FLOAT", "bool": "BOOLEAN"}
    return named.get(str(kind), "TEXT")
