"""Load runs made of tables: what a reader can count."""

import numpy as np
import pandas as pd
import pytest

from perfweek.load.plan import UNKNOWN, Phase, Plan
from perfweek.load.reading.results import Results
from perfweek.load.run import LoadRun
from perfweek.load.warmup import levels_of, without_warmup

ORIGIN = 1_700_000_000.0
RAMPED = Plan((Phase("a", "ramp", 0, 10, 0, 20), Phase("a", "plateau", 10, 40, 20, 20), Phase("a", "ramp", 40, 50, 20, 0)), "open", 50.0)
PROCESS_COLUMNS = ("epoch_s", "rss_mib", "cpu_s", "threads")


def requests_of(*endpoints: tuple[str, float], start: float = 0, seconds: float = 50, rate: float = 10, status: int = 200, spread: float = 0.2):
    """`rate` requests a second of each endpoint (name, median ms), evenly in time, durations log-normal around the median."""
    random = np.random.default_rng(1)
    n = int(seconds * rate)
    frames = [
        pd.DataFrame(
            {
                "time": ORIGIN + start + (np.arange(n) + 0.5) / rate,
                "duration_ms": median * np.exp(random.normal(0, spread, n)),
                "endpoint": name,
                "scenario": "a",
                "status": status,
                "failed": status != 200,
            }
        )
        for name, median in endpoints
    ]
    return pd.concat(frames, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)


@pytest.fixture
def make_run():
    """A LoadRun of `requests`, with `dropped` iterations on the plateau, a process that uses half a core and 100 MiB; warm-up is cut where `warm`."""

    def build(requests, plan: Plan = RAMPED, dropped: int = 0, watched: bool = True, warm: bool = False, record=None, drop_times=()) -> LoadRun:
        times = np.arange(ORIGIN, ORIGIN + 50, 0.25)
        process = pd.DataFrame({"epoch_s": times, "rss_mib": 100.0, "cpu_s": (times - ORIGIN) / 2, "threads": 4})
        iterations = requests[["time", "scenario"]].assign(done=1, dropped=0)
        if dropped:
            iterations = pd.concat([iterations, pd.DataFrame({"time": [ORIGIN + 20], "scenario": ["a"], "done": [0], "dropped": [dropped]})])
        if len(drop_times):
            iterations = pd.concat([iterations, pd.DataFrame({"time": drop_times, "scenario": "a", "done": 0, "dropped": 1})])
        results = Results(requests, iterations.sort_values("time", ignore_index=True), len(requests), 0, "", 1e-3)
        files = [f"evidence/load-monday/{name}" for name in ("k6.csv.gz", "run.json", "process.csv")]
        levels = levels_of(requests, plan, ORIGIN) if warm else ()
        return LoadRun(results, without_warmup(plan, levels), ORIGIN, record or {}, process if watched else process.iloc[:0], *files, levels)

    return build


@pytest.fixture
def unknown_plan():
    return UNKNOWN


@pytest.fixture
def requests():
    return requests_of
