"""Big exports are read from Parquet in place: ten million statements in a few seconds, and no more memory than a setting allows.

A big CSV or NDJSON file is turned into Parquet in a temporary folder first, some megabytes at a time.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from perfweek.errors import EvidenceError
from perfweek.warehouse.columns import DUCKDB_TYPES
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.export import CSV_FORM, FEWEST, check_columns, checked_kind, csv_options, damaged, read_export, torn_lines, typed

BIG = 200_000_000
"""Bytes of a file beyond which it is not read as a whole; a compressed one counts five times."""
_BLOCK = 8_000_000
_ARROW = {"TIMESTAMPTZ": pa.timestamp("us", tz="UTC"), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
Told = Callable[[float], None]


@contextmanager
def opened_history(path: Path, required: Sequence[str] = FEWEST, told: Told | None = None, big: int = BIG) -> Iterator[tuple[EmbeddedWarehouse, int]]:
    """An engine in which the file is snowflake.account_usage.query_history, and how many of its lines were left out.

    `told` hears which share of a big file is read. Raises EvidenceError as `read_export` does.
    """
    kind = checked_kind(path)
    with EmbeddedWarehouse(Path(":memory:")) as warehouse, TemporaryDirectory(prefix="perfweek-history-") as folder:
        spilled = Path(folder)
        if kind == "parquet" and _in_place(path, required):
            warehouse.use_history_file(path, spilled)
            yield warehouse, 0
        elif kind != "parquet" and _size(path) > big:
            spool = spilled / "history.parquet"
            torn = _spool_csv(path, spool, required, told) if kind == "csv" else _spool_ndjson(path, spool, required)
            warehouse.use_history_file(spool, spilled)
            yield warehouse, torn
        else:
            rows = read_export(path, required)
            warehouse.use_history(rows)
            yield warehouse, torn_lines(rows)


def _size(path: Path) -> int:
    return path.stat().st_size * (5 if path.suffix == ".gz" else 1)


def _in_place(path: Path, required: Sequence[str]) -> bool:
    """Whether the engine can read the file as it is: its columns have the kinds of types that they should."""
    try:
        schema = pq.read_schema(path)
        rows = pq.ParquetFile(path).metadata.num_rows
    except (pa.ArrowException, OSError):
        return False  # read_export says what is wrong
    check_columns(schema.names, path, required)
    return rows > 0 and all(_fits(field) for field in schema if field.name.lower() in DUCKDB_TYPES)


def _fits(field: pa.Field) -> bool:
    kind, found = DUCKDB_TYPES[field.name.lower()], field.type
    if kind in ("BIGINT", "DOUBLE"):
        return bool(pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_decimal(found) or pa.types.is_null(found))
    return bool(pa.types.is_timestamp(found)) if kind == "TIMESTAMPTZ" else not pa.types.is_nested(found)


def _spool_csv(path: Path, spool: Path, required: Sequence[str], told: Told | None) -> int:
    whole = path.stat().st_size
    try:
        with pa.OSFile(str(path)) as file, pa.input_stream(str(path), compression="detect") as content:
            options = pa.csv.ReadOptions(block_size=_BLOCK)
            plain = path.suffix != ".gz"
            reader = pa.csv.open_csv(file if plain else content, read_options=options, parse_options=CSV_FORM, convert_options=csv_options(path))
            check_columns(reader.schema.names, path, required)
            schema = pa.schema([(name, _arrow(name)) for name in map(str.lower, reader.schema.names) if name in DUCKDB_TYPES])
            with pq.ParquetWriter(spool, schema, compression="snappy") as writer:
                for batch in reader:
                    writer.write_table(typed(pa.Table.from_batches([batch]), path).cast(schema))
                    if told and plain:
                        told(min(1.0, file.tell() / whole))
    except (pa.ArrowException, OSError, EOFError) as error:
        raise damaged(error, path) from error
    return 0


def _arrow(name: str) -> pa.DataType:
    return _ARROW.get(DUCKDB_TYPES[name], pa.string())


def _spool_ndjson(path: Path, spool: Path, required: Sequence[str]) -> int:
    with path.open("rb") as content:
        lines = sum(1 for line in content if line.strip())
        content.seek(0)
        names = [name.lower() for name in _object(next(line for line in content if line.strip()))]
    check_columns(names, path, required)
    columns = {name: DUCKDB_TYPES[name] for name in names if name in DUCKDB_TYPES}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set memory_limit = '500MB'; set preserve_insertion_order = false")
        rows = connection.read_json(str(path), columns=columns, format="newline_delimited", ignore_errors=True)
        rows.filter("query_id is not null").to_parquet(str(spool))
    return lines - pq.ParquetFile(spool).metadata.num_rows


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return dict.fromkeys(DUCKDB_TYPES)
    if not isinstance(found, dict):
        raise EvidenceError("the first line is no JSON object", "query history", "Export one object a line.")
    return found
