import signal
import subprocess
import sys
import time

import psutil
import pytest

from perfweek.errors import MeasurementError
from perfweek.process import guarded

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def gone(pid, within_s=15):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_the_pid_is_that_of_the_command_and_its_output_goes_to_the_log(tmp_path):
    with guarded([sys.executable, "-c", "import os; print(os.getpid())"], tmp_path / "log") as child:
        assert child.wait(30) == 0
    assert (tmp_path / "log").read_text() == f"{child.pid}\n"


def test_leaving_the_block_ends_the_command_and_its_children(tmp_path):
    with guarded(["sh", "-c", "sleep 60 & echo $! ; wait"], tmp_path / "log") as child:
        while not (tmp_path / "log").read_text().strip():
            time.sleep(0.02)
        grandchild = int((tmp_path / "log").read_text())
    assert gone(child.pid)
    assert gone(grandchild)


def test_a_command_that_ignores_sigterm_is_killed(tmp_path):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    with guarded([sys.executable, "-c", stubborn], tmp_path / "log") as child:
        while "up" not in (tmp_path / "log").read_text():
            time.sleep(0.02)
    assert gone(child.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_the_starter_ends_the_command_ends_too(tmp_path, number):
    program = f"""
import time
from pathlib import Path
from perfweek.process import guarded
with guarded({SLEEPER!r}, Path({str(tmp_path / "log")!r})) as child:
    print(child.pid, flush=True)
    time.sleep(60)
"""
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pid = int(starter.stdout.readline())
    assert psutil.pid_exists(pid)
    starter.send_signal(number)
    starter.wait(30)
    assert gone(pid)


def test_the_exit_code_is_the_commands_own(tmp_path):
    with guarded(["sh", "-c", "exit 99"], tmp_path / "log") as child:
        assert child.wait(30) == 99


def test_an_interrupt_reaches_the_command(tmp_path):
    with guarded(SLEEPER, tmp_path / "log") as child:
        while "up" not in (tmp_path / "log").read_text():
            time.sleep(0.02)
        child.interrupt()
        assert child.wait(30) == 128 + signal.SIGINT


def test_a_program_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(MeasurementError, match="no-such-program"), guarded(["no-such-program"], tmp_path / "log"):
        pass


def test_no_file_descriptor_is_left_open(tmp_path):
    before = psutil.Process().num_fds()
    for _ in range(3):
        with guarded(["true"], tmp_path / "log"):
            pass
    assert psutil.Process().num_fds() == before
