"""How many bytes a scan read: the stored size of its columns in the row groups that it scanned.

The profiler counts reads from the disk only, none once the data are in memory. So the size comes from where DuckDB
stored each column: from its offset in a block to the next one in that block or to the block's end, plus the blocks of
long strings. The profiler names how many row groups were scanned, not which: the mean row group stands for each.
"""

from collections import defaultdict
from collections.abc import Iterable
from threading import Lock

import duckdb

from perfweek.warehouse.profile import Scan

_BLOCK_BYTES = 256 * 1024 - 8
_SEGMENTS = """
    select lower(column_name), block_id, block_offset, coalesce(len(additional_block_ids), 0)
    from pragma_storage_info(?)
    where persistent and block_id is not null
"""

Segment = tuple[str, int, int, int]


def column_sizes(segments: Iterable[Segment]) -> dict[str, int]:
    """Stored bytes by column of (column, block, offset in the block, number of blocks of long strings)."""
    rows = sorted(segments, key=lambda row: (row[1], row[2]))
    sizes: dict[str, int] = defaultdict(int)
    following = [*rows[1:], ("", -1, 0, 0)]
    for (column, block, offset, long_strings), (_, next_block, next_offset, _) in zip(rows, following, strict=True):
        if block >= 0:
            sizes[column] += (next_offset if next_block == block else _BLOCK_BYTES) - offset
        sizes[column] += long_strings * _BLOCK_BYTES
    return dict(sizes)


class Storage:
    """Sizes of the columns of the tables scanned so far; read again when a table's number of row groups changes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._known: dict[tuple[str, int], dict[str, int]] = {}

    def bytes_scanned(self, scans: Iterable[Scan]) -> int:
        """The sum over `scans`, in bytes; what is not yet written to the database file (recent inserts) counts as none."""
        return sum(self._of(scan) for scan in scans if scan.row_groups_scanned)

    def _of(self, scan: Scan) -> int:
        sizes = self._known.get((scan.table, scan.row_groups_total))
        if sizes is None:
            sizes = self._read(scan)
        columns = sum(size for column, size in sizes.items() if column in scan.mentioned)
        return round(columns * scan.row_groups_scanned / scan.row_groups_total)

    def _read(self, scan: Scan) -> dict[str, int]:
        name = ".".join('"' + part.replace('"', '""') + '"' for part in scan.table.split("."))
        with self._lock:
            sizes = column_sizes(self._connection.execute(_SEGMENTS, [name]).fetchall())
            self._known[(scan.table, scan.row_groups_total)] = sizes
        return sizes
