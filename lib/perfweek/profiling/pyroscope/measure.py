"""Continuous profiles as evidence: pulled from a Pyroscope server, or pushed by the service to a receiver of our own."""

import math
import os
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from perfweek import evidence
from perfweek.errors import MeasurementError, ParameterError
from perfweek.evidence import Measurement
from perfweek.load import k6
from perfweek.load.measure import Script, logs_kept, script_of
from perfweek.load.plan import Plan, plan_of
from perfweek.load.processes import PROCESS, sampled
from perfweek.load.service import running_service
from perfweek.profiling.pyroscope.archive import Archive
from perfweek.profiling.pyroscope.push import Pushed
from perfweek.profiling.pyroscope.receiver import receiving
from perfweek.profiling.pyroscope.record import Record, write_record
from perfweek.profiling.pyroscope.server import RefusedError, Server
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

NAME = "pyroscope-monday"
UPLOAD_VARIABLE, UPLOAD_S = "PYROSCOPE_UPLOAD_INTERVAL", 10.0
"""How often an agent pushes unless the environment says otherwise: a shorter window would hold one push or none."""
MOST_WINDOWS = 60
NOT_CONFIGURED = "the target names no Pyroscope server"
CONFIGURE = (
    "Give its URL in [monitoring] pyroscope and let the service push to it; runbooks/profiling.md says how. Then run the day again: nothing else is "
    "measured anew."
)
LONGER = f"Use a longer load profile, or let the agent push more often: {UPLOAD_VARIABLE}=1 for it and for perfweek."
_SETTLE_S = 3.0
_OWN_UPLOAD_S = 1.0
_POLL_S = 0.1


def measure_pyroscope(week: Week, target: Target, requests: pd.DataFrame, upload_s: float = 0, name: str = NAME) -> Measurement:
    """Pull what the target's Pyroscope server has of the time from the first to the last of `requests` (their `time` in epoch seconds, such as those
    of a load's plateau) and return the evidence set `name`: pyroscope.json, index.ndjson and one file a window. Nothing is loaded for it.

    `upload_s`: how often the agent pushes, 0 for what the environment says; no window is shorter by half. Without a server, or where it has no
    profile of the service, the measurement says so; asked again, it is tried again. Raises MeasurementError where the server fails between
    the windows, ParameterError for an interval that is no number of seconds.
    """
    record = _asked(target, requests["time"], upload_s)
    if record.reason:
        return evidence.collect(week, name, {"server": record.url, "reason": record.reason}, lambda folder: write_record(folder, record))
    with closing(Server(target.monitoring.pyroscope)) as server:
        wanted = asdict(replace(record, url=server.shown_url))
        inputs = {key: wanted[key] for key in ("url", "service", "started", "ended", "window_s", "upload_s", "reason")}
        known = evidence.find(week, name)
        if known and known.inputs == inputs:
            return evidence.read(week, name)
        reason, remedy = _why_not(server, record)
        found = replace(record, url=server.shown_url, reason=reason, remedy=remedy)
        return evidence.collect(week, name, {**inputs, "reason": reason}, lambda folder: _pull(server, found, folder))


def measure_pushed(week: Week, target: Target, start: str, seconds: float = 10, name: str = NAME) -> Measurement:
    """Start and load the service with PYROSCOPE_SERVER_ADDRESS leading to a receiver of our own, and return the evidence set `name`: pyroscope.json,
    index.ndjson and one file a push. For a service that pushes with pyroscope-io where py-spy may not read it.

    A service that pushed nothing is told in the record. Raises MeasurementError where service or load fail.
    """
    script = script_of(target, "smoke")
    inputs = {
        "seconds": seconds,
        "load": {"script": script.sha256(), "rate": script.rate, "requests": [request.model_dump() for request in target.load.requests]},
        "start": start,
        "service": target.service.model_dump(exclude={"start", "start_changed", "start_timeout_s", "latency_budget_p95_ms"}),
    }

    def measure(folder: Path) -> None:
        with logs_kept(week, name, folder):
            _receive(target, script, start, folder, seconds)

    return evidence.collect(week, name, inputs, measure)


def _upload_s() -> float:
    given = (os.environ.get(UPLOAD_VARIABLE) or f"{UPLOAD_S:g}").removesuffix("s")
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= 3600):
        raise ParameterError(f"{UPLOAD_VARIABLE} is {given!r}", "the environment", "Give whole seconds from 1 to 3600.")
    return float(given)


