"""Reading a query history from a file: what the embedded warehouse recorded (NDJSON), or an export as CSV or Parquet."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from perfweek.errors import EvidenceError
from perfweek.warehouse.columns import DUCKDB_TYPES

REQUIRED = ("query_id", "query_text", "start_time", "execution_time", "bytes_scanned", "rows_produced")
FEWEST = ("query_id", "query_text", "start_time", "execution_time")
"""Without these nothing can be said; without others something cannot."""
_AGAIN = "Export SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY again, with its own column names and a header line."
_NULLS = ["", "\\N", "NULL", "null"]


def read_export(path: Path, required: Sequence[str] = REQUIRED) -> pa.Table:
    """The rows of a history file, columns in lower case, times in UTC (a time without a zone is taken for UTC).

    Formats by name: .ndjson, .jsonl or .json, .parquet, .csv; text also as .gz or .zst. A torn line of an NDJSON file is left out and
    counted in the table's metadata (`torn_lines`). Raises EvidenceError for a file that is missing, of another kind,
    truncated, empty, without a required column, or with a value that is none of its column's type.
    """
    reader = _READERS[checked_kind(path)]
    rows = reader(path)
    check_columns(rows.column_names, path, required)
    if not rows.num_rows:
        raise EvidenceError("the query history holds no statement", str(path), "Widen the time range of the export, or measure again.")
    return rows


def checked_kind(path: Path) -> str:
    """The format of an existing file. Raises EvidenceError where it is missing or of another kind."""
    if not path.is_file():
        raise EvidenceError(
            "there is no such query history", str(path), "Mend [warehouse] history, or run the day that measures it: perfweek run monday"
        )
    if not kind_of(path):
        raise EvidenceError("this is no query history that can be read", str(path), "Give it as .csv, .parquet or .ndjson.")
    with path.open("rb") as content:
        if content.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
            raise EvidenceError("this is a web page, no query history", str(path), "It may be that of a login: download the export itself.")
    return kind_of(path)


def check_columns(names: Sequence[str], path: Path, required: Sequence[str]) -> None:
    """Raises EvidenceError that names the required columns which are not there (whatever their case)."""
    known = {name.lower() for name in names}
    missing = [name for name in required if name not in known]
    if missing:
        raise EvidenceError(f"the query history has no column {', '.join(missing)}", str(path), _AGAIN)


def kind_of(path: Path) -> str:
    """The format that the name tells: 'csv', 'parquet', 'ndjson', 'jsonl' or 'json'; '' for none of them."""
    name = path.with_suffix("").name if is_compressed(path) else path.name
    ending = name.rpartition(".")[2].lower()
    return ending if ending in _READERS else ""


def is_compressed(path: Path) -> bool:
    return path.suffix.lower() in (".gz", ".zst")


@contextmanager
def opened_text(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed. Raises EvidenceError where they end too early or are none of their kind."""
    try:
        with pa.input_stream(str(path), compression="detect") as content:
            yield cast(BinaryIO, io.BufferedReader(content))
    except (OSError, EOFError) as error:
        raise EvidenceError(f"the file is truncated or damaged: {_line(error)}", str(path), _AGAIN) from error


def torn_lines(rows: pa.Table) -> int:
    """How many lines `read_export` left out."""
    return int((rows.schema.metadata or {}).get(b"torn_lines", 0))


def _read_ndjson(path: Path) -> pa.Table:
    """Lines with the known columns. A line that is no JSON object, such as the last one of a killed service, is torn."""
    lines, first = 0, b""
    with opened_text(path) as content:
        for line in content:
            lines += bool(line.strip())
            first = first or (line if line.strip() else b"")
    keys = keys_of(first)
    if not {key.lower() for key in keys} & set(REQUIRED):
        return pa.table({key.lower(): pa.array([], pa.string()) for key in keys} or {"none": pa.array([], pa.string())})
    with duckdb.connect() as connection:
        whole = json_rows(connection, path, keys)
    return whole.replace_schema_metadata({b"torn_lines": str(lines - whole.num_rows).encode()})


