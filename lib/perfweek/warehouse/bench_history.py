"""How fast a history without hashes is summarised, and texts are fingerprinted, beside other tools in turn: part of `perfweek.warehouse.bench`."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

ROWS, TEMPLATES, ROUNDS, TEXTS = 600_000, 200, 3, 3_000

_HISTORY = """
    copy (
        select
            md5(i::varchar) as query_id,
            'select region, sum(amount) as total, count(*) as n from sales.orders' || i % {templates}
                || ' as o inner join sales.customers as c on c.id = o.customer_id where o.created_at >= ''' || date '2026-01-01' + (i % 300)::int
                || ''' and o.status in (''open'', ''' || md5(i::varchar)[:8] || ''', ' || i || ') group by region order by total desc limit 20'
                as query_text,
            'SELECT' as query_type, 'SUCCESS' as execution_status, 'W' || i % 4 as warehouse_name, 'Small' as warehouse_size,
            timestamptz '2026-01-01 00:00:00+00' + i * interval 2 second as start_time,
            timestamptz '2026-01-01 00:00:01+00' + i * interval 2 second as end_time,
            1000.0 as total_elapsed_time, (hash(i) % 900)::double as execution_time, 1000 as bytes_scanned, 1 as rows_produced,
            5 as partitions_scanned, 50 as partitions_total
        from range({rows}) as numbers(i)
    ) to '{path}' (format parquet)
"""
_PEAK = "import resource; print(json.dumps([time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))"
_SUMMARISERS: Final = {
    "perfweek, by fingerprint": """
from pathlib import Path
from perfweek.warehouse.look import look_at
from perfweek.warehouse.spool import opened_history
from perfweek.warehouse.text_kernel import keys
began = time.perf_counter()
with opened_history(Path(path)) as (warehouse, _):
    look_at(warehouse)
""",
    "DuckDB, one query by pattern": r"""
import duckdb
began = time.perf_counter()
shape = "regexp_replace(query_text, '''[^'']*''|\\b[0-9]+\\b', '?', 'g')"
duckdb.sql(f"select {shape}, count(*), sum(execution_time), sum(bytes_scanned) from '{path}' group by 1").fetchall()
""",
    "pandas, by pattern": r"""
import pandas as pd
began = time.perf_counter()
rows = pd.read_parquet(path, columns=["query_text", "execution_time", "bytes_scanned"])
shape = rows["query_text"].str.replace(r"'[^']*'|\b[0-9]+\b", "?", regex=True)
rows.groupby(shape)[["execution_time", "bytes_scanned"]].agg(["count", "sum"])
""",
}


def lines(folder: Path) -> Iterator[str]:
    """A line a tool: median time and peak memory of whole processes for the history, of this one for fingerprints; ratios to the first tool."""
    path = folder / "history.parquet"
    duckdb.execute(_HISTORY.format(rows=ROWS, templates=TEMPLATES, path=path))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in _SUMMARISERS}
    _summarised("perfweek, by fingerprint", path)  # compiles, the first time
    for _ in range(ROUNDS):
        for name in _SUMMARISERS:
            found[name].append(_summarised(name, path))
    first = statistics.median(seconds for seconds, _ in found["perfweek, by fingerprint"])
    for name, runs in found.items():
        seconds, peak = (statistics.median(column) for column in zip(*runs, strict=True))
        yield f"history {name:30} {ROWS / seconds / 1e6:6.2f} M rows/s  {peak:6.0f} MB at most  takes {seconds / first:5.2f} times as long"
    texts = [text for (text,) in duckdb.execute(f"select query_text from '{path}' limit {TEXTS}").fetchall()]
    yield from _fingerprinted(texts)


def _summarised(name: str, path: Path) -> tuple[float, float]:
    code = f"import json, time; path = {str(path)!r}\n{_SUMMARISERS[name]}{_PEAK}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, peak = json.loads(ran.stdout.splitlines()[-1])  # behind the engine's progress
    return seconds, peak


def _fingerprinted(texts: list[str]) -> Iterator[str]:
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, one in _fingerprinters().items():
            began = time.process_time()
            for text in texts:
                one(text)
            taken.setdefault(name, []).append(time.process_time() - began)
    first = statistics.median(taken["perfweek"])
    for name, seconds in taken.items():
        rate = len(texts) / statistics.median(seconds)
        yield f"fingerprints {name:25} {rate:9,.0f} texts/s on one core  takes {statistics.median(seconds) / first:6.1f} times as long"


def _fingerprinters() -> Mapping[str, Callable[[str], object]]:
    import sqlglot
    from sqlglot import exp

    from perfweek.warehouse.fingerprint import fingerprint

    def parsed(text: str) -> str:
        tree = sqlglot.parse_one(text, read="snowflake")
        return tree.transform(lambda node: exp.Placeholder() if isinstance(node, exp.Literal) else node).sql("snowflake")

    return {"perfweek": fingerprint, "sqlglot, tokens": lambda text: sqlglot.tokenize(text, dialect="snowflake"), "sqlglot, parsed": parsed}
