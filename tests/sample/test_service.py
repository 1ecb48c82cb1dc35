"""The service as a process: its files, its end, and what it says when it cannot start."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil
import pytest

from perfweek.access_log import ASKED, SCHEMA, read_access_log
from perfweek.sample import data
from perfweek.sample.__main__ import main
from perfweek.sample.workspace import own_copy

from .conftest import command, lines


def test_a_killed_service_has_logged_every_request_that_was_answered_and_every_statement(start):
    answered: list[str] = []

    def ask(first: int) -> None:
        with httpx.Client(base_url=running.url) as client:
            try:
                for number in range(first, first + 10_000):
                    path = "/assets?limit=2" if number % 5 == 0 else f"/assets/{number}"
                    answered.append(client.get(path, headers={"X-Session": "killed"}).headers["x-request-id"])
            except httpx.TransportError:
                return

    with start() as running:
        callers = [threading.Thread(target=ask, args=(1 + 10_000 * caller,)) for caller in range(4)]
        for caller in callers:
            caller.start()
        while len(answered) < 100:
            time.sleep(0.01)
        os.kill(running.child.pid, signal.SIGKILL)
        for caller in callers:
            caller.join()
    log = running.access_log()
    assert len(answered) >= 100
    assert set(answered) <= {record["request_id"] for record in log}
    statements = Counter(row["query_tag"] for row in lines(running.run / "query_history.ndjson"))
    for record in log:
        tag = f'{{"route":"{record["route"]}","request_id":"{record["request_id"]}"}}'
        assert statements[tag] == record["queries"]


def test_sigterm_ends_it_with_0_in_the_middle_of_its_work_and_its_copy_goes(start, rows_folder):
    def ask() -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                client.get("/assets?limit=100")  # a hundred and one statements

    with start() as running, httpx.Client(base_url=running.url, limits=httpx.Limits(max_connections=40), timeout=60) as client:
        callers = [threading.Thread(target=ask, daemon=True) for _ in range(40)]
        for caller in callers:
            caller.start()
        pristine = data.find(rows_folder)
        time.sleep(1)
        os.kill(running.child.pid, signal.SIGTERM)
        assert running.child.wait(10) == 0, running.output.read_text()
        for caller in callers:
            caller.join()
    assert not psutil.pid_exists(running.child.pid)
    assert not list((rows_folder / "runs").glob("run-*"))
    assert data.find(rows_folder) == pristine
    assert 503 in {record["status"] for record in running.access_log()}, "some were refused their next statement"
    assert "Traceback" not in running.output.read_text()


def test_a_run_leaves_its_log_its_settings_and_metrics_that_pass_the_linter(start, require_program):
    promtool = require_program("promtool")
    with start("--settings", "as_found") as running:
        httpx.get(f"{running.url}/assets/7", headers={"X-Session": "me"}).raise_for_status()
        before = time.time()
        for path in ("/assets/7", "/assets?limit=2", "/search?q=lead", "/stats/daily", "/nowhere"):
            httpx.get(running.url + path)
        exposition = httpx.get(f"{running.url}/metrics").text
    log = read_access_log(running.run / "access_log.ndjson")
    [record, *_] = running.access_log()
    assert (list(record), log.dropped, log.lines) == ([*SCHEMA.names, *ASKED], 0, 6)
    assert (record["session"], record["key"], record["tier"], record["queries"]) == ("me", "item:7", "origin", 1)
    assert before - 60 < record["time"] < before

    written = json.loads((running.run / "settings.json").read_text())
    assert (written["name"], written["settings"]["layout"], written["assets"], written["event_loop"]) == ("as_found", "as_found", 60_000, "uvloop")
    assert sorted(path.name for path in running.run.iterdir()) == ["access_log.ndjson", "gc.ndjson", "query_history.ndjson", "settings.json"]

    answer = subprocess.run([promtool, "check", "metrics"], input=exposition, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout + answer.stderr) == (0, "")
    assert 'catalogue_request_duration_seconds_count{route="GET /assets/{id}"} 2.0' in exposition
    assert 'catalogue_statements_total{route="GET /assets"} 3.0' in exposition
    assert 'catalogue_answers_total{route="GET /assets/{id}",tier="l1"} 1.0' in exposition


def test_the_linter_would_find_a_badly_named_metric(require_program):
    answer = subprocess.run([require_program("promtool"), "check", "metrics"], input="requests 1\n", capture_output=True, text=True, check=False)
    assert answer.returncode != 0 or answer.stdout + answer.stderr


@pytest.fixture
def refusal(capsys):
    """What the command says when it does not start."""

    def refused(*arguments: object) -> str:
        handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        assert main([str(argument) for argument in arguments]) == 1
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers
        return capsys.readouterr().err

    return refused


def test_a_taken_port_is_named_with_the_process_that_has_it(tmp_path, rows_folder, refusal):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        told = refusal("--port", str(port), "--run", str(tmp_path / "run"), "--data", str(rows_folder))
    assert f"port {port} is taken by process {os.getpid()} (" in told
    assert "--port" in told


def test_missing_rows_are_named_with_the_command_that_builds_them(tmp_path, refusal):
    told = refusal("--port", "0", "--run", str(tmp_path / "run"), "--data", str(tmp_path / "none"))
    assert "the sample's rows are not there" in told
    assert f"python -m perfweek.sample.data --folder {tmp_path / 'none'}" in told


def test_a_run_folder_that_cannot_be_made_is_named(tmp_path, rows_folder, refusal):
    (tmp_path / "file").write_text("")
    told = refusal("--port", "0", "--run", str(tmp_path / "file" / "run"), "--data", str(rows_folder))
    assert f"a file stands where a folder is needed ({tmp_path / 'file'}" in told


def test_unknown_settings_are_named(tmp_path, rows_folder, refusal):
    (tmp_path / "s.toml").write_text("batch_list = true")
    told = refusal("--port", "0", "--run", str(tmp_path), "--data", str(rows_folder), "--settings", str(tmp_path / "s.toml"))
    assert "unknown key batch_list, did you mean batch_lists?" in told


def test_a_full_disk_ends_the_service_with_its_reason(rows_folder, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    run = tmp_path / "run"
    run.mkdir()
    (run / "access_log.ndjson").symlink_to("/dev/full")
    with subprocess.Popen(command(run, rows_folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as service:
        url = service.stdout.readline().split()[-1]
        httpx.get(f"{url}/assets/7")
        assert service.wait(10) == 1
        assert "the disk is full" in service.stderr.read()


def test_a_copy_that_a_killed_service_left_goes_and_one_in_use_stays(rows_folder):
    left = rows_folder / "runs" / "run-left"
    left.mkdir(parents=True)
    (left / "held").write_text("")
    with own_copy(rows_folder, "as_found") as first, own_copy(rows_folder, "improved") as second:
        assert not left.exists()
        assert first.is_file() and second.is_file()
    assert not first.parent.exists() and not second.parent.exists()