def _asked(target: Target, times: pd.Series, upload_s: float) -> Record:
    """What to pull: of the whole seconds from the first to the last request those in which a push may begin and still end under load."""
    url, service = target.monitoring.pyroscope, target.service.name
    if not url:
        return Record("server", "", service, 0, 0, UPLOAD_S, UPLOAD_S, NOT_CONFIGURED, CONFIGURE)
    upload_s = upload_s or _upload_s()
    started, ended = (math.ceil(times.min()), math.floor(times.max()) - upload_s) if len(times) else (0.0, 0.0)
    count = max(1, min(MOST_WINDOWS, round((ended - started) / upload_s)))
    record = Record("server", url, service, started, ended, (ended - started) / count, upload_s)
    if ended <= started:
        return replace(record, url="", reason=f"the load was shorter than the {upload_s:g} s between two pushes", remedy=LONGER)
    return record


def _why_not(server: Server, record: Record) -> tuple[str, str]:
    """(why there is nothing to pull, what to do); ('', '') where there is. What was pushed last must have arrived."""
    service, started, ended = record.service, record.started, record.ended
    if (left := ended + 2 * record.upload_s + _SETTLE_S - time.time()) > 0:
        with step("waiting for the last profiles to arrive", left):
            time.sleep(left)
    try:
        if server.profile(service, started, ended).profile.samples:
            return "", ""
        others = server.services(started, ended)
    except RefusedError as error:
        return error.reason, error.remedy
    pushed = f"it has {', '.join(others)}" if others else "nothing was pushed to it meanwhile"
    return (
        f"{server.shown_url} has no CPU profile of a service called {service!r} from the time of the load; {pushed}",
        "Let the service push under the name that [service] name gives it; see runbooks/profiling.md.",
    )


def _pull(server: Server, record: Record, folder: Path) -> None:
    archive = Archive(folder)
    count = round((record.ended - record.started) / record.window_s) if not record.reason else 0
    windows = [(record.started + place * record.window_s, record.started + (place + 1) * record.window_s) for place in range(count)]
    with step(f"pulling profiles from {record.url}", 0.2 * len(windows)):
        for started, ended in windows:
            try:
                answer = server.profile(record.service, started, ended)
            except RefusedError as error:
                raise MeasurementError(error.reason, record.url, error.remedy) from error
            archive.add(answer.content, answer.form, [Pushed.of_window(record.service, answer.profile, started, ended)])
    write_record(folder, record)


def _receive(target: Target, script: Script, start: str, folder: Path, seconds: float) -> None:
    program = k6.find_k6()
    begin, length = _loaded(plan_of(k6.inspect(program, script.path, script.environment)), seconds)
    with receiving(folder) as receiver:
        pushing = f"env PYROSCOPE_SERVER_ADDRESS={receiver.url} PYROSCOPE_UPLOAD_INTERVAL={_OWN_UPLOAD_S:g} {start}"
        with running_service(target, pushing, folder) as service, k6.running_k6(program, script.path, script.environment, folder) as load:
            began = time.time() + begin
            with step(f"receiving profiles of {target.service.name}", begin + length), sampled(service.pid, folder / PROCESS):
                while time.time() < began + length:
                    service.check()
                    if (code := load.poll()) is not None:
                        k6.check_exit(code, script.path, folder)
                    time.sleep(_POLL_S)
            time.sleep(1.5 * _OWN_UPLOAD_S)  # so that the end of it is pushed, too
        reason, remedy = ("", "") if receiver.accepted else _nothing_pushed(dict(receiver.refused))
        counts = receiver.accepted, dict(receiver.refused)
    write_record(
        folder, Record("receiver", receiver.url, target.service.name, began, began + length, _OWN_UPLOAD_S, _OWN_UPLOAD_S, reason, remedy, *counts)
    )


def _loaded(plan: Plan, seconds: float) -> tuple[float, float]:
    """(start, length) in seconds of the first plateau, `seconds` at most; from the start of the load where the plan is not known."""
    if not plan.plateaus:
        return 1.0, seconds
    first = plan.plateaus[0]
    return first.start_s + 1.0, max(1.0, min(seconds, first.end_s - first.start_s - 1.0))


def _nothing_pushed(refused: dict[str, int]) -> tuple[str, str]:
    said = f"; {sum(refused.values())} requests were refused ({', '.join(refused)})" if refused else ""
    return (
        f"the service pushed no profile{said}",
        "It must call pyroscope.configure with the address in PYROSCOPE_SERVER_ADDRESS; runbooks/profiling.md shows the lines.",
    )
