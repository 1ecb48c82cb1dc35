"""Pool exhaustion: how many statements were under way at once, and whether the connection pool has room for them. Only reads."""

from functools import partial

import numpy as np
import pandas as pd
from pydantic import Field

from perfweek import evidence
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.service import answering
from perfweek.runbook.step import Answer, Read, Step, ok, unverifiable
from perfweek.warehouse.history import FILE, load_history
from perfweek.wording import number

MONDAY = "load-monday"
QUEUED_SHARE = 0.01


class PoolParameters(Parameters):
    pool: int = Field(0, ge=0, le=100_000, description="connections that the pool may have; 0 for not known")


def under_way(statements: pd.DataFrame) -> pd.Series:
    """For how many seconds so many statements were under way: index 0, 1, 2, ...; of columns start_time and total_elapsed_time (ms).

    By Little's law the mean of it is the rate of statements times the mean time of one.
    """
    start = pd.to_datetime(statements["start_time"], utc=True).astype("datetime64[us, UTC]").astype("int64").to_numpy() / 1e6
    end = start + statements["total_elapsed_time"].to_numpy(float) / 1000
    moments = np.concatenate([start, end])
    steps = np.concatenate([np.ones(len(start)), -np.ones(len(end))])
    order = np.lexsort((steps, moments))  # one that ends makes room for one that begins at the same moment
    level = np.cumsum(steps[order])[:-1].astype(int)
    return pd.Series(np.diff(moments[order])).groupby(level).sum()


def busiest(seconds: pd.Series, share: float = 0.99) -> int:
    """So many or fewer were under way during `share` of the time."""
    reached = seconds.sort_index().cumsum() / seconds.sum()
    return int(reached.index[int(np.searchsorted(reached.to_numpy(), share))])


def _statements(context: Context) -> pd.DataFrame | None:
    found = evidence.find(context.week, MONDAY)
    return load_history(found.path(FILE)) if found and found.has(FILE) else None


def _steps(context: Context) -> tuple[Step, ...]:
    return (
        Read("health", "The service answers", partial(answering, context.target)),
        Read("peak", "How many statements were under way at once?", partial(_peak, context)),
        Read("queued", "Did statements wait in the warehouse?", partial(_queued, context)),
    )


def _peak(context: Context) -> Answer:
    statements = _statements(context)
    if statements is None or len(statements) < 2:
        return unverifiable("No data: Monday's load has left no query history.")
    seconds = under_way(statements)
    usual, most = busiest(seconds), int(seconds.index.max())
    told = f"{usual} or fewer for 99 % of the time, {most} at most, in {len(statements):,} statements of Monday's load"
    pool = context.parameters.pool
    if not pool:
        return ok(f"{told}. Give -p pool=SIZE to compare it with the pool.")
    if most > pool:
        return ok(f"Exhausted: {told}; the pool has {pool}. Callers wait for a connection.")
    return ok(f"Tight: {told}; the pool has {pool}." if most > 0.8 * pool else f"Room is left: {told}; the pool has {pool}.")


def _queued(context: Context) -> Answer:
    statements = _statements(context)
    if statements is None or "queued_overload_time" not in statements or statements["queued_overload_time"].isna().all():
        return unverifiable("No data: the history does not say how long statements were queued.")
    share = float((statements["queued_overload_time"] > 0).mean())
    return ok(
        f"{'Yes' if share > QUEUED_SHARE else 'No'}: {number(100 * share)} % of the statements waited for the warehouse itself. "
        + ("A larger pool would make that worse." if share > QUEUED_SHARE else "A larger pool would not wait there.")
    )


POOL_EXHAUSTION = Runbook("pool-exhaustion", "Connection pool exhausted", "high", PoolParameters, _steps, ("warehouse",))
