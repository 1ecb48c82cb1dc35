"""How many bytes a statement scanned: the stored size of the columns that it used, in the row groups that it scanned.

The profiler counts reads from the disk only, none once the data are in memory. So the size comes from where DuckDB
stored each column: from its offset in a block to the next one in that block or to the block's end, plus the blocks of
long strings. The profiler counts the row groups scanned and does not name them: the mean row group stands for each.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import Any

import duckdb

from perfweek.warehouse.dialect import Statement
from perfweek.warehouse.profile import Profile

_BLOCK_BYTES = 256 * 1024 - 8
_SEGMENTS = """
    select lower(column_name), block_id, block_offset, coalesce(len(additional_block_ids), 0)
    from pragma_storage_info(?)
    where persistent and block_id is not null
"""
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_KEPT = 4096

Segment = tuple[str, int, int, int]


def column_sizes(segments: Iterable[Segment]) -> dict[str, int]:
    """Stored bytes by column of (column, block, offset in the block, number of blocks of long strings)."""
    rows = sorted(segments, key=lambda row: (row[1], row[2]))
    sizes: dict[str, int] = defaultdict(int)
    following = [*rows, ("", -1, 0, 0)][1:]
    for (column, block, offset, long_strings), (_, next_block, next_offset, _) in zip(rows, following, strict=True):
        if block >= 0:
            sizes[column] += (next_offset if next_block == block else _BLOCK_BYTES) - offset
        sizes[column] += long_strings * _BLOCK_BYTES
    return dict(sizes)


class Storage:
    """Bytes of a row group for each scan of a statement's plan, found out once per plan.

    Which table and columns a scan reads is asked by an `explain` of the same statement and values. A plan is known by
    the row groups that its scans found, so a table that grew or a plan that changed is asked for again. What a row
    group of a table takes is measured again when the table has grown by a tenth: it takes a tenth of a second, and the
    statements of a busy service wait for it.
    """

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self._session = session
        self._lock = Lock()
        self._known: dict[tuple[str, tuple[int, ...]], tuple[float, ...] | None] = {}
        self._tables: dict[str, tuple[int, dict[str, int]]] = {}

    def bytes_scanned(self, statement: Statement, values: Mapping[str, object], profile: Profile) -> int | None:
        """The bytes of all scans together, None where the plan could not be matched to its explanation. What is not
        yet written to the database file (recent inserts) counts as none."""
        if not any(profile.scanned):
            return 0
        key = (statement.duckdb, profile.totals)
        sizes = self._known[key] if key in self._known else self._learn(key, statement, values)
        return None if sizes is None else round(sum(size * scanned for size, scanned in zip(sizes, profile.scanned, strict=True)))

    def _learn(self, key: tuple[str, tuple[int, ...]], statement: Statement, values: Mapping[str, object]) -> tuple[float, ...] | None:
        with self._lock:
            if key in self._known:  # another thread asked while this one waited
                return self._known[key]
            if len(self._known) >= _KEPT:
                self._known.clear()
            try:
                self._known[key] = self._sizes(key[1], statement, values)
            except duckdb.Error:  # the statement itself succeeded: its history lacks this one figure
                self._known[key] = None
            return self._known[key]

    def _sizes(self, totals: tuple[int, ...], statement: Statement, values: Mapping[str, object]) -> tuple[float, ...] | None:
        explained = self._session.execute(f"explain (format json) {statement.duckdb}", dict(values) or None).fetchall()[0][1]
        scans = list(explained_scans(json.loads(explained)))
        if len(scans) != len(totals):
            return None
        return tuple(self._row_group(scan, total) if total else 0.0 for scan, total in zip(scans, totals, strict=True))

    def _row_group(self, scan: tuple[str, str], total: int) -> float:
        table, used = scan
        measured, sizes = self._tables.get(table, (0, {}))
        if not measured <= total <= 1.1 * measured:
            measured, sizes = total, column_sizes(self._session.execute(_SEGMENTS, [table]).fetchall())
            self._tables[table] = (measured, sizes)
        return sum(size for column, size in sizes.items() if re.search(rf"(?<!\w){re.escape(column)}(?!\w)", used)) / measured


def explained_scans(nodes: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each scan of an explained plan, in the plan's order: its table ('' for a file), written as in SQL, and its projection and
    filters, in lower case and without what stands in quotes: the columns that it reads are among the words."""
    for node in nodes:
        details = node["extra_info"]
        if "Table" in details or "Function" in details:
            texts = [details.get(key, "") for key in ("Projections", "Filters")]
            text = " ".join(part if isinstance(part, str) else " ".join(part) for part in texts)
            yield details.get("Table", ""), _QUOTED.sub("", text).lower()
        yield from explained_scans(node.get("children", ()))
