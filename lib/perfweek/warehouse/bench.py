"""What recording the query history costs a statement, and what reading one takes: `python -m perfweek.warehouse.bench`.

The same statement runs in turn on two warehouses over copies of one table, one that records and one that does not; the
figures are of the paired differences, so that what else the machine does meets both alike.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perfweek.warehouse import bench_history
from perfweek.warehouse.embedded import EmbeddedWarehouse

ALLOWED_MS = 0.2

_TABLE = """
    create table sophia_core.catalogue as
    select i as asset_id, 'source ' || i % 17 as source_system, timestamp '2024-01-01' + i * interval 40 second as created_at,
           repeat('wide ', 20) || i as attributes
    from range(500000) as numbers(i)
"""


@dataclass(frozen=True)
class Statement:
    """A statement of the mix: `share` of them in ten are this one. Services ask for single rows far more than for lists."""

    name: str
    sql: str
    parameters: Mapping[str, object]
    share: int


STATEMENTS = (
    Statement("point lookup", "select * from sophia_core.catalogue where asset_id = %(id)s", {"id": 77_777}, 6),
    Statement(
        "filtered list",
        """select asset_id, source_system, created_at from sophia_core.catalogue
        where source_system = %(source)s and created_at >= %(since)s order by created_at desc, asset_id limit 50""",
        {"source": "source 3", "since": "2024-06-01"},
        2,
    ),
    Statement("daily aggregate", "select to_date(created_at) as day, count(*) as n from sophia_core.catalogue group by 1 order by 1", {}, 2),
)


@dataclass(frozen=True)
class Overhead:
    """Medians in milliseconds over `pairs` pairs: without and with recording, and of the difference within a pair."""

    name: str
    plain_ms: float
    recorded_ms: float
    added_ms: float
    pairs: int


def measure_overhead(folder: Path, rounds: int = 100) -> list[Overhead]:
    """Run the mix `rounds` times in databases made below `folder`. One result for each statement, the last one for the whole mix."""
    with _catalogue(folder / "plain.duckdb", None) as plain, _catalogue(folder / "recorded.duckdb", folder / "history.ndjson") as recorded:
        times: dict[str, list[tuple[float, float]]] = {statement.name: [] for statement in STATEMENTS}
        for statement in STATEMENTS * 5:
            _pair((plain, recorded), statement, 0)
        for number in range(rounds):
            for statement in STATEMENTS:
                times[statement.name] += [_pair((plain, recorded), statement, number) for _ in range(statement.share)]
    return [_summary(name, pairs) for name, pairs in times.items()] + [
        _summary("all of the mix", [pair for pairs in times.values() for pair in pairs])
    ]


@contextmanager
def _catalogue(database: Path, history: Path | None) -> Iterator[EmbeddedWarehouse]:
    with EmbeddedWarehouse(database) as maker:
        maker.query("create schema sophia_core")
        maker.query(_TABLE)
    with EmbeddedWarehouse(database, history) as warehouse:
        yield warehouse


def _pair(both: tuple[EmbeddedWarehouse, EmbeddedWarehouse], statement: Statement, number: int) -> tuple[float, float]:
    """The times in milliseconds without and with recording, taken in turns first."""
    spent = [0.0, 0.0]
    for side in (0, 1) if number % 2 else (1, 0):
        started = time.perf_counter()
        both[side].query(statement.sql, statement.parameters, {"route": "GET /assets", "request_id": "1"})
        spent[side] = (time.perf_counter() - started) * 1000
    return spent[0], spent[1]


def _summary(name: str, pairs: list[tuple[float, float]]) -> Overhead:
    plain, recorded = zip(*pairs, strict=True)
    added = [after - before for before, after in pairs]
    return Overhead(name, statistics.median(plain), statistics.median(recorded), statistics.median(added), len(pairs))


def main() -> int:
    """Print one line a statement and one a tool; exit 1 where recording adds more than ALLOWED_MS to the median statement of the mix."""
    with tempfile.TemporaryDirectory() as folder:
        results = measure_overhead(Path(folder))
    for result in results:
        print(
            f"{result.name:16} plain {result.plain_ms:7.3f} ms  recorded {result.recorded_ms:7.3f} ms  "
            f"added {result.added_ms:6.3f} ms (median of {result.pairs} pairs, allowed {ALLOWED_MS})"
        )
    with tempfile.TemporaryDirectory() as folder:
        for line in bench_history.lines(Path(folder)):
            print(line)
    return int(results[-1].added_ms > ALLOWED_MS)


if __name__ == "__main__":
    sys.exit(main())
