"""How many connections the busiest client needs, and how much its requests would wait with them, with fewer and with more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.stats import Estimate
from perfweek.warehouse.sizing.clients import Client, busiest_client
from perfweek.warehouse.sizing.pool import CoupledWait, PoolWait, Stream, coupled_waits, pool_waits, resampled_waits
from perfweek.warehouse.sizing.runs import SLOTS, runs_of
from perfweek.warehouse.sizing.sharing import work_of

MOST_WAIT_S = 0.05
"""The 95th percentile of waits that a pool is sized for."""
USUAL = 15
"""What SQLAlchemy's pool gives without being told: 5 kept open and 10 more (docs.sqlalchemy.org, QueuePool)."""
LEAST_TIMEOUT_S, MOST_TIMEOUT_S = 1, 30
RECYCLE_S = 3600
"""Well before a session without a keep-alive ends: after four hours without a statement."""
ALMOST_ALL = 0.8


@dataclass(frozen=True)
class PoolStudy:
    """`size`: the smallest with which the 95th percentile of waits is at most `most_wait_s`; `mean` and `p95`: the waits with it; `sizes`: replays of
    it and of others, Erlang C beside each; `at_once`: the most connections at any time with an endless pool; `coupled`: pool and warehouse
    replayed together, empty where the client has the warehouse not nearly to itself or its size is not known."""

    client: Client
    most_wait_s: float
    size: int
    mean: Estimate
    p95: Estimate
    sizes: tuple[PoolWait, ...]
    at_once: int
    coupled: tuple[CoupledWait, ...]

    @property
    def overflow(self) -> int:
        """Connections beyond `size` for bursts: up to what was needed at once, as many again at most."""
        return min(self.size, self.at_once - self.size)

    @property
    def timeout_s(self) -> int:
        """A request that waits longer fails: twice the longest wait that the replay saw, within bounds."""
        longest = float(self.client.stream.waits(self.size).max(initial=0.0))
        return int(min(MOST_TIMEOUT_S, max(LEAST_TIMEOUT_S, math.ceil(2 * longest))))

    def total_wait_s(self, size: int) -> float:
        return float(self.client.stream.waits(size).sum())


def pool_study(executions: pd.DataFrame, most_wait_s: float = MOST_WAIT_S) -> PoolStudy | None:
    """`executions`: columns of sql/history/executions.sql. None where no user's statements have their times."""
    client = busiest_client(executions)
    if client is None:
        return None
    stream, size = client.stream, client.stream.smallest(most_wait_s)
    mean, p95 = resampled_waits(stream, size)
    others = sorted({max(1, size // 4), max(1, size // 2), max(1, size - 1), size, size + 1, 2 * size, 4 * size, USUAL})
    rows = pool_waits(stream.arrivals_s, stream.services_s, others)
    return PoolStudy(client, most_wait_s, size, mean, p95, tuple(rows), stream.at_once(), _coupled(executions, client, others))


def _coupled(executions: pd.DataFrame, client: Client, sizes: Sequence[int]) -> tuple[CoupledWait, ...]:
    names = client.rows["warehouse_name"].dropna()
    if names.empty:
        return ()
    warehouse = names.value_counts().index[0]
    own = client.rows[client.rows["warehouse_name"] == warehouse]
    whole = executions[executions["warehouse_name"] == warehouse]
    runs = runs_of(own)
    if len(runs) != 1 or len(runs[0].starts_s) < len(own) or own["elapsed_ms"].sum() < ALMOST_ALL * whole["elapsed_ms"].sum():
        return ()
    slots = runs[0].slots if np.isfinite(runs[0].slots) else SLOTS
    arrivals, took = own["starts"].to_numpy(float), np.maximum((own["ends"] - own["starts"]).to_numpy(float), 1e-6)
    stream = Stream(arrivals, took, np.zeros(len(own), dtype=np.int64))
    return tuple(coupled_waits(stream, work_of(arrivals, took, slots), slots, sizes))
