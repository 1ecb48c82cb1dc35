"""A key for each query text of an export without hashes, inside the embedded engine: texts that differ in literals and comments share it."""

import re
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.func import PythonUDFType

from perfweek.warehouse.fingerprint import MOST_CHARACTERS

FUNCTION = "text_key_of"
MANY_ROWS, MANY_BYTES = 200_000, 100_000_000
"""Beyond either, the engine's regular expressions take longer than loading the function."""
LONG_BYTES = 10_000
_HASH_COLUMN = re.compile(r"(cast\([^()]* as VARCHAR\)) as query_parameterized_hash")
_HEX = np.frombuffer(b"".join(b"%02x" % one for one in range(256)), np.uint16)


def has_many_texts(path: Path) -> bool:
    """Whether a Parquet file holds so many rows, or so much text, that its texts had better be keyed."""
    rows, text_bytes = _extent(path)
    return rows > MANY_ROWS or text_bytes > MANY_BYTES


def has_long_texts(path: Path) -> bool:
    """Whether they are long on average."""
    rows, text_bytes = _extent(path)
    return text_bytes > LONG_BYTES * rows


def _extent(path: Path) -> tuple[int, int]:
    """Rows, and bytes of their texts without compression (once for each of a dictionary)."""
    about = pq.read_metadata(path)
    groups = [about.row_group(place) for place in range(about.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    return about.num_rows, sum(column.total_uncompressed_size for column in columns if column.path_in_schema.lower() == "query_text")


def keyed(columns: str) -> str:
    """The list of the view's columns with a key for each text that has no hash."""
    return _HASH_COLUMN.sub(rf"coalesce(\1, {FUNCTION}(query_text)) as query_parameterized_hash", columns)


def offer_text_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Let statements call text_key_of(query_text): 32 hexadecimal digits, as long as Snowflake's hashes; null for null."""
    if not connection.execute("select 1 from duckdb_functions() where function_name = ?", [FUNCTION]).fetchone():
        connection.create_function(FUNCTION, text_keys, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)


def text_keys(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """See `offer_text_keys`; without nulls."""
    from perfweek.warehouse.text_kernel import keys  # Numba takes a second to import

    texts = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).cast(pa.large_string())
    _, placed, content = texts.buffers()
    offsets = np.frombuffer(placed, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(content, np.uint8) if content else np.zeros(1, np.uint8)
    found = np.empty((len(texts), 2), np.uint64)
    longest = int(np.diff(offsets).max(initial=0))
    keys(offsets, data, MOST_CHARACTERS, np.empty(longest // 4 + 2, np.uint64), found)
    digits = _HEX[found.view(np.uint8)]
    ends = np.arange(len(texts) + 1, dtype=np.int32) * 32
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(digits))
