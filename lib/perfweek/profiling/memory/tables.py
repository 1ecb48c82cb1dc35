"""Monday's tables about memory and CPU of the service."""

import pandas as pd

from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.resources import Resources
from perfweek.profiling.memory.series import memory_by_phase
from perfweek.wording import interval_text

PHASE_FORMATS = {
    "start s": ".0f",
    "RSS MiB": ".0f",
    "USS MiB": ".0f",
    "cores": ".2f",
    "in the kernel %": ".0f",
    "switches/s": ".0f",
    "forced/s": ".0f",
    "threads waiting": ".2f",
}
PROCESS_FORMATS = {"cores": ".2f", "RSS MiB": ".0f", "USS MiB": ".0f", "pid": "d"}
PAUSE_FORMATS = {"a second": ".2f", "median ms": ".2f", "longest ms": ".1f", "of the time %": ".2f"}


def phase_table(resources: Resources) -> pd.DataFrame:
    """A row a phase of the load: memory, cores, context switches, and threads that were ready to run without a core."""
    phases = memory_by_phase(resources)
    return pd.DataFrame(
        {
            "phase": phases["phase"],
            "start s": phases["start_s"],
            "requests": phases["requests"],
            "RSS MiB": phases["rss_mib"],
            "USS MiB": phases["alone_mib"],
            "cores": phases["cores"],
            "in the kernel %": 100 * phases["system_share"],
            "switches/s": phases["switches"],
            "forced/s": phases["forced"],
            "threads waiting": phases["wait_share"],
        }
    )


def process_table(cpu: Cpu) -> pd.DataFrame:
    """A row a process of the service and of the load generator, the busiest first: cores on the plateau, largest memory, threads."""
    largest = cpu.resources.workers.groupby("pid")[["rss_mib", "uss_mib", "threads"]].max()
    rows = [
        {
            "process": name,
            "pid": pid,
            "of": "service" if group == "service" else "load generator",
            "cores": cores.value,
            "95 % interval": interval_text(cores),
            "RSS MiB": largest.loc[pid, "rss_mib"],
            "USS MiB": largest.loc[pid, "uss_mib"],
            "threads": int(largest["threads"][pid]),
        }
        for group, name, pid, cores in cpu.by_process
    ]
    return pd.DataFrame(rows, columns=["process", "pid", "of", "cores", "95 % interval", "RSS MiB", "USS MiB", "threads"])


def pause_table(cpu: Cpu) -> pd.DataFrame:
    """A row a generation of the garbage collector."""
    pauses = cpu.pauses
    return pd.DataFrame(
        {
            "generation": pauses["generation"],
            "pauses": pauses["pauses"],
            "a second": pauses["a_second"],
            "median ms": pauses["median_ms"],
            "longest ms": pauses["longest_ms"],
            "of the time %": 100 * pauses["share"],
        }
    )
