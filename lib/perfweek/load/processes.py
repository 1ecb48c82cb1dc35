"""Memory and CPU of the service, of the load generator and of the machine while something else happens, as CSV files."""

import csv
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from perfweek.load.scheduling import NAN, Total, switches_by_thread

PROCESS, WORKERS, CPUS = "process.csv", "workers.csv", "cpus.csv"
COLUMNS = (
    *("epoch_s", "rss_mib", "cpu_s", "threads", "user_s", "system_s"),
    *("uss_mib", "pss_mib", "voluntary", "involuntary", "wait_s", "processes", "sampler_s"),
)
WORKER_COLUMNS = ("epoch_s", "group", "pid", "name", "rss_mib", "uss_mib", "user_s", "system_s", "threads")
CPU_COLUMNS = ("epoch_s", "core", "user_s", "system_s", "steal_s", "idle_s")
INTERVAL_S = 0.25
DETAIL_S = 1.0
_LARGEST_SHARE = 1 / 500
"""Of a core, for each of what is expensive (process table, page tables): on a large machine it is looked at more rarely."""
_MIB = 1 << 20
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


@contextmanager
def sampled(pid: int | None, path: Path) -> Iterator[None]:
    """Watch the process, its children and the machine for the length of the block.

    `path`: a row of COLUMNS four times a second, nothing without a pid. rss_mib: resident memory of the process and its children, pages
    that they share counted in each; user_s, system_s and their sum cpu_s: since they started, a child that ended keeps the time that
    it was last seen with; sampler_s: CPU time that the watching took. Once a second or more rarely, empty in between: uss_mib, pages
    of one process alone; pss_mib, a shared page divided among those that share it, so that a tree counts it once (Linux); context
    switches and wait_s (ready to run, without a CPU) of all threads since they started.

    Beside it, once a second: WORKERS, a row a process, of the `group` service or load (this process and what else it started: the load
    generator); CPUS, a row a core, with its seconds since the machine started.
    """
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(pid, path, done), daemon=True)
    sampler.start()
    try:
        yield
    finally:
        done.set()
        sampler.join()


def _sample(pid: int | None, path: Path, done: threading.Event) -> None:
    with ExitStack() as stack, suppress(*_GONE):
        service = _Service(pid, stack.enter_context(_table(path, COLUMNS))) if pid is not None else None
        machine = _Machine(stack.enter_context(_table(path.with_name(WORKERS), WORKER_COLUMNS)), path.with_name(CPUS), stack)
        families, cores = _Pace(), _Pace()
        due = time.monotonic()
        while not done.wait(max(0.0, due - time.monotonic())):
            due += INTERVAL_S
            with families.kept() as now_due:
                if now_due:
                    machine.look(service)
            if service:
                service.sample()
            with cores.kept() as now_due:
                if now_due:
                    machine.sample(service)


@dataclass
class _Pace:
    """What is due once in DETAIL_S, or more rarely where it costs more than its share of a core."""

    due: float = 0.0

    @contextmanager
    def kept(self) -> Iterator[bool]:
        """Whether it is due now; what the block then costs decides when it is due again."""
        now, used = time.monotonic(), time.thread_time()
        is_due = now >= self.due
        try:
            yield is_due
        finally:
            if is_due:
                self.due = now + max(DETAIL_S, (time.thread_time() - used) / _LARGEST_SHARE) - INTERVAL_S / 2


class _Table:
    """A CSV file that can be read while it grows."""

    def __init__(self, output: Any) -> None:
        self._output = output
        self._rows = csv.writer(output)

    def write(self, rows: Iterable[Iterable[object]]) -> None:
        self._rows.writerows([_cell(value) for value in row] for row in rows)
        self._output.flush()


@contextmanager
def _table(path: Path, columns: tuple[str, ...]) -> Iterator[_Table]:
    with path.open("w", newline="") as output:
        table = _Table(output)
        table.write([columns])
        yield table


def _cell(value: object) -> object:
    return ("" if value != value else f"{value:.3f}") if isinstance(value, float) else value  # noqa: PLR0124


@dataclass(frozen=True)
class _Usage:
    """What one process uses now; memory in MiB, times in seconds since it started."""

    rss_mib: float
    user_s: float
    system_s: float
    threads: int

    @classmethod
    def of(cls, process: psutil.Process) -> "_Usage":
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                raise psutil.ZombieProcess(process.pid)
            used = process.cpu_times()
            return cls(process.memory_info().rss / _MIB, used.user, used.system, process.num_threads())


