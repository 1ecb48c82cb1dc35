"""What ran on a warehouse of one size: arrivals, times and templates, from one history or several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.warehouse.prices import credits_per_hour
from perfweek.warehouse.sizing.sharing import slots_seen, work_of

Floats = NDArray[np.float64]
SLOTS = 8.0
"""Snowflake's default of MAX_CONCURRENCY_LEVEL, where the history shows no queue."""
MOST_REPLAYED = 10_000
HELD_BACK = 3.0
"""Times as long at the limit as at one less: 9 to 25 times on the Cloud Analytics Benchmark, whose clients have ten connections each."""


@dataclass(frozen=True, eq=False)
class Run:
    """Statements in order of start. `rate`: credits an hour of the size; `templates`: the id of each; `executed_s` is NaN where the history
    does not tell execution from waiting; `clusters` keeps statements of several clusters apart, `clients` those of several users."""

    warehouse: str
    size: str
    rate: float
    starts_s: Floats
    elapsed_s: Floats
    executed_s: Floats
    queued_s: Floats
    clusters: NDArray[np.int64]
    templates: NDArray[np.object_]
    clients: NDArray[np.int64]
    spilled: int = 0
    kind: str = "STANDARD"

    @property
    def ends_s(self) -> Floats:
        return self.starts_s + self.elapsed_s

    @cached_property
    def slots(self) -> float:
        """How many statements ran at once while others queued; NaN where none did."""
        seen = [slots_seen(self.starts_s[own], self.queued_s[own], self.ends_s[own]) for own in self.by_cluster()]
        known = [one for one in seen if np.isfinite(one)]
        return float(np.median(known)) if known else float("nan")

    def by_cluster(self) -> list[NDArray[np.bool_]]:
        return [self.clusters == one for one in np.unique(self.clusters)]

    def work_s(self, slots: float) -> Floats:
        """What each would take alone; the execution time itself where the history has the queue apart."""
        if np.isfinite(self.executed_s).all() and self.queued_s.any():
            return self.executed_s
        return self.shared_work_s(slots)

    def shared_work_s(self, slots: float) -> Floats:
        """What each would take alone, from its whole time in the warehouse."""
        work = np.empty(len(self.starts_s))
        for own in self.by_cluster():
            work[own] = work_of(self.starts_s[own], self.elapsed_s[own], slots)
        return work

    def busiest(self, most: int = MOST_REPLAYED) -> "Run":
        """The `most` consecutive statements that took the most time: a replay of more would tell little more."""
        if len(self.starts_s) <= most:
            return self
        sums = np.concatenate([[0.0], np.cumsum(self.elapsed_s)])
        first = int(np.argmax(sums[most:] - sums[:-most]))
        return self._part(slice(first, first + most))

    def _part(self, part: slice) -> "Run":
        arrays = {name: getattr(self, name)[part] for name in ("starts_s", "elapsed_s", "executed_s", "queued_s", "clusters", "templates", "clients")}
        return Run(self.warehouse, self.size, self.rate, **arrays, spilled=self.spilled, kind=self.kind)


def runs_of(executions: pd.DataFrame, templates: Mapping[str, str] | None = None) -> list[Run]:
    """A run per warehouse and size, the smaller size first. `executions`: columns of sql/history/executions.sql; `templates`: text_key -> id.

    Statements without a warehouse (answered from the result cache or from metadata), of sizes without a rate (Adaptive warehouses have
    none) and without times are left out.
    """
    if executions.empty:
        return []
    sized = executions[executions["warehouse_size"].notna() & executions["elapsed_ms"].notna() & executions["start_time"].notna()]
    known = sized.assign(id=sized["text_key"].map(templates) if templates else sized["text_key"], kind=sized["warehouse_type"].fillna("STANDARD"))
    found = []
    for (warehouse, size, kind), rows in known.groupby([known["warehouse_name"].fillna(""), "warehouse_size", "kind"]):
        rate = credits_per_hour(str(size), str(kind))
        if np.isfinite(rate):
            found.append(_run(str(warehouse), str(size), rate, str(kind), rows))
    return sorted(found, key=lambda run: (run.warehouse, run.rate))


def most_at_once(runs: Sequence[Run]) -> float:
    """How many statements a client has in the warehouse at most, because it holds no more connections; infinite where no such limit shows.

    Traffic that nothing holds back has ever less time at ever higher numbers. A limit shows by the contrary: much more time at one number than
    at the one below, and hardly any above.
    """
    at = np.zeros(1)
    for run in runs:
        for client in np.unique(run.clients):
            own = _time_at(run.starts_s[run.clients == client], run.ends_s[run.clients == client])
            at, own = (np.pad(one, (0, max(len(at), len(own)) - len(one))) for one in (at, own))
            at = at + own
    for number in range(len(at) - 1, 1, -1):
        if at[number] > HELD_BACK * at[number - 1] and at[number + 1 :].sum() < at[number] / 100:
            return float(number)
    return float("inf")


def _time_at(starts_s: Floats, ends_s: Floats) -> Floats:
    """Seconds with so many inside, by their number."""
    times = np.concatenate([ends_s, starts_s])
    order = np.argsort(times, kind="stable")
    inside = np.cumsum(np.repeat([-1, 1], len(starts_s))[order])[:-1]
    return np.bincount(np.maximum(inside, 0), np.diff(times[order])).astype(np.float64)


def pooled(histories: Iterable[Sequence[Run]]) -> list[Run]:
    """One run a size of several histories: the longest of each size, for histories of one workload on warehouses of several sizes."""
    by_rate: dict[float, Run] = {}
    for run in (one for history in histories for one in history):
        if run.rate not in by_rate or len(run.starts_s) > len(by_rate[run.rate].starts_s):
            by_rate[run.rate] = run
    return [by_rate[rate] for rate in sorted(by_rate)]


def seconds_of(times: pd.Series) -> Floats:
    """Seconds since the epoch; numbers are taken for seconds."""
    if pd.api.types.is_numeric_dtype(times):
        return times.to_numpy(dtype=float)
    return pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]").astype("int64").to_numpy() / 1e6


def _run(warehouse: str, size: str, rate: float, kind: str, rows: pd.DataFrame) -> Run:
    rows = rows.sort_values("start_time", kind="stable")
    queued = rows["queued_ms"].to_numpy(dtype=float) / 1000
    return Run(
        warehouse=warehouse,
        size=size,
        rate=rate,
        starts_s=seconds_of(rows["start_time"]),
        elapsed_s=np.maximum(rows["elapsed_ms"].to_numpy(dtype=float) / 1000, 1e-6),
        executed_s=np.where(np.isnan(queued), np.nan, np.maximum(rows["execution_ms"].to_numpy(dtype=float) / 1000, 1e-6)),
        queued_s=np.nan_to_num(queued),
        clusters=rows["cluster_number"].fillna(1).to_numpy(dtype=np.int64),
        templates=rows["id"].fillna("no text").to_numpy(dtype=object),
        clients=pd.factorize(rows["user_name"].fillna("") if "user_name" in rows else pd.Series("", index=rows.index))[0].astype(np.int64),
        spilled=int((rows["spilled"].fillna(0) > 0).sum()),
        kind=kind,
    )
