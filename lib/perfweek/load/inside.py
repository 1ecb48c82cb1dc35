"""What the service says of its own time: its access log by endpoint."""

from dataclasses import dataclass

import pandas as pd

from perfweek import evidence
from perfweek.access_log import SCHEMA, read_access_log
from perfweek.evidence import Measurement
from perfweek.load.measure import ACCESS_LOG
from perfweek.load.run import LoadRun, on_plateau
from perfweek.stats import Estimate, ratio_of_windows
from perfweek.week import Week

COLUMNS = ("endpoint", "requests", "service_ms", "database_ms", "database_share", "queries", "from_cache")
WINDOWS = 20


@dataclass(frozen=True)
class Inside:
    """`table` as `inside_by_endpoint` gives it, `database` the share of time in the service that the database takes, `n` log records of the
    plateau, `dropped` damaged ones of the whole log. No rows and `n` 0 where the service wrote no access log."""

    table: pd.DataFrame
    database: Estimate
    n: int
    dropped: int
    source: str


def read_inside(week: Week, measurement: Measurement, run: LoadRun) -> Inside:
    """Read the access log of a load run. Raises EvidenceError where it is damaged beyond use."""
    if not measurement.has(ACCESS_LOG):
        log, dropped, source = SCHEMA.empty_table().to_pandas(), 0, run.record_source
    else:
        found = read_access_log(measurement.path(ACCESS_LOG))
        log, dropped, source = found.frame, found.dropped, evidence.relative(week, measurement.path(ACCESS_LOG))
    rows = on_the_plateau(log, run)
    return Inside(inside_by_endpoint(rows), database_share(rows), len(rows), dropped, source)


def inside_by_endpoint(rows: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, one row a route of the access log's `rows`, the one with most time in the service first.

    service_ms, database_ms and queries are means a request; database_share that of the time in the service, from_cache that of requests
    answered by l1 or l2. Time waiting before the service reads the request is in neither.
    """
    rows = rows.assign(from_cache=rows["tier"].isin(["l1", "l2"]).astype(float), requests=1)
    sums = rows.groupby("route")[["requests", "duration_ms", "database_ms", "queries", "from_cache"]].sum()
    sums = sums.sort_values("duration_ms", ascending=False).reset_index(names="endpoint")
    each = sums[["duration_ms", "database_ms", "queries", "from_cache"]].div(sums["requests"], axis=0)
    share = sums["database_ms"] / sums["duration_ms"].where(sums["duration_ms"] > 0)
    table = each.rename(columns={"duration_ms": "service_ms"}).assign(endpoint=sums["endpoint"], requests=sums["requests"], database_share=share)
    return table[list(COLUMNS)]


def database_share(rows: pd.DataFrame) -> Estimate:
    """Share of the time in the service that is spent in the database, all endpoints; windows of a twentieth of the time."""
    if rows["time"].nunique() < WINDOWS:
        return ratio_of_windows([rows["database_ms"].sum()], [rows["duration_ms"].sum()])
    sums = rows.groupby(pd.cut(rows["time"], WINDOWS, labels=False))[["database_ms", "duration_ms"]].sum()
    return ratio_of_windows(sums["database_ms"], sums["duration_ms"])


def on_the_plateau(log: pd.DataFrame, run: LoadRun) -> pd.DataFrame:
    """The log's requests that arrived on a plateau of the load. It knows no scenarios: the plateaus of the first one count."""
    if not run.plan.plateaus:
        return log
    return on_plateau(log.assign(scenario=run.plan.plateaus[0].scenario), run.plan, run.origin)