class _Service:
    """The service's process with its children."""

    def __init__(self, pid: int, table: _Table) -> None:
        self.root = psutil.Process(pid)
        self.tree = [self.root]
        self.usage: dict[int, _Usage] = {}
        self.alone_mib: dict[int, float] = {}
        self._ended_s: dict[int, tuple[float, float]] = {}
        self._counted = Total()
        self._memory_pace, self._switches_pace = _Pace(), _Pace()
        self._table = table

    def sample(self) -> None:
        """Write a row. Raises NoSuchProcess where the service has ended."""
        self.usage = {self.root.pid: _Usage.of(self.root)} | dict(_each(self.tree[1:], _Usage.of))
        self._ended_s |= {pid: (one.user_s, one.system_s) for pid, one in self.usage.items()}
        user_s, system_s = (sum(times) for times in zip(*self._ended_s.values(), strict=True))
        rss_mib, threads = sum(one.rss_mib for one in self.usage.values()), sum(one.threads for one in self.usage.values())
        known = (time.time(), rss_mib, user_s + system_s, threads, user_s, system_s)
        self._table.write([(*known, *self._memory(), *self._switches(), len(self.usage), time.thread_time())])

    def _memory(self) -> tuple[float, float]:
        """(USS, PSS) in MiB where they are due and may be read of every process."""
        with self._memory_pace.kept() as now_due:
            if not now_due:
                return NAN, NAN
            memory = dict(_each(self.tree, lambda process: process.memory_full_info()))
            self.alone_mib = {pid: one.uss / _MIB for pid, one in memory.items()}
            if len(memory) < len(self.usage):
                return NAN, NAN
            return sum(self.alone_mib.values()), sum(getattr(one, "pss", NAN) for one in memory.values()) / _MIB

    def _switches(self) -> tuple[float, float, float]:
        with self._switches_pace.kept() as now_due:
            if not now_due:
                return NAN, NAN, NAN
            threads = {key: one for _, found in _each(self.tree, switches_by_thread) for key, one in found.items()}
            counted = self._counted.advance(threads)
            return counted.voluntary, counted.involuntary, counted.wait_s


class _Machine:
    """The cores, and each process of the service and of the load generator."""

    def __init__(self, workers: _Table, cpus: Path, stack: ExitStack) -> None:
        self._own = psutil.Process(os.getpid())
        self._load = [self._own]
        self._workers = workers
        self._cpus = stack.enter_context(_table(cpus, CPU_COLUMNS))

    def look(self, service: _Service | None) -> None:
        """Find the processes anew."""
        if service:
            service.tree = [service.root, *service.root.children(recursive=True)]
        of_service = {process.pid for process in service.tree} if service else set()
        self._load = [process for process in [self._own, *self._own.children(recursive=True)] if process.pid not in of_service]

    def sample(self, service: _Service | None) -> None:
        now = time.time()
        self._cpus.write((now, core, *_core_times(times)) for core, times in enumerate(psutil.cpu_times(percpu=True)))
        rows = [(now, "load", *row) for _, row in _each(self._load, lambda process: _worker(process, _Usage.of(process), NAN))]
        if service:
            known = [process for process in service.tree if process.pid in service.usage]
            told = _each(known, lambda process: _worker(process, service.usage[process.pid], service.alone_mib.get(process.pid, NAN)))
            rows += [(now, "service", *row) for _, row in told]
        self._workers.write(rows)


def _worker(process: psutil.Process, usage: _Usage, uss_mib: float) -> tuple[object, ...]:
    return process.pid, process.name(), usage.rss_mib, uss_mib, usage.user_s, usage.system_s, usage.threads


def _core_times(times: Any) -> tuple[float, float, float, float]:
    """(user, system, steal, idle) seconds; a system names only those that it knows."""
    user, system, idle = (
        sum(getattr(times, name, 0.0) for name in names) for names in (("user", "nice"), ("system", "irq", "softirq"), ("idle", "iowait"))
    )
    return user, system, getattr(times, "steal", 0.0), idle


def _each(processes: Iterable[psutil.Process], ask: Any) -> Iterator[tuple[int, Any]]:
    """(pid, answer) of the processes that are still there and may be asked."""
    for process in processes:
        with suppress(*_GONE):
            yield process.pid, ask(process)
