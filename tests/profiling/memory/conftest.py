"""Resources made of tables: what a reader can count."""

import numpy as np
import pandas as pd
import pytest

from perfweek.gc_log import FILE
from perfweek.load.plan import Phase, Plan
from perfweek.load.processes import CPU_COLUMNS, CPUS, PROCESS, WORKER_COLUMNS, WORKERS
from perfweek.load.reading.results import Results
from perfweek.load.run import LoadRun
from perfweek.profiling.memory.pauses import parse_pauses
from perfweek.profiling.memory.resources import Resources

ORIGIN = 1_700_000_000.0
SECONDS = 120
RATE = 10
MIB = 1 << 20
PLAN = Plan((Phase("a", "ramp", 0, 10, 0, RATE), Phase("a", "plateau", 10, 110, RATE, RATE), Phase("a", "ramp", 110, 120, RATE, 0)), "open", 120.0)


def process_table(leak_b_a_second: float = 0.0, processes: int = 1, noise_mib: float = 0.2) -> pd.DataFrame:
    """Four rows a second: 100 MiB and a leak, half a core, USS and switches each second: 100 asked and 20 forced, 0.05 s of waiting."""
    seconds = np.arange(0, SECONDS, 0.25)
    random = np.random.default_rng(1)
    detailed = np.arange(len(seconds)) % 4 == 0
    rss = processes * 100 + leak_b_a_second * seconds / MIB + random.normal(0, noise_mib, len(seconds))
    return pd.DataFrame(
        {
            "epoch_s": ORIGIN + seconds,
            "rss_mib": rss,
            "cpu_s": seconds / 2,
            "threads": 4,
            "user_s": seconds * 0.4,
            "system_s": seconds * 0.1,
            "uss_mib": np.where(detailed, rss - 20, np.nan),
            "pss_mib": np.where(detailed, rss - processes * 10, np.nan),
            "voluntary": np.where(detailed, seconds * 100, np.nan),
            "involuntary": np.where(detailed, seconds * 20, np.nan),
            "wait_s": np.where(detailed, seconds * 0.05, np.nan),
            "processes": processes,
            "sampler_s": seconds * 0.005,
        }
    )


def workers_table(**cores: float) -> pd.DataFrame:
    """A row a second of processes with names such as service_1 and load_1, which use so many cores."""
    rows = []
    for pid, (name, used) in enumerate(cores.items(), start=100):
        for second in range(SECONDS):
            rows.append((ORIGIN + second, name.partition("_")[0], pid, name, 100.0, 80.0, used * second, 0.0, 4))
    return pd.DataFrame(rows, columns=list(WORKER_COLUMNS))


def cpus_table(*busy: float, stolen: float = 0.0) -> pd.DataFrame:
    """A row a second of cores that are busy for such a share of the time."""
    rows = []
    for core, share in enumerate(busy):
        for second in range(SECONDS):
            rows.append((ORIGIN + second, core, share * second, 0.0, stolen * second, (1 - share - stolen) * second))
    return pd.DataFrame(rows, columns=list(CPU_COLUMNS))


def load_run(process: pd.DataFrame) -> LoadRun:
    """RATE requests a second for SECONDS."""
    times = ORIGIN + (np.arange(SECONDS * RATE) + 0.5) / RATE
    requests = pd.DataFrame({"time": times, "duration_ms": 10.0, "endpoint": "GET /", "scenario": "a", "status": 200, "failed": False})
    iterations = requests[["time", "scenario"]].assign(done=1, dropped=0)
    results = Results(requests, iterations, len(requests), 0, "", 1e-3)
    files = [f"evidence/load-monday/{name}" for name in ("k6.csv.gz", "run.json", PROCESS)]
    return LoadRun(results, PLAN, ORIGIN, {}, process, *files)


@pytest.fixture
def resources_of():
    """Resources of a service that uses half of one of two cores, unless told."""

    def build(process=None, workers=None, cpus=None, pauses=None, run=None) -> Resources:
        process = process_table() if process is None else process
        workers = workers_table(service_1=0.5, load_1=0.1) if workers is None else workers
        cpus = cpus_table(0.5, 0.3) if cpus is None else cpus
        sources = {name: f"evidence/load-monday/{name}" for name in (PROCESS, WORKERS, CPUS, FILE)}
        return Resources(run or load_run(process), process, workers, cpus, parse_pauses(pauses), sources)

    return build


@pytest.fixture
def tables():
    """The makers of tables above."""
    return {"process": process_table, "workers": workers_table, "cpus": cpus_table}