def json_rows(connection: duckdb.DuckDBPyConnection, path: Path, keys: Sequence[str]) -> pa.Table:
    """The lines of a file with these keys, as far as they are known columns; without lines that are no object, or have no query_id."""
    connection.execute("set timezone = 'UTC'")
    columns = {key: DUCKDB_TYPES[key.lower()] for key in keys if key.lower() in DUCKDB_TYPES}
    rows = connection.read_json(str(path), columns=columns, format="newline_delimited", ignore_errors=True).to_arrow_table()
    named = rows.rename_columns([key.lower() for key in columns])
    return named.filter(named["query_id"].is_valid()) if "query_id" in named.column_names else named


def keys_of(line: bytes) -> list[str]:
    """The keys of one line as they are written; those of the view where it is torn, and none where it is no object."""
    try:
        found = json.loads(line or b"{}")
    except ValueError:
        return list(DUCKDB_TYPES)
    return list(found) if isinstance(found, dict) else []


def _read_parquet(path: Path) -> pa.Table:
    try:
        return typed(pq.read_table(path), path)
    except (pa.ArrowException, OSError) as error:
        raise EvidenceError(f"the Parquet file is damaged: {_line(error)}", str(path), _AGAIN) from error


def _read_csv(path: Path) -> pa.Table:
    """All columns as text first: what a column holds is decided by its name, not by its first lines."""
    try:
        with pa.input_stream(str(path), compression="detect") as content:
            options = csv_options(path)
            return typed(pa.csv.read_csv(content, parse_options=CSV_FORM, convert_options=options), path)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise damaged(error, path) from error


CSV_FORM = pa.csv.ParseOptions(newlines_in_values=True)


def csv_options(path: Path) -> pa.csv.ConvertOptions:
    """Every column of the header as text. Raises EvidenceError for an empty file."""
    with pa.input_stream(str(path), compression="detect") as content:
        header = content.read(1 << 20).decode("utf-8", "replace").splitlines()
    if not header:
        raise EvidenceError("the query history is an empty file", str(path), _AGAIN)
    names = [name.strip().strip('"') for name in header[0].removeprefix("\ufeff").split(",")]
    return pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=_NULLS, strings_can_be_null=True)


def damaged(error: Exception, path: Path) -> EvidenceError:
    return EvidenceError(f"the CSV file is truncated or damaged: {_line(error)}", str(path), _AGAIN)


def typed(rows: pa.Table, path: Path) -> pa.Table:
    """The known columns by their lower-case names, in the types of `columns.py`; text that is no number or time raises EvidenceError."""
    frame: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        known = name.lower()
        if known in DUCKDB_TYPES:
            frame[known] = _column(known, column, path)
    return pa.table(frame or {"none": pa.array([], pa.string())})


def _column(name: str, column: pa.ChunkedArray, path: Path) -> pa.Array | pa.ChunkedArray:
    kind = DUCKDB_TYPES[name]
    if kind not in ("TIMESTAMPTZ", "BIGINT", "DOUBLE"):
        return column
    values = column.to_pandas()
    try:
        if kind == "TIMESTAMPTZ":
            return pa.array(pd.to_datetime(values, utc=True, format="mixed").astype("datetime64[us, UTC]"), pa.timestamp("us", tz="UTC"))
        numbers = pd.to_numeric(values).astype("float64")
        return pa.array(numbers, pa.float64(), from_pandas=True) if kind == "DOUBLE" else _whole(column, numbers)
    except (ValueError, TypeError, pd.errors.OutOfBoundsDatetime) as error:
        raise EvidenceError(f"a value of {name} is no {'time' if kind == 'TIMESTAMPTZ' else 'number'}: {_line(error)}", str(path), _AGAIN) from error


def _whole(column: pa.ChunkedArray, numbers: pd.Series) -> pa.Array | pa.ChunkedArray:
    """Whole numbers keep every digit (a session id has 17) where the column can be read as such."""
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return pa.array(numbers.round(), pa.int64(), from_pandas=True)


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


_READERS = {"ndjson": _read_ndjson, "jsonl": _read_ndjson, "json": _read_ndjson, "parquet": _read_parquet, "csv": _read_csv}
