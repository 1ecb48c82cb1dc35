"""Who uses the CPU while the load is constant: each core, each process, and what the scheduler and the collector take away."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from perfweek.profiling.memory.pauses import pauses_by_generation
from perfweek.profiling.memory.resources import Resources
from perfweek.stats import Estimate, mean_of_windows

NO_DATA = Estimate(math.nan, math.nan, math.nan, 0, "no data")
_TIMES = ("user_s", "system_s", "steal_s", "idle_s")


@dataclass(frozen=True)
class Cpu:
    """What `resources` says about CPU on the plateau; every Estimate is a mean over the times between two samples, with a t interval."""

    resources: Resources

    @cached_property
    def cores(self) -> pd.DataFrame:
        """epoch_s (end of the window), core, busy, stolen: shares of the time since the sample before; the whole run."""
        return core_shares(self.resources.cpus)

    @cached_property
    def core_count(self) -> int:
        return int(self.resources.cpus["core"].nunique())

    @cached_property
    def machine(self) -> Estimate:
        """Share of all cores that was busy, with whatever."""
        return self._of_cores("busy")

    @cached_property
    def stolen(self) -> Estimate:
        """Share of all cores that the host of this virtual machine gave to others."""
        return self._of_cores("stolen")

    def _of_cores(self, column: str) -> Estimate:
        steady = self.resources.on_plateau(self.cores)
        return _mean(steady.groupby("epoch_s")[column].mean(), 1.0) if len(steady) else NO_DATA

    @cached_property
    def processes(self) -> pd.DataFrame:
        """epoch_s (end of the window), group, pid, name, cores in use since the sample before; the whole run."""
        return process_cores(self.resources.workers)

    @cached_property
    def users(self) -> pd.DataFrame:
        """epoch_s (end of the window), service, load (the load generator and perfweek itself), others: cores in use; the whole run."""
        used = self.processes.pivot_table(index="epoch_s", columns="group", values="cores", aggfunc="sum")
        used = used.reindex(columns=["service", "load"])
        busy = self.cores.groupby("epoch_s")["busy"].sum().reindex(used.index)
        return used.assign(others=(busy - used.sum(axis=1)).clip(lower=0)).reset_index()

    @cached_property
    def service(self) -> Estimate:
        """Cores that the service keeps busy."""
        return self._of_users("service")

    @cached_property
    def load(self) -> Estimate:
        """Cores that the load generator and perfweek itself keep busy."""
        return self._of_users("load")

    @cached_property
    def others(self) -> Estimate:
        """Cores that everything else on the machine keeps busy."""
        return self._of_users("others")

    def _of_users(self, who: str) -> Estimate:
        known = self.resources.on_plateau(self.users)[who].dropna()
        return _mean(known) if len(known) else NO_DATA

    @cached_property
    def by_core(self) -> list[tuple[int, Estimate]]:
        """(core, share of the time that it was busy)."""
        return [(int(rows["core"].iloc[0]), _mean(rows["busy"], 1.0)) for _, rows in self.resources.on_plateau(self.cores).groupby("core")]

    @cached_property
    def by_process(self) -> list[tuple[str, str, int, Estimate]]:
        """(group, name, pid, cores) of each process, the busiest first."""
        steady = self.resources.on_plateau(self.processes)
        found = [(rows.iloc[0], _mean(rows["cores"])) for _, rows in steady.groupby("pid")]
        ranked = sorted(found, key=lambda one: -one[1].value)
        return [(str(row["group"]), str(row["name"]), int(row["pid"]), cores) for row, cores in ranked]

    @cached_property
    def workers(self) -> list[Estimate]:
        """Cores of each process of the service, the busiest first."""
        return [cores for group, _, _, cores in self.by_process if group == "service"]

    @cached_property
    def forced_switches(self) -> Estimate:
        """Times a second that the scheduler took a core from a thread of the service that had not finished."""
        return self._rate("involuntary")

    @cached_property
    def asked_switches(self) -> Estimate:
        """Times a second that a thread of the service gave its core up, to wait for something."""
        return self._rate("voluntary")

    @cached_property
    def waiting(self) -> Estimate:
        """Threads of the service that were ready to run and had no core, on average."""
        return self._rate("wait_s")

    def _rate(self, column: str) -> Estimate:
        known = self.resources.on_plateau(self.resources.process)[["epoch_s", column]].dropna().to_numpy(dtype=float)
        return _mean(np.diff(known[:, 1]) / np.diff(known[:, 0])) if len(known) > 1 else NO_DATA

    @cached_property
    def pauses(self) -> pd.DataFrame:
        """`pauses_by_generation` on the plateau."""
        return pauses_by_generation(self._steady_pauses, self._process_seconds)

    @cached_property
    def pause_share(self) -> Estimate:
        """Share of the time of a process that its garbage collector stood in the way."""
        if not self.resources.pauses.recorded:
            return NO_DATA
        paused = self._steady_pauses.groupby(["pid", "epoch_s"])["pause_ms"].sum().to_numpy() / 1000
        return _mean(np.concatenate([paused, np.zeros(max(0, round(self._process_seconds) - len(paused)))]), 1.0)

    @cached_property
    def longest_pause(self) -> Estimate:
        """In ms; a maximum has no interval."""
        durations = self._steady_pauses["pause_ms"]
        return Estimate(float(durations.max()), math.nan, math.nan, len(durations), "largest of all pauses") if len(durations) else NO_DATA

    @property
    def _steady_pauses(self) -> pd.DataFrame:
        return self.resources.on_plateau(self.resources.pauses.table)

    @property
    def _process_seconds(self) -> float:
        start, end = self.resources.plateau
        return max(1.0, end - start) * max(1, self._steady_pauses["pid"].nunique())


def _mean(values: ArrayLike, most: float = math.inf) -> Estimate:
    """The mean of windows of what lies between 0 and `most`."""
    found = mean_of_windows(values)
    return replace(found, low=max(0.0, found.low), high=min(most, found.high)) if found.low == found.low else found


def core_shares(cpus: pd.DataFrame) -> pd.DataFrame:
    """epoch_s, core, busy and stolen shares of the time between each two samples of CPU_COLUMNS."""
    ordered = cpus.sort_values(["core", "epoch_s"])
    spent = ordered.groupby("core")[list(_TIMES)].diff().clip(lower=0)
    total = spent.sum(axis=1)
    shares = ordered[["epoch_s", "core"]].assign(busy=(spent["user_s"] + spent["system_s"]) / total, stolen=spent["steal_s"] / total)
    return shares[total > 0].reset_index(drop=True)


def process_cores(workers: pd.DataFrame) -> pd.DataFrame:
    """epoch_s, group, pid, name, cores in use between each two samples of WORKER_COLUMNS of a process."""
    ordered = workers.sort_values(["pid", "epoch_s"]).assign(used_s=lambda rows: rows["user_s"] + rows["system_s"])
    gained = ordered.groupby("pid")[["epoch_s", "used_s"]].diff()
    cores = (gained["used_s"] / gained["epoch_s"]).clip(lower=0)
    return ordered[["epoch_s", "group", "pid", "name"]].assign(cores=cores)[cores.notna()].reset_index(drop=True)
