"""Memory over time, against requests, and by phase of the load."""

from typing import Literal

import numpy as np
import pandas as pd

from perfweek.load.plan import Phase
from perfweek.profiling.memory.leak import LEAST_S, Leak, judge
from perfweek.profiling.memory.resources import Resources

MIB = 1 << 20
Column = Literal["rss_mib", "pss_mib", "uss_mib"]
NAMES: dict[Column, str] = {
    "rss_mib": "resident memory (RSS)",
    "pss_mib": "memory in which a shared page counts once (PSS)",
    "uss_mib": "memory of each process alone (USS)",
}
PHASE_COLUMNS = ("phase", "start_s", "seconds", "requests", "rss_mib", "alone_mib", "cores", "system_share", "switches", "forced", "wait_share")


def judged_column(resources: Resources) -> Column:
    """What stands for the memory of the service: RSS of a single process; of several PSS, or where the system tells none, USS.

    The RSS of processes that share pages counts those pages once in each of them.
    """
    process = resources.process
    if not (process["processes"] > 1).any():
        return "rss_mib"
    return "pss_mib" if process["pss_mib"].notna().any() else "uss_mib" if process["uss_mib"].notna().any() else "rss_mib"


def memory_series(resources: Resources) -> pd.DataFrame:
    """seconds since the load started, epoch_s, rss_mib, uss_mib, pss_mib, requests started until then, on_plateau."""
    process = resources.process
    start, end = resources.plateau
    series = process[["epoch_s", "rss_mib", "uss_mib", "pss_mib"]].astype(float)
    return series.assign(
        seconds=process["epoch_s"] - resources.run.origin,
        requests=np.searchsorted(resources.requests, process["epoch_s"].to_numpy(dtype=float)),
        on_plateau=process["epoch_s"].between(start, end),
    )


def leak_of(resources: Resources, least_s: float = LEAST_S) -> Leak:
    """The verdict on the service's memory while the load was constant."""
    series = memory_series(resources)
    steady = series[series["on_plateau"]]
    return judge(steady["epoch_s"], steady[judged_column(resources)] * MIB, steady["requests"], least_s)


def memory_by_phase(resources: Resources) -> pd.DataFrame:
    """PHASE_COLUMNS, a row a phase that was watched: the largest rss_mib and alone_mib (USS), cores in use, the share of them spent in the
    system's kernel, context switches a second and those of them that were forced, and seconds a second that threads waited for a CPU."""
    rows = [row for phase in resources.run.plan.phases if (row := _phase(resources, phase))]
    return pd.DataFrame(rows, columns=list(PHASE_COLUMNS))


def _phase(resources: Resources, phase: Phase) -> dict[str, object] | None:
    start, end = resources.run.origin + phase.start_s, resources.run.origin + phase.end_s
    rows = resources.process[resources.process["epoch_s"].between(start, end)]
    if len(rows) < 2:
        return None
    gained = gains(rows, "user_s", "system_s", "voluntary", "involuntary", "wait_s")
    used = gained["user_s"] + gained["system_s"]
    return {
        "phase": _label(phase),
        "start_s": phase.start_s,
        "seconds": end - start,
        "requests": int(np.diff(np.searchsorted(resources.requests, [start, end]))[0]),
        "rss_mib": rows["rss_mib"].max(),
        "alone_mib": rows["uss_mib"].max(),
        "cores": used,
        "system_share": gained["system_s"] / used if used else np.nan,
        "switches": gained["voluntary"] + gained["involuntary"],
        "forced": gained["involuntary"],
        "wait_share": gained["wait_s"],
    }


def gains(rows: pd.DataFrame, *columns: str) -> dict[str, float]:
    """How much each cumulative column gained a second from its first to its last known value; NaN where fewer than two are known."""
    return {name: _gain(rows[["epoch_s", name]].dropna().to_numpy(dtype=float)) for name in columns}


def _gain(known: np.ndarray) -> float:
    return float((known[-1, 1] - known[0, 1]) / (known[-1, 0] - known[0, 0])) if len(known) > 1 else np.nan


def _label(phase: Phase) -> str:
    level = f"{phase.high:g}" if phase.low == phase.high else f"{phase.low:g} to {phase.high:g}"
    return f"{phase.kind}, {level}"
