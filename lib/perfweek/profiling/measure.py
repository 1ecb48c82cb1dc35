"""One run under load with the profiler on and off in turn: latency figures come only from the windows without it."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

import httpx

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.load import k6
from perfweek.load.measure import logs_kept
from perfweek.load.plan import plan_of
from perfweek.load.processes import PROCESS, sampled
from perfweek.load.script import NOTHING_TO_ASK, Script, script_of
from perfweek.load.service import Running, find_process, running_service
from perfweek.process import last_lines
from perfweek.profiling import pyspy
from perfweek.profiling.capability import Choice, choice_sentence, choose
from perfweek.profiling.record import Profile, Slot, write_record
from perfweek.profiling.schedule import schedule
from perfweek.profiling.speedscope import files_of, short_name
from perfweek.steps import step
from perfweek.target import Target
from perfweek.week import Week

NAME, OPENAPI = "profile-monday", "openapi.json"
RAW, SPEEDSCOPE = "pyspy.raw.{:02d}.txt", "pyspy.speedscope.{:02d}.json"
WINDOWS, WINDOW_S, RATE_HZ = 12, 1.5, 100
_PROFILE = "smoke"
_POLL_S = 0.05
_STOP_S, _ANSWER_S = 30.0, 5.0
_NO_LOAD = "the target names finished k6 results, and nothing to ask the service for while it is profiled"
_LARGEST_SPEC = 20_000_000


def measure_profile(
    week: Week, target: Target, start: str = "", windows: int = WINDOWS, window_s: float = WINDOW_S, rate_hz: int = RATE_HZ, name: str = NAME
) -> Measurement:
    """Start and load the service, let py-spy sample it in every other window of the plateau, and return the evidence set `name`.

    Its files: profile.json (how it was done, and the windows); for each window with the profiler on pyspy.raw.NN.txt or, for a tree of workers,
    pyspy.speedscope.NN.json; process.csv; the requests as k6 wrote them; openapi.json where the target names one. Without permission, process
    or Python the measurement says why there is no profile. Raises MeasurementError where service or load fail.
    """
    known = _known_before(target, start)
    script = None if known.reason else script_of(target, _PROFILE)  # without a profiler there need be nothing to ask for
    inputs = {
        "windows": windows,
        "window_s": window_s,
        "rate_hz": rate_hz,
        "load": script and {"script": script.sha256(), **script.environment, "BUDGET_MS": None},
        "start": start,
        "service": target.service.model_dump(exclude={"start", "start_changed", "start_timeout_s", "latency_budget_p95_ms"}),
        "profiler": {"tool": known.tool, "version": pyspy.version()},
    }

    def measure(folder: Path) -> None:
        if not script:
            write_record(folder, _profile(known, rate_hz))
            return
        with logs_kept(week, name, folder):
            _measure(target, script, start, folder, windows, window_s, rate_hz)

    return evidence.collect(week, name, inputs, measure)


def _known_before(target: Target, start: str) -> Choice:
    """What can be said before anything is started: a service that is started here is as open to py-spy as any child of this process."""
    load = target.load
    if load.results and not (load.script or load.requests or load.session):
        return Choice("nothing", _NO_LOAD, _NO_LOAD, NOTHING_TO_ASK)
    if not start:
        return _choice(find_process(target.service.process) if target.service.process else None, target)
    with subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE) as sleeper:
        assert sleeper.stdout
        sleeper.stdout.readline()
        choice = _choice(sleeper.pid, target)
        sleeper.kill()
    return choice


def _choice(pid: int | None, target: Target) -> Choice:
    looked = pyspy.look(pid) if pid is not None else None
    unstopped = pyspy.look(pid, "--nonblocking") if pid is not None and looked and looked.refused else None
    return choose(pyspy.version(), looked, unstopped, bool(target.monitoring.pyroscope))


def _keep_openapi(target: Target, url: str, folder: Path) -> None:
    """Keep the service's description of its interface, which names the function behind each endpoint. Without it the profile stands."""
    told = target.api.openapi
    with suppress(OSError, httpx.HTTPError, ValueError):
        if not told:
            return
        file = target.resolve(told)
        content = file.read_bytes() if file.is_file() else _fetched(told if "://" in told else url + told)
        json.loads(content)
        write_atomic(folder / OPENAPI, content)


def _fetched(url: str) -> bytes:
    """At most 20 MB of what is there. Raises ValueError for more."""
    content = b""
    with httpx.Client(trust_env=False, timeout=_ANSWER_S) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            content += part
            if len(content) > _LARGEST_SPEC:
                raise ValueError("larger than a description of an interface is")
    return content


def _measure(target: Target, script: Script, start: str, folder: Path, windows: int, window_s: float, rate_hz: int) -> None:
    program = k6.find_k6()
    planned = schedule(plan_of(k6.inspect(program, script.path, script.environment)), windows, window_s)
    with running_service(target, start, folder) as service:
        _keep_openapi(target, service.url, folder)
        pid, tree = pyspy.python_process(service.pid or 0)
        choice = _choice(pid, target)
        if choice.reason:
            write_record(folder, _profile(choice, rate_hz))
            return
        recorder = pyspy.Recorder(service, pid, folder, _flags(choice, tree, rate_hz), SPEEDSCOPE if tree else RAW)
        with k6.running_k6(program, script.path, script.environment, folder) as load, step(f"profiling {target.service.name}", planned.end_s):
            _wait(time.monotonic() + planned.begin_s, service)
            if (code := load.poll()) is not None:
                k6.check_exit(code, script.path, folder)
            with sampled(service.pid, folder / PROCESS):
                slots = tuple(pyspy.record_slots(recorder, planned))
            load.interrupt()  # so that k6 writes the end of its results
            load.wait(_STOP_S)
    write_record(folder, _profile(choice, rate_hz, recorder, slots))


def _flags(choice: Choice, tree: bool, rate_hz: int) -> tuple[str, ...]:
    """Raw stacks of one process; of a tree speedscope, since raw splits the command lines of its processes at their semicolons."""
    form = ("--format", "speedscope", "--subprocesses") if tree else ("--format", "raw")
    return (*form, "--rate", str(rate_hz), "--nolineno", *choice.flags)


def _wait(until: float, service: Running) -> None:
    while (left := until - time.monotonic()) > 0:
        service.check()
        time.sleep(min(_POLL_S, left))


def _profile(choice: Choice, rate_hz: int, recorder: pyspy.Recorder | None = None, slots: tuple[Slot, ...] = ()) -> Profile:
    reason, remedy = choice.reason, choice.remedy
    if recorder and any(slot.on and not slot.file for slot in slots):
        said = last_lines(max(recorder.folder.glob("pyspy.*.log")), 100)
        reason, remedy = pyspy.why(1, said), "Run the day again: the profile is taken anew."
    flags, names = (recorder.flags, _short_names(recorder.folder)) if recorder else ((), {})
    return Profile(choice.tool, pyspy.version(), choice.python, flags, rate_hz, choice_sentence(choice), reason, remedy, slots, names)


def _short_names(folder: Path) -> dict[str, str]:
    """file -> its name from its outermost package on, as py-spy's raw format has it, for the files that a speedscope profile names."""
    files = {file for profile in folder.glob("pyspy.speedscope.*.json") for file in files_of(profile.read_text(errors="replace"))}
    return {file: _short_name(Path(file)) for file in sorted(files)}


def _short_name(file: Path) -> str:
    packages = list(takewhile(lambda folder: (folder / "__init__.py").exists(), file.parents))
    return str(file.relative_to(packages[-1].parent)) if packages else short_name(str(file))
