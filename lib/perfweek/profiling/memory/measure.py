"""Looking into memory in processes that are thrown away: line by line with memory-profiler, allocations with memray."""

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import psutil

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.load import k6
from perfweek.load.measure import logs_kept
from perfweek.load.plan import plan_of
from perfweek.load.script import Script, script_of
from perfweek.load.service import Running, running_service
from perfweek.process import guarded, last_lines
from perfweek.profiling.memory.attribution import COLUMNS, Allocations, parse_allocations
from perfweek.profiling.memory.lines import Lines, parse_lines
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

LINES, LINES_LOG = "memory_lines.json", "memory_lines.log"
ALLOCATIONS, RECORD = "allocations.csv", "allocations.json"
_CAPTURE, _LOG = "memray.bin", "memray.log"
_RUNNER = "perfweek.profiling.memory.line_runner"
_POLL_S = 0.2
_SETTLE_S = 20.0
Refusal = tuple[str, str]

NO_FUNCTIONS = ("the target names no function", 'Name some in [profiling] memory_functions, such as ["package.module:function"].')
NO_COMMAND = ("no command calls the functions", "Give [profiling] memory_command in the target; it begins with {python}.")
NOT_PYTHON = ("the command does not begin with {python}", "Write [profiling] memory_command as {python} -m module, or {python} script.py.")
NOT_WANTED = ("no leak was found", "It is traced when one is, or when the notebook asks for it.")
NOT_STARTED = ("the service was not started here, and memray would change the one that runs", "Give [service] start in the target.")
NO_MEMRAY = ("memray is not installed", "Install it where the service runs: pip install 'perfweek[memory]'.")
NO_DEBUGGER = ("memray enters a running process with gdb or lldb, and neither is installed", "Install one: sudo apt-get install gdb")


def measure_lines(week: Week, target: Target, name: str = "memory-lines-monday", limit_s: float = 120) -> Measurement:
    """Run the target's memory command with its memory functions under memory-profiler and return the evidence set `name`: LINES.

    Without functions, and where the command fails or takes longer than `limit_s`, it says so.
    """
    given = target.profiling
    command = given.memory_command or target.commands.test
    inputs = {"functions": given.memory_functions, "command": command}
    return evidence.collect(week, name, inputs, lambda folder: _measure_lines(target, command, limit_s, folder))


def read_lines(measurement: Measurement) -> Lines:
    """Read the evidence of `measure_lines`. Raises EvidenceError where it is damaged."""
    return parse_lines(measurement.path(LINES).read_text(errors="replace"))


def measure_allocations(week: Week, target: Target, start: str, wanted: bool, seconds: float = 8, name: str = "allocations-monday") -> Measurement:
    """Start and load the service, let memray follow its allocations for `seconds` of the load, and return the evidence set `name`:
    RECORD, and ALLOCATIONS where it worked. Where it was not `wanted` or cannot be, the record says why.

    Raises MeasurementError where service or load fail.
    """
    refusal = NOT_WANTED if not wanted else NOT_STARTED if not start else _refusal()
    script = None if refusal else script_of(target, "smoke")
    inputs = {"wanted": wanted, "seconds": seconds, "start": start, "refusal": refusal, "script": script.sha256() if script else {}}

    def measure(folder: Path) -> None:
        if not script:
            _record(folder, seconds, refusal or NOT_WANTED)
            return
        with logs_kept(week, name, folder):
            _measure_allocations(target, script, start, seconds, folder)

    return evidence.collect(week, name, inputs, measure)


def read_allocations(measurement: Measurement) -> Allocations:
    """Read the evidence of `measure_allocations`. Raises EvidenceError where it is damaged."""
    record = json.loads(measurement.path(RECORD).read_text())
    if record["reason"]:
        return Allocations(pd.DataFrame(columns=list(COLUMNS)), 0.0, record["reason"], record["remedy"])
    return Allocations(parse_allocations(measurement.path(ALLOCATIONS).read_text(errors="replace"), record["seconds"]), record["seconds"])


