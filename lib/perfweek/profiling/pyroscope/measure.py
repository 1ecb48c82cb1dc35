"""Continuous profiles as evidence: pulled from a Pyroscope server, or pushed by the service to a receiver of our own."""

import math
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.errors import MeasurementError
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
UPLOAD_S = 10.0
"""How often pyroscope-io pushes unless told otherwise: a shorter window would hold two pushes or none."""
MOST_WINDOWS = 60
NOT_CONFIGURED = "the target names no Pyroscope server"
CONFIGURE = (
    "Give its URL in [monitoring] pyroscope and let the service push to it; runbooks/profiling.md says how. Then run the day again: nothing else is "
    "measured anew."
)
_SETTLE_S = 15.0
_OWN_UPLOAD_S = 1.0
_POLL_S = 0.1


def measure_pyroscope(week: Week, target: Target, requests: pd.DataFrame, window_s: float = UPLOAD_S, name: str = NAME) -> Measurement:
    """Pull what the target's Pyroscope server has from the first to the last of `requests` (their `time` in epoch seconds, such as those of a load's
    plateau) and return the evidence set `name`: pyroscope.json, index.ndjson and one file a window of `window_s` seconds or more. Nothing is loaded.

    Without a server, or where it has no profile of the service, the measurement says so; asked again, it is tried again. Raises
    MeasurementError where the server fails between the windows.
    """
    url, service = target.monitoring.pyroscope, target.service.name
    started, ended = _span(requests["time"])
    if not url:
        record = Record("server", "", service, started, ended, window_s, NOT_CONFIGURED, CONFIGURE)
        return evidence.collect(week, name, {"server": ""}, lambda folder: write_record(folder, record))
    window_s = max(window_s, UPLOAD_S * math.ceil((ended - started) / MOST_WINDOWS / UPLOAD_S))
    with closing(Server(url)) as server:
        inputs: dict[str, Any] = {"server": server.shown_url, "service": service, "from": started, "until": ended, "window_s": window_s, "reason": ""}
        known = evidence.find(week, name)
        if known and known.inputs == inputs:
            return evidence.read(week, name)
        record = Record("server", server.shown_url, service, started, ended, window_s, *_why_not(server, service, started, ended))
        inputs["reason"] = record.reason
        return evidence.collect(week, name, inputs, lambda folder: _pull(server, record, folder))


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


def _span(times: pd.Series) -> tuple[float, float]:
    """From the first to the last, in whole seconds of the epoch."""
    return (math.ceil(times.min()), math.floor(times.max())) if len(times) else (0.0, 0.0)


def _why_not(server: Server, service: str, started: float, ended: float) -> tuple[str, str]:
    """(why there is nothing to pull, what to do); ('', '') where there is. What was pushed last must have arrived."""
    if (left := ended + _SETTLE_S - time.time()) > 0:
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
    windows = _windows(record.started, record.ended, record.window_s) if not record.reason else []
    with step(f"pulling profiles from {record.url}", 0.2 * len(windows)):
        for started, ended in windows:
            try:
                answer = server.profile(record.service, started, ended)
            except RefusedError as error:
                raise MeasurementError(error.reason, record.url, error.remedy) from error
            archive.add(answer.content, answer.form, [Pushed.of_window(record.service, answer.profile, started, ended)])
    write_record(folder, record)


def _windows(started: float, ended: float, window_s: float) -> list[tuple[float, float]]:
    """Windows side by side; what is left at the end and shorter than one belongs to the last."""
    count = max(1, int((ended - started) // window_s))
    edges = [started + window_s * number for number in range(count)] + [ended]
    return list(pairwise(edges))


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
    write_record(folder, Record("receiver", receiver.url, target.service.name, began, began + length, _OWN_UPLOAD_S, reason, remedy, *counts))


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
