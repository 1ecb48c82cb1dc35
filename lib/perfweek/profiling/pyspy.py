"""One window with the profiler on, in a service and under a load of its own: latency figures never come from it."""

import json
import subprocess
import sys
import sysconfig
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from perfweek import evidence
from perfweek.errors import MeasurementError
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.load import k6
from perfweek.load.measure import Script, logs_kept, script_of
from perfweek.load.plan import Plan, plan_of
from perfweek.load.processes import PROCESS, sampled
from perfweek.load.service import Running, find_process, running_service
from perfweek.process import guarded, last_lines
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

RAW, RECORD, LOG = "pyspy.raw.txt", "profile.json", "pyspy.log"
_PROFILE = "smoke"
_POLL_S = 0.2
PERMISSION = (
    "Run as root, or give SYS_PTRACE (containers: cap_add; Linux: sysctl kernel.yama.ptrace_scope=0). "
    "Then run the day again: the profile is taken, nothing else is measured anew."
)
NOT_PYTHON = "py-spy reads Python processes only: profile this service with a profiler of its own language."
NO_PROCESS = "Give [service] start or process in the target, so that there is a process to look into."


@dataclass(frozen=True)
class Profile:
    """What is known of a profile window: how it was taken, and why there is none (`reason`, `remedy`), '' where there is one.

    `wall_s`: its measured length; `flags`: those of py-spy, since shares compare only within one version and mode.
    """

    version: str
    flags: tuple[str, ...]
    rate_hz: int
    wall_s: float
    started: float
    reason: str
    remedy: str


def measure_profile(
    week: Week, target: Target, start: str = "", seconds: float = 10, rate_hz: int = 100, name: str = "profile-monday"
) -> Measurement:
    """Start and load the service, let py-spy sample it on the plateau, and return the evidence set `name`: RECORD, and RAW where it worked.

    Without permission, process or Python the measurement says why there is no profile. Raises MeasurementError where service or load fail.
    """
    reason, remedy = _why_not(target, start)
    script = script_of(target, _PROFILE)
    inputs = {
        "seconds": seconds,
        "rate_hz": rate_hz,
        "load": {"script": script.sha256(), "rate": script.rate, "requests": [request.model_dump() for request in target.load.requests]},
        "start": start,
        "service": target.service.model_dump(exclude={"start", "start_changed", "start_timeout_s", "latency_budget_p95_ms"}),
        "may_profile": not reason,
    }

    def measure(folder: Path) -> None:
        if reason:
            _write_record(folder, Profile(_version(), (), rate_hz, 0, time.time(), reason, remedy))
            return
        with logs_kept(week, name, folder):
            _measure(target, script, start, folder, seconds, rate_hz)

    return evidence.collect(week, name, inputs, measure)


def refusal(pid: int) -> tuple[str, str]:
    """(why py-spy cannot read the process, in its words; what to do); ('', '') where it can."""
    answer = subprocess.run([str(_program()), "dump", "--pid", str(pid)], capture_output=True, text=True, check=False)
    return _explained(answer.returncode, answer.stderr)


def _why_not(target: Target, start: str) -> tuple[str, str]:
    """The refusal that is known before anything is started; ('', '') where the profiler may be tried."""
    if not start:
        return refusal(find_process(target.service.process)) if target.service.process else ("only the address of the service is known", NO_PROCESS)
    with subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE) as sleeper:
        assert sleeper.stdout
        sleeper.stdout.readline()
        refused = refusal(sleeper.pid)
        sleeper.kill()
    return refused


def _measure(target: Target, script: Script, start: str, folder: Path, seconds: float, rate_hz: int) -> None:
    program = k6.find_k6()
    plan = plan_of(k6.inspect(program, script.path, script.environment))
    begin, length = _window(plan, seconds)
    with (
        running_service(target, start, folder) as service,
        k6.running_k6(program, script.path, script.environment, folder) as load,
        step(f"profiling {target.service.name}", begin + length),
    ):
        _wait(time.monotonic() + begin, service)
        if (code := load.poll()) is not None:
            k6.check_exit(code, script.path, folder)
        with sampled(service.pid, folder / PROCESS):
            profile = _record(service, folder, length, rate_hz)
    _write_record(folder, profile)


def _window(plan: Plan, seconds: float) -> tuple[float, float]:
    """(start, length) in seconds of the first plateau, `seconds` at most; from the start of the load where the plan is not known."""
    if not plan.plateaus:
        return 1.0, seconds
    first = plan.plateaus[0]
    return first.start_s + 1.0, max(1.0, min(seconds, first.end_s - first.start_s - 1.0))


def _wait(until: float, service: Running) -> None:
    while (left := until - time.monotonic()) > 0:
        service.check()
        time.sleep(min(_POLL_S, left))


def _record(service: Running, folder: Path, length: float, rate_hz: int) -> Profile:
    """Sample until `length` seconds are over, then stop by SIGINT: with -d py-spy counts samples, not seconds."""
    pid, children = python_process(service.pid or 0)
    flags = ("--format", "raw", "--rate", str(rate_hz), "--nolineno", *(["--subprocesses"] if children else []))
    started = time.time()
    with guarded([str(_program()), "record", "--pid", str(pid), "--output", str(folder / RAW), *flags], folder / LOG) as spy:
        deadline = time.monotonic() + length
        while spy.poll() is None and time.monotonic() < deadline:
            service.check()
            time.sleep(_POLL_S)
        if spy.poll() is not None:
            time.sleep(_POLL_S)  # py-spy ends with its process, and sees that end before the service's guard does
        service.check()
        spy.interrupt()
        code = spy.wait(60)
    wall_s = time.time() - started
    written = code == 0 and (folder / RAW).exists()
    reason, remedy = ("", "") if written else _explained(code or 1, last_lines(folder / LOG, 100))
    return Profile(_version(), flags, rate_hz, wall_s, started, reason, remedy)


def python_process(pid: int) -> tuple[int, bool]:
    """(the nearest Python process at or below `pid`, whether it has children): a start command may be a wrapper around the service."""
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
        chosen = next((process for process in tree if Path(process.exe()).name.startswith(("python", "pypy"))), root)
        return chosen.pid, bool(chosen.children())
    except psutil.Error as error:
        raise MeasurementError(f"the process of the service cannot be looked at: {error}", str(pid), "Give the same command again.") from error


def _write_record(folder: Path, profile: Profile) -> None:
    write_atomic(folder / RECORD, json.dumps(asdict(profile), indent=2) + "\n")


def _program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "py-spy"


def _version() -> str:
    try:
        return subprocess.run([str(_program()), "--version"], capture_output=True, text=True, check=True).stdout.removeprefix("py-spy").strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise MeasurementError("py-spy is not installed", str(_program()), "Install perfweek's requirements anew: make setup") from error


def _explained(code: int, said: str) -> tuple[str, str]:
    if code == 0:
        return "", ""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("py-spy>")]
    reason = lines[0].removeprefix("Error: ").partition(": Try running again")[0].rstrip(".") if lines else f"py-spy ended with exit code {code}"
    return reason, PERMISSION if "permission denied" in said.lower() else NOT_PYTHON