def _measure_lines(target: Target, command: str, limit_s: float, folder: Path) -> None:
    functions = target.profiling.memory_functions
    words = target.command(command, folder)
    refusal = NO_FUNCTIONS if not functions else NO_COMMAND if not words else NOT_PYTHON if words[0] != sys.executable else None
    if not refusal:
        refusal = _run_lines([sys.executable, "-m", _RUNNER, str(folder / LINES), ",".join(functions), *words[1:]], target, limit_s, folder)
    if refusal:
        write_atomic(folder / LINES, json.dumps({"functions": [], "missing": {}, "reason": refusal[0], "remedy": refusal[1]}) + "\n")


def _run_lines(command: list[str], target: Target, limit_s: float, folder: Path) -> Refusal | None:
    where = target.resolve(target.repository.path)
    with step("memory line by line", limit_s), guarded(command, folder / LINES_LOG, folder=where) as child:
        try:
            code = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            return f"the command takes longer than {limit_s:g} s", "Give a [profiling] memory_command that does less: each line is slowed."
    if code:
        return f"the command fails with exit code {code}: {last_lines(folder / LINES_LOG, 1)}", "Mend it, then give the same command again."
    return None if (folder / LINES).exists() else ("the command ended without a result", "Give the same command again.")


def _refusal() -> Refusal | None:
    if not find_spec("memray"):
        return NO_MEMRAY
    return None if sys.version_info >= (3, 14) or shutil.which("gdb") or shutil.which("lldb") else NO_DEBUGGER


def _measure_allocations(target: Target, script: Script, start: str, seconds: float, folder: Path) -> None:
    program = k6.find_k6()
    plateaus = plan_of(k6.inspect(program, script.path, script.environment)).plateaus
    begin = plateaus[0].start_s + 1 if plateaus else 1.0
    with (
        running_service(target, start, folder) as service,
        k6.running_k6(program, script.path, script.environment, folder) as load,
        step(f"following allocations of {target.service.name}", begin + seconds + 5),
    ):
        _wait(begin, service)
        if (code := load.poll()) is not None:
            k6.check_exit(code, script.path, folder)
        refused = _follow(largest_python(service.pid or 0), seconds, folder)
        if not refused:
            _wait(seconds, service)
            refused = _transformed(folder)
        load.interrupt()
        load.wait(_SETTLE_S)
    (folder / _CAPTURE).unlink(missing_ok=True)
    _record(folder, seconds, refused)


def largest_python(pid: int) -> int:
    """The Python process at or below `pid` that holds most memory: that of one worker, where there are several."""
    root = psutil.Process(pid)
    tree = [process for process in [root, *root.children(recursive=True)] if Path(process.exe()).name.startswith("python")]
    return max(tree or [root], key=lambda process: process.memory_info().rss).pid


def _follow(pid: int, seconds: float, folder: Path) -> Refusal | None:
    flags = ["--aggregate", "--trace-python-allocators", "--duration", str(round(seconds)), "--output", str(folder / _CAPTURE)]
    code, said = _memray(folder, "attach", *flags, str(pid))
    if not code:
        return None
    remedy = "Run as root, or give SYS_PTRACE. The service's own Python needs memray: pip install 'perfweek[memory]'."
    return f"memray could not enter the service: {said}", remedy


def _transformed(folder: Path) -> Refusal | None:
    """Ask again until the service has written the end of its capture."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        code, said = _memray(folder, "transform", "csv", "--leaks", "--force", "--output", str(folder / ALLOCATIONS), str(folder / _CAPTURE))
        if not code:
            return None
        if time.monotonic() > deadline:
            return f"memray's capture cannot be read: {said}", "Run the day again."
        time.sleep(1)


def _memray(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of a memray command, and the last line that it said."""
    with guarded(
        [sys.executable, "-m", "memray", *words], folder / _LOG, environment={"COLUMNS": "500", "TERM": os.environ.get("TERM", "dumb")}
    ) as child:
        code = child.wait()
    return code, last_lines(folder / _LOG, 1)


def _wait(seconds: float, service: Running) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        service.check()
        time.sleep(min(_POLL_S, left))


def _record(folder: Path, seconds: float, refusal: Refusal | None) -> None:
    reason, remedy = refusal or ("", "")
    write_atomic(folder / RECORD, json.dumps({"seconds": seconds, "reason": reason, "remedy": remedy}) + "\n")
