"""Profile runs for tests: made up window by window, or of a real process that spends a known CPU time on each request."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from perfweek.load.processes import COLUMNS
from perfweek.profiling.record import Profile, Slot
from perfweek.profiling.run import ProfileRun, Window
from perfweek.profiling.stacks import Stacks

SOURCE = "evidence/profile-monday/profile.json"
PROFILE = Profile("py-spy", "0.4.2", "3.11.7", ("--format", "raw", "--nolineno"), 100, "The profiler is py-spy.", "", "")


def requests_of(endpoint: str, times: Sequence[float], duration_ms: float = 1.0) -> pd.DataFrame:
    rows = {"time": list(times), "duration_ms": duration_ms, "endpoint": endpoint, "scenario": "s", "status": 200, "failed": False}
    return pd.DataFrame(rows)


def window_of(stacks: Stacks, cpu_s: float, served: Mapping[str, float], on: bool = True, duration_ms: float = 1.0, idle: int = 0) -> Window:
    """A window of one second in which all requests took `duration_ms`."""
    parts = [requests_of(name, [0.5] * round(n), duration_ms) for name, n in served.items()]
    requests = pd.concat(parts) if parts else requests_of("", [])
    return Window(Slot(on, 0.0, 1.0, cpu_s, "pyspy.raw.00.txt" if on else "", 0.1 if on else 0.0), stacks, idle, requests, dict(served))


def run_of(windows: Sequence[Window], profile: Profile = PROFILE, handlers: Mapping[str, str] | None = None) -> ProfileRun:
    requests = pd.concat([window.requests for window in windows]) if windows else requests_of("", [])
    return ProfileRun(profile, tuple(windows), handlers or {}, requests, pd.DataFrame(columns=list(COLUMNS), dtype=float), SOURCE)


# Each request spends so much CPU time of its thread in `cold` and so much in `hot`, whatever the machine does meanwhile.
PROGRAM = """
import sys, time
cold_ms, hot_ms, log = float(sys.argv[1]), float(sys.argv[2]), open(sys.argv[3], "w")

def cold():
    end = time.thread_time() + cold_ms / 1000
    while time.thread_time() < end:
        sum(range(20))

def hot():
    end = time.thread_time() + hot_ms / 1000
    while time.thread_time() < end:
        sum(range(20))

while True:
    started = time.time()
    cold()
    hot()
    log.write(f"{started} {1000 * (time.time() - started)}\\n")
    log.flush()
"""


def busy_process(folder: Path, name: str, cold_ms: float, hot_ms: float) -> tuple["subprocess.Popen[bytes]", Path]:
    """(a process that answers one request after the other, the log of its requests: start in epoch seconds and duration in ms)."""
    program, log = folder / f"{name}.py", folder / f"{name}.log"
    program.write_text(PROGRAM)
    return subprocess.Popen([sys.executable, str(program), str(cold_ms), str(hot_ms), str(log)]), log


def logged_requests(log: Path) -> pd.DataFrame:
    rows = [line.split() for line in log.read_text().splitlines()[:-1]]
    requests = requests_of("GET /", [float(started) for started, _ in rows])
    return requests.assign(duration_ms=[float(duration) for _, duration in rows])
