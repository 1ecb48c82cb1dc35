"""The command line as a user meets it: help with examples, one clear error for a mistake, exit codes that tell."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import typer

from perfweek import __version__
from perfweek.cli import app
from perfweek.week import current_week

COMMANDS = sorted(typer.main.get_command(app).commands)


def perfweek(*arguments, folder, **environment):
    run = subprocess.run(
        [sys.executable, "-m", "perfweek", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "120", **environment},
        timeout=120,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "target.toml").write_text('[service]\nurl = "http://127.0.0.1:9"\n')
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command, tmp_path):
    code, output = perfweek(command, "--help", folder=tmp_path)
    assert code == 0
    assert "Examples:" in output
    assert f"perfweek {command}" in output


def test_the_version_is_printed(tmp_path):
    assert perfweek("--version", folder=tmp_path) == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "sunday"], "'sunday' is not a day of the week"),
        (["run", "--week", "2026-W54"], "'2026-W54' is not an ISO week"),
        (["run", "--target", "no.toml"], "there is no no.toml"),
        (["run", "--profile", "week2"], "parameter profile of monday"),
        (["run", "monday", "-p", "slow_ms=5"], "none of monday has a parameter slow_ms"),
        (["run", "wednesday", "-p", "slow_ms=fast"], "parameter slow_ms of wednesday"),
        (["run", "wednesday", "-p", "slow_ms"], "is not NAME=VALUE"),
        (["run", "monday", "--notebooks", "nowhere"], "there is no notebook of monday"),
    ],
)
def test_a_mistake_is_answered_by_one_error_with_its_remedy(folder, arguments, said):
    code, output = perfweek(*arguments, folder=folder)
    assert code == 1
    assert said in output
    assert "Traceback" not in output
    assert 1 <= len(output.strip().splitlines()) <= 3


def test_an_unknown_option_names_the_known_one(folder):
    code, output = perfweek("run", "--weeek", "x", folder=folder)
    assert code == 2
    assert "--week" in output


def test_init_writes_a_target_that_run_accepts_and_never_overwrites_it(tmp_path):
    assert perfweek("init", "--yes", folder=tmp_path)[0] == 0
    assert "[service]" in (tmp_path / "target.toml").read_text()
    code, output = perfweek("init", "--yes", folder=tmp_path)
    assert code == 1
    assert "there is a file of that name" in output


def test_init_can_print_a_commented_file(tmp_path):
    code, output = perfweek("init", "--print", folder=tmp_path)
    assert code == 0
    assert "latency_budget_p95_ms" in output
    assert not list(tmp_path.iterdir())


def test_report_shows_pending_days_before_anything_was_run(folder):
    code, output = perfweek("report", folder=folder)
    assert code == 0
    assert output.count("pending") == 5
    assert (folder / "weeks" / current_week() / "reports" / "index.html").is_file()


def test_the_doctor_says_what_is_wrong_and_what_to_do(folder):
    code, output = perfweek("doctor", folder=folder)
    assert code == 1
    assert "http://127.0.0.1:9/healthz: ConnectError" in output
    assert "Start the service" in output


def test_the_doctor_finds_the_parts_of_this_machine(folder):
    _, output = perfweek("doctor", folder=folder)
    for part in ("machine", "disk", "k6", "py-spy", "service", "warehouse", "redis", "cache", "repository"):
        assert f" {part}" in output, part


def test_options_of_lab_are_jupyterlabs_own(folder):
    code, output = perfweek("lab", "--version", folder=folder)
    assert code == 0
    assert output.startswith("4.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["init", "--print"]])
def test_output_that_cannot_be_written_is_one_error_and_not_a_success(tmp_path, arguments):
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "perfweek", *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 1
    assert run.stderr.startswith("error: No space left on device")
    assert len(run.stderr.splitlines()) == 2


def test_output_that_nobody_reads_any_more_ends_without_a_word(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", "perfweek", "init", "--print"], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (run.returncode, run.stderr) == (1, "")


@pytest.mark.parametrize("arguments", [["init", "--yes", "{}"], ["k6", "{}"], ["doctor", "--target", "{}"], ["trace", "{}"], ["compare", "{}", "{}"]])
@pytest.mark.parametrize("path", ["x" * 5000, "target.toml/below"])
def test_a_path_that_the_system_refuses_is_one_error(folder, arguments, path):
    code, output = perfweek(*(word.format(path) for word in arguments), folder=folder)
    assert code == 1
    assert "Traceback" not in output
    assert 1 <= len(output.strip().splitlines()) <= 3


def test_letters_that_the_terminal_does_not_have_are_written_by_number(folder):
    (folder / "target.toml").write_text('[service]\nname = "büro"\nurl = "http://127.0.0.1:9"\n')
    code, output = perfweek("standup", folder=folder, PYTHONIOENCODING="ascii")
    assert (code, "b\\xfcro" in output) == (0, True)


def test_the_next_command_that_init_names_can_be_pasted(tmp_path):
    _, output = perfweek("init", "--yes", "our services/a;b.toml", folder=tmp_path)
    assert "perfweek doctor --target 'our services/a;b.toml'" in output


def test_a_target_below_a_file_is_refused_with_that_file(folder):
    code, output = perfweek("init", "--yes", "target.toml/x.toml", folder=folder)
    assert (code, output.splitlines()[0]) == (1, "error: a file stands where a folder is needed (target.toml)")


@pytest.mark.parametrize(("path", "said"), [(".", "is a folder"), ("loop", "there is no loop"), ("/dev/null", "is no regular file")])
def test_a_target_that_is_no_file_is_told_what_it_is(folder, path, said):
    (folder / "loop").symlink_to("loop")
    assert said in perfweek("standup", "--target", path, folder=folder)[1]


def test_a_target_that_is_nested_without_end_is_one_error(folder):
    (folder / "target.toml").write_text("x = " + "[" * 5000)
    code, output = perfweek("standup", folder=folder)
    assert code == 1
    assert output.startswith("error: not a TOML file: nested too deeply")


def test_doctor_that_is_stopped_leaves_no_process_behind(folder):
    doctor = psutil.Popen([sys.executable, "-m", "perfweek", "doctor"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children: list[psutil.Process] = []
    while doctor.poll() is None and not children:
        with contextlib.suppress(psutil.Error):  # a child that ends while it is looked at
            children = [child for child in doctor.children() if "time.sleep(30)" in " ".join(child.cmdline())]
    assert children
    time.sleep(0.1)  # it has come to know its child
    doctor.send_signal(signal.SIGINT)
    assert doctor.wait(60) == 130
    assert not psutil.wait_procs(children, timeout=10)[1]
