"""A profile window with the real py-spy in a real Python service under a real load; and why there may be none."""

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
from small_service import processes_with, week_of, write_target

from perfweek.errors import MeasurementError
from perfweek.profiling import pyspy, sentences, tables
from perfweek.profiling.findings import facts_of
from perfweek.profiling.pyspy import PERMISSION, Profile, measure_profile, python_process, refusal
from perfweek.profiling.window import Window, read_window

BUSY_HANDLER = """
def spin():
    end = time.perf_counter() + 0.01
    while time.perf_counter() < end:
        pass

class Busy(Handler):
    def do_GET(self):
        spin()
        super().do_GET()

Handler = Busy
"""


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A service that spins in one function for each request, and its profile."""
    target = write_target(tmp_path_factory.mktemp("busy"))
    service = target.root / "service.py"
    service.write_text(service.read_text().replace('if "child" in told:', BUSY_HANDLER + '\nif "child" in told:'))
    week = week_of(target)
    return week, target, measure_profile(week, target, target.service.start, seconds=1.5)


def test_the_function_that_spins_is_at_the_top(busy):
    week, _, measurement = busy
    window = read_window(week, measurement)
    assert window.profile.reason == ""
    assert window.functions[0].function == "spin (service.py)"
    assert window.functions[0].own.value > 0.3
    assert tables.top_functions(window)["function"][0] == "spin (service.py)"


def test_version_flags_and_length_are_kept_with_the_profile(busy):
    week, _, measurement = busy
    profile = read_window(week, measurement).profile
    assert profile.version == "0.4.2"
    assert "--nolineno" in profile.flags
    assert 0.9 < profile.wall_s < 10
    assert "py-spy 0.4.2, 100 samples a second" in sentences.profile_note(read_window(week, measurement))


def test_samples_agree_with_the_cpu_time_of_the_operating_system(busy):
    week, _, measurement = busy
    window = read_window(week, measurement)
    assert window.cpu_s > 0.1
    assert window.samples / window.profile.rate_hz > 0.2 * window.cpu_s


def test_shares_become_facts_by_function(busy):
    week, _, measurement = busy
    facts = facts_of(read_window(week, measurement), [], "")
    assert facts[0].labels == {"function": "spin (service.py)"}
    assert {fact.source for fact in facts} == {"evidence/profile-monday/pyspy.raw.txt"}
    assert all(fact.estimate.value > 0 for fact in facts)


def test_the_service_and_its_load_are_gone_afterwards_and_the_profile_is_not_taken_twice(busy):
    week, target, measurement = busy
    assert processes_with(str(target.root)) == []
    started = time.monotonic()
    assert measure_profile(week, target, target.service.start, seconds=1.5) == measurement
    assert time.monotonic() - started < 5


def test_a_service_that_is_no_python_gives_a_result_that_says_so(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        target = write_target(tmp_path, service=f'process = "{sleeper.pid}"')
        week = week_of(target)
        window = read_window(week, measure_profile(week, target, ""))
        sleeper.kill()
    assert sentences.profile_sentence(window).startswith("No profile: ")
    assert "py-spy reads Python processes only" in window.profile.remedy


def test_a_wrapper_around_the_service_is_looked_through():
    with subprocess.Popen(["/bin/sh", "-c", f"{sys.executable} -c 'import time; time.sleep(60)'; true"]) as wrapper:
        deadline = time.monotonic() + 10
        while not psutil.Process(wrapper.pid).children() and time.monotonic() < deadline:
            time.sleep(0.05)
        (child,) = psutil.Process(wrapper.pid).children()
        while "python" not in child.exe() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert python_process(wrapper.pid) == (child.pid, False)
        child.kill()
        wrapper.wait()


def test_a_service_of_which_only_the_url_is_known_gives_a_result_that_says_so(tmp_path):
    target = write_target(tmp_path)
    week = week_of(target)
    window = read_window(week, measure_profile(week, target, ""))
    assert window.functions == []
    assert sentences.profile_sentence(window).startswith("No profile: only the address of the service is known. Give [service] start")
    assert window.source == "evidence/profile-monday/profile.json"
    assert sentences.profile_note(window) == "No profile was taken."
    assert facts_of(window, [], "") == []


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
    reason, remedy = as_ordinary_user(lambda: "\n".join(refusal(1))).split("\n")  # process 1 belongs to root
    assert (reason, remedy) == ("Permission Denied", PERMISSION)
    window = Window(Profile("0.4.2", (), 100, 0, 0, reason, remedy), {}, 0, 0, "evidence/profile-monday/profile.json")
    assert sentences.profile_sentence(window) == f"No profile: Permission Denied. {PERMISSION}"


def test_a_service_that_dies_while_it_is_profiled_is_an_error_and_leaves_no_process(tmp_path):
    target = write_target(tmp_path, "requests=60")
    week = week_of(target)
    with pytest.raises(MeasurementError, match=r"ended under load \(exit code 3\)"):
        measure_profile(week, target, target.service.start, seconds=5)
    assert processes_with(str(tmp_path)) == []
    assert (week.evidence / ".failed" / "profile-monday" / "service.log").exists()
