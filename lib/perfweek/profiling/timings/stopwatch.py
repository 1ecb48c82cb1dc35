"""One run of a command: wall time, CPU time of all its processes, exit code."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfweek.process import guarded

CANNOT_START = 127

_TIMER = """
import json, os, sys, time
started = time.perf_counter()
try:
    pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    _, status, used = os.wait4(pid, 0)
    result = [time.perf_counter() - started, used.ru_utime, used.ru_stime, os.waitstatus_to_exitcode(status)]
except OSError as error:
    print(error, file=sys.stderr)
    result = [0.0, 0.0, 0.0, 127]
with open(sys.argv[1], "w") as output:
    json.dump(result, output)
"""


@dataclass(frozen=True)
class Lap:
    """Seconds of wall time and of CPU of a command and its children, and its exit code (CANNOT_START: it could not be started)."""

    wall_s: float
    user_s: float
    system_s: float
    exit_code: int


def time_run(command: Sequence[str], where: Path, log: Path, timeout_s: float | None = None) -> Lap:
    """Run `command` in the folder `where` with its output appended to `log`; after `timeout_s` it is ended and counts as failed (124)."""
    result = log.with_name(f".{log.stem}.json")
    with guarded([sys.executable, "-I", "-S", "-c", _TIMER, str(result), *command], log, folder=where) as child:
        try:
            child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            child.stop()
            return Lap(timeout_s or 0.0, 0.0, 0.0, 124)
    wall_s, user_s, system_s, exit_code = json.loads(result.read_text()) if result.exists() else (0.0, 0.0, 0.0, CANNOT_START)
    result.unlink(missing_ok=True)
    return Lap(wall_s, user_s, system_s, exit_code)
