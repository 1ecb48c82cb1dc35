"""Memory and CPU of a process and its children while something else happens, as a CSV file."""

import csv
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from memory_profiler import memory_usage

COLUMNS = ("epoch_s", "rss_mib", "cpu_s", "threads")
PROCESS = "process.csv"
INTERVAL_S = 0.25


@contextmanager
def sampled(pid: int | None, path: Path) -> Iterator[None]:
    """Write a row of COLUMNS to `path` four times a second for the length of the block; nothing without a pid.

    rss_mib: resident memory of the process and its children, pages that they share counted in each; cpu_s: user and system
    time since they started, cumulative; a child that ended keeps the time that it was last seen with.
    """
    if pid is None:
        yield
        return
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(pid, path, done), daemon=True)
    sampler.start()
    try:
        yield
    finally:
        done.set()
        sampler.join()


def _sample(pid: int, path: Path, done: threading.Event) -> None:
    cpu_s: dict[int, float] = {}
    with path.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(COLUMNS)
        due = time.monotonic()
        while not done.wait(max(0.0, due - time.monotonic())):
            due += INTERVAL_S
            try:
                rows.writerow(_row(pid, cpu_s))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                return
            output.flush()


def _row(pid: int, cpu_s: dict[int, float]) -> tuple[str, str, str, int]:
    process = psutil.Process(pid)
    threads = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            used = one.cpu_times()
            cpu_s[one.pid] = used.user + used.system
            threads += one.num_threads()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    ((rss_mib, epoch_s),) = memory_usage(pid, interval=0.001, timestamps=True, include_children=True)
    return f"{epoch_s:.3f}", f"{rss_mib:.3f}", f"{sum(cpu_s.values()):.3f}", threads
