"""The query history as figures: what each endpoint's statements take, and how much of their tables they scan.

evidence/load-monday/query_history.ndjson   what the embedded warehouse recorded while the service was under load
evidence/warehouse-history/                 the answers to sql/history/, and for an export or Snowflake the statements
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.facts import Fact
from perfweek.stats import Estimate, block_quantiles
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.export import read_export, torn_lines
from perfweek.warehouse.shares import ratio_of_sums
from perfweek.warehouse.sql import read_sql

EVER = datetime(1970, 1, 1, tzinfo=UTC)
ALL = "g"
FILE = "query_history.ndjson"


@dataclass(frozen=True)
class History:
    """What Wednesday knows of the history. `source` is the evidence file of the statements, relative to the week;
    `answers` that folder's; `about` says engine, origin, statements kept and left out."""

    about: Mapping[str, Any]
    source: str
    answers: str
    extent: Mapping[str, Any]
    slow: pd.DataFrame
    slowest: pd.DataFrame
    endpoints: pd.DataFrame
    templates: pd.DataFrame
    kinds: pd.DataFrame
    statements: pd.DataFrame


@dataclass(frozen=True)
class EndpointTiming:
    """Execution times of one endpoint's statements in milliseconds, and the bytes that one of them scans."""

    endpoint: str
    p50: Estimate
    p95: Estimate
    bytes_scanned: Estimate
    partitions_scanned_share: Estimate


def load_history(path: Path) -> pd.DataFrame:
    """One row a statement with the columns of sql/history/statements.sql, in order of start_time.

    `path` is what the embedded warehouse recorded, or an export (see `read_export` for formats and errors); attrs['torn']
    of the frame counts the lines left out.
    """
    with opened(path) as (warehouse, torn):
        frame = warehouse.query(read_sql("history/statements"), {"since": EVER, "below": ALL}).to_pandas()
    frame.attrs["torn"] = torn
    return frame


@contextmanager
def opened(path: Path) -> Iterator[tuple[EmbeddedWarehouse, int]]:
    """An engine in which the file is snowflake.account_usage.query_history, and how many of its lines were left out."""
    rows = read_export(path)
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        warehouse.use_history(rows)
        yield warehouse, torn_lines(rows)


def read_history(week: Any, measurement: Measurement) -> History:
    """The measurement that `measure.collect_history` took."""
    about = json.loads(measurement.path("about.json").read_text())
    source = week.root / about["statements"]
    statements = load_history(source)
    tables = {name: pq.read_table(measurement.path(f"{name}.parquet")).to_pandas() for name in ("slow", "slowest", "endpoints", "templates", "kinds")}
    extent = pq.read_table(measurement.path("extent.parquet")).to_pylist()[0]
    return History(about, about["statements"], evidence.relative(week, measurement.path("extent.parquet")), extent, statements=statements, **tables)


def bound_for(share: float) -> str:
    """`below` of sql/history/statements.sql for about that share of the statements; ALL where four hexadecimal digits cannot bound it."""
    bound = max(1, round(share * 16**4))
    return f"{bound:04x}" if bound < 16**4 else ALL


def endpoints_of(statements: pd.DataFrame) -> list[str]:
    """The routes that the statements' tags name, in order of their total execution time, the largest first."""
    known = statements[statements["endpoint"].notna()]
    return list(known.groupby("endpoint")["execution_time"].sum().sort_values(ascending=False, kind="stable").index)


def endpoint_timings(statements: pd.DataFrame) -> list[EndpointTiming]:
    """Timings of every endpoint's successful statements; p50 and p95 with moving-block intervals over the start times."""
    return [_timing(endpoint, _of(statements, endpoint)) for endpoint in endpoints_of(statements)]


def partitions_scanned_share(statements: pd.DataFrame, endpoint: str) -> Estimate:
    """Partitions scanned over partitions held, summed over the endpoint's successful statements (1 = everything).

    Statements that scan no table count for nothing. NaN without any that does; interval: resampled blocks of one second.
    """
    rows = _of(statements, endpoint)
    return ratio_of_sums(rows["partitions_scanned"], rows["partitions_total"], seconds(rows))


def timing_facts(timings: list[EndpointTiming], source: str) -> list[Fact]:
    """The timings as facts, labelled by endpoint; what has no data leaves none."""
    named = {
        "warehouse.query.duration.p50": [(one.endpoint, one.p50) for one in timings],
        "warehouse.query.duration.p95": [(one.endpoint, one.p95) for one in timings],
        "warehouse.query.bytes_scanned": [(one.endpoint, one.bytes_scanned) for one in timings],
        "warehouse.query.partitions_scanned_share": [(one.endpoint, one.partitions_scanned_share) for one in timings],
        "warehouse.query.count": [(one.endpoint, counted(one.p50.n)) for one in timings],
    }
    rows = [(metric, endpoint, estimate) for metric, pairs in named.items() for endpoint, estimate in pairs]
    return [Fact(metric, estimate, source, {"endpoint": endpoint}) for metric, endpoint, estimate in rows if not np.isnan(estimate.value)]


def counted(number: int, among: int | None = None) -> Estimate:
    """A count: exact for this history; `among` how many were looked at (default: the number itself)."""
    return Estimate(number, number, number, number if among is None else among, "count")


def seconds(rows: pd.DataFrame) -> np.ndarray:
    """Start times in seconds since the epoch."""
    return rows["start_time"].astype("int64").to_numpy() / 1e6


def _of(statements: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    succeeded = statements["execution_status"].str.lower().fillna("success") == "success"
    return statements[(statements["endpoint"] == endpoint) & succeeded & statements["start_time"].notna()]


def _timing(endpoint: str, rows: pd.DataFrame) -> EndpointTiming:
    timed = rows[rows["execution_time"].notna()]
    p50, p95 = block_quantiles(timed["execution_time"], seconds(timed), (0.5, 0.95))
    ones = rows["bytes_scanned"].notna().astype("int64")
    scanned = ratio_of_sums(rows["bytes_scanned"], ones, seconds(rows))
    return EndpointTiming(endpoint, p50, p95, scanned, ratio_of_sums(rows["partitions_scanned"], rows["partitions_total"], seconds(rows)))
