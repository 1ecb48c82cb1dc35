"""One measured load run as evidence: the service is started, loaded by k6, watched, and stopped again."""

import json
import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from perfweek import evidence
from perfweek.errors import EvidenceError, MeasurementError, TargetError
from perfweek.evidence import Measurement
from perfweek.files import sha256, write_atomic
from perfweek.load import k6
from perfweek.load.plan import UNKNOWN, Plan, plan_of
from perfweek.load.processes import PROCESS, sampled
from perfweek.load.reading.keep import keep_parquet
from perfweek.load.script import Script, script_of
from perfweek.load.service import Running, running_service
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

_NOT_ASKED = {"BASE_URL", "BUDGET_MS", "PROFILE", "RATE", *k6.remote_write("anywhere")}
RUN, ACCESS_LOG = "run.json", "access_log.ndjson"
_LOG_SUFFIXES = {".ndjson", ".jsonl", ".json", ".log"}


def measure_load(week: Week, target: Target, name: str, profile: str = "", start: str = "") -> Measurement:
    """Load the service for one `profile` ('' for the target's) and return the evidence set `name`, such as 'load-monday'.

    `start` is the command that starts the service, '' to load the one that runs. Where the target names k6 results, those are
    taken as evidence instead. Raises MeasurementError; the logs of a failed run are kept under evidence/.failed/.
    """
    if target.load.results:
        results = [target.resolve(path) for path in target.load.results]
        return evidence.collect(week, name, _result_inputs(target, results), lambda folder: _take_results(target, results, folder))
    script = script_of(target, profile)

    def measure(folder: Path) -> None:
        with logs_kept(week, name, folder):
            run_load(target, script, start, folder)

    return evidence.collect(week, name, inputs_of(target, script, start), measure)


@contextmanager
def logs_kept(week: Week, name: str, folder: Path) -> Iterator[None]:
    """Where the block raises MeasurementError, keep the logs of `folder` and say where they are."""
    try:
        yield
    except MeasurementError as error:
        kept = week.evidence / ".failed" / name
        shutil.rmtree(kept, ignore_errors=True)
        logs = [path for path in folder.glob("*.log") if path.stat().st_size]
        if not logs:
            raise
        kept.mkdir(parents=True)
        for log in logs:
            shutil.copy2(log, kept)
        raise MeasurementError(error.what, error.where, f"{error.remedy} Logs: {kept}") from error


def inputs_of(target: Target, script: Script, start: str) -> dict[str, Any]:
    """What determines a load run, as the inputs of its evidence."""
    return {
        "profile": script.profile,
        "rate": script.rate,
        "script": script.sha256(),
        "asked": {name: value for name, value in script.environment.items() if name not in _NOT_ASKED},
        "start": start,
        "service": target.service.model_dump(exclude={"start", "start_changed", "start_timeout_s"}),
        "access_log": target.cache.log,
    }


def run_load(target: Target, script: Script, start: str, folder: Path) -> None:
    """Start the service, run `script` against it and write everything that is known of the run into `folder`. Raises MeasurementError."""
    program = k6.find_k6()
    plan = plan_of(k6.inspect(program, script.path, script.environment))
    with _appended_log(target, folder), running_service(target, start, folder) as service:
        expected_s = plan.total_s or 60
        with step(f"loading {target.service.name}: {script.profile}", expected_s), sampled(service.pid, folder / PROCESS):
            run = k6.run_k6(program, script.path, script.environment, folder, service.check)
            service.check()
    write_atomic(folder / RUN, json.dumps(_run_record(program, script, plan, service, run, folder), indent=2) + "\n")
    _keep_columns(folder)


def _run_record(program: k6.K6, script: Script, plan: Plan, service: Running, run: k6.Run, folder: Path) -> dict[str, Any]:
    return {
        "k6": {"version": program.version, "path": str(program.path)},
        "cores": psutil.cpu_count(),
        "host": f"{platform.system()} {platform.machine()}",
        "script": script.path.name,
        "script_sha256": script.sha256()[script.path.name],
        "profile": script.profile,
        "rate": script.rate,
        **plan.as_json(),
        "exit_code": run.exit_code,
        "thresholds": k6.thresholds(folder / k6.SUMMARY),
        "iterations": run.iterations,
        "users": run.users,
        "script_errors": asdict(run.errors),
        "started": run.started,
        "finished": run.finished,
        "load_started": _load_started(folder / k6.LOG),
        "service": {"command": service.command, "pid": service.pid, "url": service.url},
    }


def _load_started(log: Path) -> float | None:
    """When the first scenario started (epoch seconds), where the script says so, as the bundled one does."""
    with log.open(errors="replace") as lines:
        said = next((found for line in lines if (found := re.search(r"scenario started at (\d+)", line))), None)
    return int(said[1]) / 1000 if said else None


@contextmanager
def _appended_log(target: Target, folder: Path) -> Iterator[None]:
    """Copy what the service appends to its own access log during the block into the evidence."""
    if not target.cache.log or "{run}" in target.cache.log:
        yield
        return
    log = target.resolve(target.cache.log)
    before = log.stat() if log.exists() else None
    yield
    if not log.exists():
        return
    after = log.stat()
    same = before is not None and after.st_ino == before.st_ino and after.st_size >= before.st_size
    with log.open("rb") as source:
        source.seek(before.st_size if before and same else 0)
        appended = source.read()
    if appended:
        (folder / ACCESS_LOG).write_bytes(appended)


def _result_inputs(target: Target, results: list[Path]) -> dict[str, Any]:
    missing = [path for path in results if not path.is_file()]
    if missing:
        raise TargetError(f"the k6 results {missing[0].name} are not there", str(missing[0]), "Mend [load] results in the target.")
    return {"results": {path.name: sha256(path) for path in results}, "access_log": target.cache.log}


def _take_results(target: Target, results: list[Path], folder: Path) -> None:
    for number, path in enumerate(results, start=1):
        _link_or_copy(path, folder / f"k6-{number}.csv{'.gz' if path.suffix == '.gz' else ''}")
    log = target.resolve(target.cache.log)
    if target.cache.log and log.suffix in _LOG_SUFFIXES and log.is_file():
        _link_or_copy(log, folder / ACCESS_LOG)
    record = {"results": [path.name for path in results], **UNKNOWN.as_json(), "thresholds": {}, "load_started": None}
    write_atomic(folder / RUN, json.dumps(record, indent=2) + "\n")
    _keep_columns(folder)


def _keep_columns(folder: Path) -> None:
    """Keep what is read once as Parquet. Results without a request are evidence too: whoever reads them is told."""
    with step("reading the results of k6", 5), suppress(EvidenceError):
        keep_parquet(folder)


def _link_or_copy(source: Path, copy: Path) -> None:
    try:
        os.link(source.resolve(), copy)
    except OSError:
        shutil.copy2(source, copy)
