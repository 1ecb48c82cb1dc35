"""py-spy: its version, what it finds when it looks at a process, and recording for a while."""

import re
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from perfweek.errors import MeasurementError
from perfweek.load.service import Running
from perfweek.process import Child, guarded, last_lines
from perfweek.profiling.capability import Look
from perfweek.profiling.record import Slot
from perfweek.profiling.schedule import SHORTEST_S, Schedule

_READY = "Sampling process"
_POLL_S = 0.02
_LATE_S = 0.2
_LOOK_S = 30.0
_END_S = 60.0


@dataclass(frozen=True)
class Recorder:
    """What a window needs: the `service`, the Python process `pid` of it to look into, the `folder` to write to, the `flags` of py-spy, and the
    name of a window's `file` with a place for its number."""

    service: Running
    pid: int
    folder: Path
    flags: tuple[str, ...]
    file: str


def version() -> str:
    """The version of py-spy, '' where there is none."""
    try:
        return subprocess.run([str(_program()), "--version"], capture_output=True, text=True, check=True).stdout.removeprefix("py-spy").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def look(pid: int, *flags: str) -> Look:
    """What py-spy finds when it reads the stacks of a process once, with `flags` such as --nonblocking."""
    try:
        answer = subprocess.run([str(_program()), "dump", "--pid", str(pid), *flags], capture_output=True, text=True, check=False, timeout=_LOOK_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Look(f"py-spy does not run: {type(error).__name__}")
    if answer.returncode:
        return Look(why(answer.returncode, answer.stderr))
    python = re.search(r"^Python v(\d+\.\d+\.\d+)", answer.stdout, re.MULTILINE)
    return Look("", python[1] if python else "", _threads(pid))


def python_process(pid: int) -> tuple[int, bool]:
    """(the nearest Python process at or below `pid`, whether it has children): a start command may be a wrapper around the service."""
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
        chosen = next((process for process in tree if Path(process.exe()).name.startswith(("python", "pypy"))), root)
        return chosen.pid, bool(chosen.children())
    except psutil.Error as error:
        raise MeasurementError(f"the process of the service cannot be looked at: {error}", str(pid), "Give the same command again.") from error


@contextmanager
def recording(pid: int, output: Path, flags: Sequence[str]) -> Iterator[Child]:
    """py-spy as it records `pid` into `output`, from its first sample to the end of the block; its log lies beside `output`, by the same name.

    It is stopped by SIGINT, upon which it writes its file: with a duration it would count samples, not seconds.
    """
    log = output.with_suffix(".log")
    with guarded([str(_program()), "record", "--pid", str(pid), "--output", str(output), *flags], log) as spy:
        while spy.poll() is None and _READY not in last_lines(log, 100):
            time.sleep(_POLL_S)
        yield spy
        spy.interrupt()
        spy.wait(_END_S)


def why(code: int, said: str) -> str:
    """What py-spy says went wrong, '' for the exit code 0."""
    if code == 0:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("py-spy>")]
    return lines[0].removeprefix("Error: ").partition(": Try running again")[0].rstrip(".") if lines else f"py-spy ended with exit code {code}"


def record_slots(recorder: Recorder, planned: Schedule) -> Iterator[Slot]:
    """The windows one after the other: to the last, to the first in which the profiler failed, or until there is no time for another."""
    end = time.monotonic() + planned.end_s - planned.begin_s
    for number, on in enumerate(planned.on):
        if end - time.monotonic() < SHORTEST_S:
            return
        slot = _profiled(recorder, planned.window_s, end, number) if on else _watched(recorder, planned.window_s, end, None)
        yield slot
        if on and not slot.file:
            return


def _profiled(recorder: Recorder, window_s: float, end: float, number: int) -> Slot:
    output = recorder.folder / recorder.file.format(number)
    with recording(recorder.pid, output, recorder.flags) as spy:
        slot = _watched(recorder, window_s, end, spy)
    if spy.poll() == 0 and output.exists():
        return replace(slot, file=output.name)
    time.sleep(_LATE_S)  # py-spy ends with its process, and sees that end before the service's guard does
    recorder.service.check()
    return slot


def _watched(recorder: Recorder, window_s: float, end: float, spy: Child | None) -> Slot:
    until = min(end, time.monotonic() + window_s)
    started, before = time.time(), _cpu_s(recorder.service.pid)
    while (left := until - time.monotonic()) > 0 and (spy is None or spy.poll() is None):
        recorder.service.check()
        time.sleep(min(_POLL_S, left))
    own = _cpu_s(spy.pid) if spy else 0.0
    return Slot(spy is not None, started, time.time(), max(0.0, _cpu_s(recorder.service.pid) - before), "", own)


def _cpu_s(pid: int | None) -> float:
    """User and system time of a process and its children since they started, in seconds; 0 where there is none."""
    total = 0.0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                used = one.cpu_times()
                total += used.user + used.system
    return total


def _threads(pid: int) -> int:
    try:
        return psutil.Process(pid).num_threads()
    except psutil.Error:
        return 1


def _program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "py-spy"
