"""What recording the query history costs a statement: `python -m perfweek.warehouse.bench`.

The same statement runs in turn on two warehouses over copies of one table, one that records and one that does not; the
figures are of the paired differences, so that what else the machine does meets both alike.
"""

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perfweek.warehouse.embedded import EmbeddedWarehouse

ALLOWED_MS = 0.2

_TABLE = """
    create table sophia_core.catalogue as
    select i as asset_id, 'source ' || i % 17 as source_system, timestamp '2024-01-01' + i * interval 40 second as created_at,
           repeat('wide ', 20) || i as attributes
    from range(500000) as numbers(i)
"""
STATEMENTS: dict[str, tuple[str, Mapping[str, object]]] = {
    "point lookup": ("select * from sophia_core.catalogue where asset_id = %(id)s", {"id": 77_777}),
    "filtered list": (
        """select asset_id, source_system, created_at from sophia_core.catalogue
        where source_system = %(source)s and created_at >= %(since)s order by created_at desc, asset_id limit 50""",
        {"source": "source 3", "since": "2024-06-01"},
    ),
    "daily aggregate": ("select to_date(created_at) as day, count(*) as n from sophia_core.catalogue group by 1 order by 1", {}),
}


@dataclass(frozen=True)
class Overhead:
    """Medians in milliseconds over `pairs` pairs: without and with recording, and of the difference within a pair."""

    statement: str
    plain_ms: float
    recorded_ms: float
    added_ms: float
    pairs: int


def measure_overhead(folder: Path, pairs: int = 400) -> list[Overhead]:
    """Measure each of STATEMENTS in databases made below `folder`."""
    with _catalogue(folder / "plain.duckdb", None) as plain, _catalogue(folder / "recorded.duckdb", folder / "history.ndjson") as recorded:
        return [_compare(name, (plain, recorded), sql, values, pairs) for name, (sql, values) in STATEMENTS.items()]


@contextmanager
def _catalogue(database: Path, history: Path | None) -> Iterator[EmbeddedWarehouse]:
    with EmbeddedWarehouse(database) as maker:
        maker.query("create schema sophia_core")
        maker.query(_TABLE)
    with EmbeddedWarehouse(database, history) as warehouse:
        yield warehouse


def _compare(name: str, both: tuple[EmbeddedWarehouse, EmbeddedWarehouse], sql: str, values: Mapping[str, object], pairs: int) -> Overhead:
    times: tuple[list[float], list[float]] = ([], [])
    for pair in range(-20, pairs):
        for side in (0, 1) if pair % 2 else (1, 0):
            started = time.perf_counter()
            both[side].query(sql, values, {"route": "GET /assets", "request_id": "1"})
            if pair >= 0:
                times[side].append((time.perf_counter() - started) * 1000)
        gc.collect(0)
    added = [recorded - plain for plain, recorded in zip(*times, strict=True)]
    return Overhead(name, statistics.median(times[0]), statistics.median(times[1]), statistics.median(added), pairs)


def main() -> int:
    """Print one line a statement; exit 1 where the median of what recording adds is over ALLOWED_MS."""
    with tempfile.TemporaryDirectory() as folder:
        results = measure_overhead(Path(folder))
    for result in results:
        print(
            f"{result.statement:16} plain {result.plain_ms:7.3f} ms  recorded {result.recorded_ms:7.3f} ms  "
            f"added {result.added_ms:6.3f} ms (median of {result.pairs} pairs, allowed {ALLOWED_MS})"
        )
    return int(any(result.added_ms > ALLOWED_MS for result in results))


if __name__ == "__main__":
    sys.exit(main())
