"""Big exports are read from Parquet in place: ten million statements in a few seconds, and no more memory than a setting allows.

A big CSV or NDJSON file is turned into Parquet in a temporary folder first, some megabytes at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from perfweek.errors import EvidenceError
from perfweek.warehouse.columns import DUCKDB_TYPES
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.export import (
    CSV_FORM,
    FEWEST,
    check_columns,
    checked_kind,
    csv_options,
    damaged,
    is_compressed,
    json_rows,
    keys_of,
    kind_of,
    opened_text,
    read_export,
    torn_lines,
    typed,
)

BIG = 200_000_000
"""Bytes of a file beyond which it is not read as a whole; a compressed one counts five times."""
_BLOCK = 8_000_000
_ARROW = {"TIMESTAMPTZ": pa.timestamp("us", tz="UTC"), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
Told = Callable[[float], None]


@contextmanager
def opened_history(
    given: Path | Sequence[Path], required: Sequence[str] = FEWEST, told: Told | None = None, big: int = BIG
) -> Iterator[tuple[EmbeddedWarehouse, int]]:
    """An engine in which the files are snowflake.account_usage.query_history, and how many of their lines were left out.

    Several files, and those of a folder, are parts of one history: columns by name, and a statement that several have (by its query_id)
    counts once; `repeated` of the engine says how many rows that leaves out. `told` hears which share of big files is read. Raises
    EvidenceError as `read_export` does, for the first file that cannot be read.
    """
    files = parts_of([given] if isinstance(given, Path) else given)
    with EmbeddedWarehouse(Path(":memory:")) as warehouse, TemporaryDirectory(prefix="perfweek-history-") as folder:
        spilled = Path(folder)
        parts, torn = [], 0
        for place, file in enumerate(files):
            hear = _told_of_part(told, place, len(files)) if told else None
            part, left_out = _part(file, spilled / f"{place}.parquet", required, hear, big)
            parts.append(part)
            torn += left_out
        warehouse.use_history_file(parts, spilled)
        yield warehouse, torn


def _told_of_part(told: Told, place: int, among: int) -> Told:
    return lambda share: told((place + share) / among)


def parts_of(given: Sequence[Path]) -> list[Path]:
    """The files, and of each folder those whose names tell a format, in order of their names. Raises EvidenceError for a folder without any."""
    found: list[Path] = []
    for path in given:
        inside = sorted(one for one in path.rglob("*") if one.is_file() and kind_of(one)) if path.is_dir() else [path]
        if not inside:
            raise EvidenceError(
                "the folder holds no query history", str(path), "Its files are to end in .csv, .parquet or .ndjson, compressed or not."
            )
        found += inside
    return list(dict.fromkeys(found))


def _part(file: Path, spool: Path, required: Sequence[str], told: Told | None, big: int) -> tuple[Path, int]:
    """A Parquet file of the rows, the file itself where it can be read in place, and how many lines were left out."""
    kind = checked_kind(file)
    if kind == "parquet" and _in_place(file, required):
        return file, 0
    if kind != "parquet" and _size(file) > big:
        return spool, _spool_csv(file, spool, required, told) if kind == "csv" else _spool_ndjson(file, spool, required)
    rows = read_export(file, required)
    pq.write_table(rows, spool, compression="snappy")
    return spool, torn_lines(rows)


def _size(path: Path) -> int:
    return path.stat().st_size * (5 if is_compressed(path) else 1)


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
            plain = not is_compressed(path)
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
    """Some megabytes of lines at a time, through a file of their own: a batch of the engine's is 2,048 lines, however long they are."""
    lines = rows = 0
    writer: pq.ParquetWriter | None = None
    part, keys = spool.with_suffix(".ndjson"), list[str]()
    with duckdb.connect() as connection, opened_text(path) as content, ExitStack() as open_files:
        while block := content.readlines(_BLOCK):
            part.write_bytes(b"".join(block))
            lines += sum(1 for line in block if line.strip())
            keys = keys or keys_of(next((line for line in block if line.strip()), b""))
            check_columns(keys, path, required)
            table = json_rows(connection, part, keys)
            writer = writer or open_files.enter_context(pq.ParquetWriter(spool, table.schema, compression="snappy"))
            writer.write_table(table)
            rows += table.num_rows
    check_columns(keys, path, required)
    return lines - rows
