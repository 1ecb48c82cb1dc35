"""What the service says of its own time: its access log by endpoint."""

import pandas as pd

from perfweek.load.run import LoadRun, on_plateau
from perfweek.stats import Estimate, ratio_of_windows

COLUMNS = ("endpoint", "requests", "service_ms", "database_ms", "database_share", "queries", "from_cache")
WINDOWS = 20


def inside_by_endpoint(log: pd.DataFrame, run: LoadRun) -> pd.DataFrame:
    """COLUMNS, one row a route of the access log `log` on the plateau, the one with most time in the service first.

    service_ms, database_ms and queries are means a request; database_share that of the time in the service, from_cache that of requests
    answered by l1 or l2. Time waiting before the service reads the request is in neither.
    """
    rows = log_on_plateau(log, run)
    total = rows.groupby("route").agg(
        requests=("duration_ms", "size"),
        service_ms=("duration_ms", "sum"),
        database_ms=("database_ms", "sum"),
        queries=("queries", "sum"),
        from_cache=("tier", lambda tier: tier.isin(["l1", "l2"]).sum()),
    )
    total = total.sort_values("service_ms", ascending=False).reset_index(names="endpoint")
    total["database_share"] = total["database_ms"] / total["service_ms"].where(total["service_ms"] > 0)
    for column in ("service_ms", "database_ms", "queries", "from_cache"):
        total[column] = total[column] / total["requests"]
    return total[list(COLUMNS)]


def database_share(log: pd.DataFrame, run: LoadRun) -> Estimate:
    """Share of the time in the service that is spent in the database, all endpoints, on the plateau; windows of a twentieth of it."""
    rows = log_on_plateau(log, run)
    if rows.empty:
        return ratio_of_windows([], [])
    window = pd.cut(rows["time"], WINDOWS, labels=False)
    sums = rows.groupby(window)[["database_ms", "duration_ms"]].sum()
    return ratio_of_windows(sums["database_ms"], sums["duration_ms"])


def log_on_plateau(log: pd.DataFrame, run: LoadRun) -> pd.DataFrame:
    """The log's requests that arrived on a plateau of the load. It knows no scenarios: the plateaus of the first one count."""
    if not run.plan.plateaus:
        return log
    only = run.plan.plateaus[0].scenario
    return on_plateau(log.assign(scenario=only), run.plan, run.origin)
