"""The service under test: started and stopped again, or found running, or only known by its address."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from perfweek.errors import MeasurementError
from perfweek.process import Child, guarded, last_lines
from perfweek.steps import step
from perfweek.target import Target

LOG, PREPARE_LOG = "service.log", "prepare.log"
_POLL_S = 0.1
_ANSWER_S = 5.0


@dataclass(frozen=True)
class Running:
    """A service that answers. `pid` is None where only its address is known; `command` is '' where it was not started here."""

    url: str
    pid: int | None
    command: str
    log: Path | None = None
    child: Child | None = None

    def check(self) -> None:
        """Raise MeasurementError where the service has ended."""
        if self.child and (code := self.child.poll()) is not None:
            raise _ended("the service ended under load", code, self.command, self.log)
        if not self.child and self.pid and not psutil.pid_exists(self.pid):
            raise MeasurementError(
                f"the service (process {self.pid}) ended under load", self.url, "Read its log, start it again, then measure again."
            )


@contextmanager
def running_service(target: Target, start: str, run: Path) -> Iterator[Running]:
    """The service of `target`, ready to answer, for the length of the block.

    `start` ('' to use the one that runs) is the command that starts it, after [service] prepare has run to its end; it is stopped
    with all its processes when the block is left. `{run}` in commands is the folder `run`; the logs go there too.
    Raises MeasurementError where the port is taken, the service ends, or it is not healthy in time.
    """
    url = target.service.url.rstrip("/")
    if not start:
        pid = find_process(target.service.process) if target.service.process else None
        _check_answers(url + target.service.health)
        yield Running(url, pid, "")
        return
    host, port = address(url)
    if port_is_taken(host, port):
        raise MeasurementError(
            f"port {port} is taken by another program", url, f"Stop what listens on port {port}, or change url and start in the target."
        )
    _prepare(target, run)
    with guarded(target.command(start, run), run / LOG, folder=target.root) as child:
        service = Running(url, child.pid, start, run / LOG, child)
        with step(f"starting {target.service.name}", 5):
            _wait_until_healthy(service, url + target.service.health, target.service.start_timeout_s)
        yield service


def address(url: str) -> tuple[str, int]:
    """Host and port of a URL, the port by its scheme where it names none."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)


def port_is_taken(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def find_process(wanted: str) -> int:
    """The pid of [service] process: itself, or the oldest process whose command line contains the text. Raises MeasurementError."""
    if wanted.isdigit():
        if psutil.pid_exists(int(wanted)):
            return int(wanted)
        raise MeasurementError(
            f"there is no process {wanted}", "service.process", "Give the pid of the running service, or a part of its command line."
        )
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    running = psutil.process_iter(["cmdline", "create_time"])
    matching = [process for process in running if process.pid not in own and wanted in " ".join(process.info["cmdline"] or ())]
    if not matching:
        raise MeasurementError(
            f"no process has {wanted!r} in its command line",
            "service.process",
            "Start the service, or give a part of its command line as `ps` shows it.",
        )
    return min(matching, key=lambda process: process.info["create_time"]).pid


def _prepare(target: Target, run: Path) -> None:
    if not target.service.prepare:
        return
    with (
        step(f"preparing {target.service.name}", 60),
        guarded(target.command(target.service.prepare, run), run / PREPARE_LOG, folder=target.root) as child,
    ):
        code = child.wait()
    if code:
        raise _ended("preparing the service failed", code, target.service.prepare, run / PREPARE_LOG)


def _wait_until_healthy(service: Running, health: str, timeout_s: float) -> None:
    assert service.child
    deadline = time.monotonic() + timeout_s
    while not (said := _answer(health)).startswith("200"):
        if (code := service.child.poll()) is not None:
            raise _ended("the service ended before it was ready", code, service.command, service.log)
        if time.monotonic() > deadline:
            raise MeasurementError(
                f"the service did not become healthy in {timeout_s:g} s: {health} {said}{_said(service.log)}",
                service.command,
                "Mend the service or [service] health, or allow it more time with [service] start_timeout_s.",
            )
        time.sleep(_POLL_S)


def _check_answers(health: str) -> None:
    if not (said := _answer(health)).startswith("200"):
        raise MeasurementError(
            f"the service is not healthy: {health} {said}", "service.url", "Start the service, or give its start command in [service]."
        )


def _answer(health: str) -> str:
    """'200' and so on, or why there is no answer; an environment's proxy settings do not apply to the service under test."""
    try:
        with httpx.Client(trust_env=False, timeout=_ANSWER_S) as client:
            return f"{client.get(health).status_code} answered"
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"


def _ended(what: str, code: int, command: str, log: Path | None) -> MeasurementError:
    how = f"killed by signal {code - 128}" if 128 < code < 160 else f"exit code {code}"
    return MeasurementError(f"{what} ({how}){_said(log)}", command, "Mend what its last lines say, then give the same command again.")


def _said(log: Path | None) -> str:
    lines = last_lines(log) if log else ""
    return f"; it said last:\n{lines}" if lines else "; it said nothing"
