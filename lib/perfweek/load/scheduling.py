"""How often and for how long the threads of a process were kept from a CPU, as Linux counts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NAN = float("nan")


@dataclass(frozen=True)
class Switches:
    """Context switches that a thread asked for (it waited) and those forced upon it; `wait_s`: ready to run, without a CPU."""

    voluntary: float
    involuntary: float
    wait_s: float

    def __add__(self, other: "Switches") -> "Switches":
        return Switches(self.voluntary + other.voluntary, self.involuntary + other.involuntary, self.wait_s + other.wait_s)

    def since(self, before: "Switches") -> "Switches":
        return Switches(
            max(0.0, self.voluntary - before.voluntary), max(0.0, self.involuntary - before.involuntary), max(0.0, self.wait_s - before.wait_s)
        )


NONE = Switches(0.0, 0.0, 0.0)
Threads = Mapping[tuple[int, int], Switches]


@dataclass
class Total:
    """A sum that only grows: a thread that ended keeps what it was last seen with."""

    counted: Switches = NONE
    _last: Threads = field(default_factory=dict)

    def advance(self, now: Threads) -> Switches:
        """Add what each thread, by (pid, thread id), has gained since the last call, and return the sum since the processes started."""
        for key, switches in now.items():
            self.counted += switches.since(self._last.get(key, NONE))
        self._last = dict(now)
        return self.counted


def switches_by_thread(process: psutil.Process) -> Threads:
    """The counts of each thread; elsewhere than on Linux one entry for the process, without `wait_s` (NaN).

    /proc/PID/status and psutil's num_ctx_switches tell the first thread alone: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    tasks = Path(f"/proc/{process.pid}/task")
    if not tasks.is_dir():
        counts = process.num_ctx_switches()
        return {(process.pid, 0): Switches(counts.voluntary, counts.involuntary, NAN)}
    found = {}
    for task in tasks.iterdir():
        try:
            found[process.pid, int(task.name)] = _of_thread(task)
        except OSError:
            continue
    return found


def _of_thread(task: Path) -> Switches:
    voluntary, involuntary = (float(line.split()[1]) for line in (task / "status").read_text().splitlines()[-2:])
    try:
        wait_s = float((task / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        wait_s = NAN
    return Switches(voluntary, involuntary, wait_s)
