"""py-spy at real processes: a known cost a request, a tree of workers, a wrapper, and no permission."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from profile_runs import busy_process, logged_requests, run_of

from perfweek.load.service import Running
from perfweek.profiling import pyspy
from perfweek.profiling.capability import PERMISSION, choose
from perfweek.profiling.cost import function_costs
from perfweek.profiling.differential import differential
from perfweek.profiling.run import Window
from perfweek.profiling.schedule import Schedule
from perfweek.profiling.served import served_by_endpoint
from perfweek.profiling.speedscope import files_of, parse_speedscope
from perfweek.profiling.stacks import functions_of, parse_raw, without_idle

WINDOWS, WINDOW_S = 6, 0.3
FLAGS = ("--format", "raw", "--rate", "100", "--nolineno")


def profiled(folder, name, cold_ms, hot_ms):
    """Windows of a process that spends so much CPU time on each request."""
    process, log = busy_process(folder, name, cold_ms, hot_ms)
    files = folder / f"{name}-files"
    files.mkdir()
    try:
        while not log.exists():
            time.sleep(0.02)
        recorder = pyspy.Recorder(Running("", process.pid, ""), process.pid, files, FLAGS, "raw.{:02d}.txt")
        slots = list(pyspy.record_slots(recorder, Schedule(0, 60, WINDOW_S, (True,) * WINDOWS)))
    finally:
        process.kill()
        process.wait()
    requests = logged_requests(log)
    windows = []
    for slot in slots:
        stacks, idle = without_idle(parse_raw((files / slot.file).read_text()))
        windows.append(Window(slot, stacks, idle, requests, served_by_endpoint(requests, slot.started, slot.ended)))
    return run_of(windows)


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two processes: `cold` costs 3 ms of CPU time a request in both, `hot` 3 ms in the first and 6 ms in the second."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "after").mkdir()
    return profiled(folder, "program", 3, 3), profiled(folder / "after", "program", 3, 6)


def test_the_cost_of_a_function_a_request_is_the_cpu_time_that_it_spends(twins):
    for run, hot_ms in zip(twins, (3, 6), strict=True):
        costs = {cost.function: cost.own for cost in function_costs(run)}
        assert costs["hot (program.py)"].value == pytest.approx(hot_ms, rel=0.35)
        assert costs["cold (program.py)"].value == pytest.approx(3, rel=0.35)
        assert costs["hot (program.py)"].method == f"t interval over {WINDOWS} windows"


def test_the_twin_whose_function_costs_more_is_found(twins):
    found = differential(*twins)
    assert found.refused == ""
    assert found.functions["hot (program.py)"].verdict == "more"
    assert found.functions["hot (program.py)"].difference.value == pytest.approx(3, abs=1.5)
    assert abs(found.functions["cold (program.py)"].difference.value) < 1.5
    assert found.paths["<module> (program.py)", "hot (program.py)"].verdict == "more"


def test_workers_are_profiled_as_one_tree_and_their_command_lines_split_no_stack(tmp_path):
    worker = "import time\\ndef work():\\n    end = time.monotonic() + 30\\n    while time.monotonic() < end: pass\\nwork()"
    start = f"import subprocess, sys; [subprocess.Popen([sys.executable, '-c', \"import os; exec('''{worker}''')\"]) for _ in range(2)]"
    with subprocess.Popen([sys.executable, "-c", start + "; import time; time.sleep(60)"]) as master:
        workers: list[psutil.Process] = []
        while len(workers) < 2:
            workers = psutil.Process(master.pid).children()
            time.sleep(0.05)
        assert pyspy.python_process(master.pid) == (master.pid, True)
        output = tmp_path / "pyspy.speedscope.00.json"
        with pyspy.recording(master.pid, output, ("--format", "speedscope", "--subprocesses", "--rate", "100", "--nolineno")):
            time.sleep(1)
        for process in (*workers, psutil.Process(master.pid)):
            process.kill()
    stacks = parse_speedscope(output.read_text())
    own, _ = functions_of(stacks)
    assert own.most_common(1)[0][0] == "work (<string>)"
    assert "<string>" in files_of(output.read_text())
    assert not any("process " in frame for stack in stacks for frame in stack)


def test_a_wrapper_around_the_service_is_looked_through():
    with subprocess.Popen(["/bin/sh", "-c", f"{sys.executable} -c 'import time; time.sleep(60)'; true"]) as wrapper:
        deadline = time.monotonic() + 10
        while not psutil.Process(wrapper.pid).children() and time.monotonic() < deadline:
            time.sleep(0.05)
        (child,) = psutil.Process(wrapper.pid).children()
        while "python" not in child.exe() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert pyspy.python_process(wrapper.pid) == (child.pid, False)
        child.kill()
        wrapper.wait()


def test_a_look_tells_the_version_of_python_and_the_number_of_threads():
    with subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE) as sleeper:
        sleeper.stdout.readline()
        look = pyspy.look(sleeper.pid)
        sleeper.kill()
    assert (look.refused, look.threads) == ("", 1)
    assert look.python == ".".join(map(str, sys.version_info[:3]))


def test_where_py_spy_is_missing_it_has_no_version(monkeypatch, tmp_path):
    monkeypatch.setattr(pyspy, "_program", lambda: tmp_path / "py-spy")
    assert pyspy.version() == ""
    assert pyspy.look(1).refused == "py-spy does not run: FileNotFoundError"


def test_what_py_spy_says_is_told_without_its_own_advice():
    said = "py-spy> Sampling process\nError: Permission Denied: Try running again with elevated permissions\n"
    assert pyspy.why(1, said) == "Permission Denied"
    assert pyspy.why(101, "") == "py-spy ended with exit code 101"
    assert pyspy.why(0, said) == ""


@pytest.fixture
def as_ordinary_user(monkeypatch):
    """Calls a function in a child process without root's rights, with a py-spy that it may run, and returns its text."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    program = Path(shutil.copy2(Path(sysconfig.get_path("scripts")) / "py-spy", folder))
    monkeypatch.setattr(pyspy, "_program", lambda: program)

    def call(function):
        read_end, write_end = os.pipe()
        child = os.fork()
        if not child:
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setresgid(65534, 65534, 65534)
                    os.setresuid(65534, 65534, 65534)
                os.write(write_end, function().encode())
            finally:
                os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        return text

    yield call
    shutil.rmtree(folder)


def test_without_permission_the_report_says_why_and_how_to_get_it(as_ordinary_user):
    refused = as_ordinary_user(lambda: pyspy.look(1).refused)  # process 1 belongs to root
    assert refused == "Permission Denied"
    choice = choose("0.4.2", pyspy.Look(refused), pyspy.Look(refused), pyroscope=False)
    assert (choice.tool, choice.reason, choice.remedy) == ("nothing", refused, PERMISSION)
