"""The service under test: started, found, watched, stopped."""

import http.server
import subprocess
import sys
import threading
import time

import httpx
import psutil
import pytest
from small_service import free_port, processes_with, write_target

from perfweek.errors import MeasurementError
from perfweek.load.service import address, find_process, port_is_taken, running_service


@pytest.fixture
def other_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_service_is_ready_inside_the_block_and_gone_after_it_with_its_children(tmp_path):
    target = write_target(tmp_path, f"child={tmp_path}/mark")
    with running_service(target, target.service.start, tmp_path) as service:
        service.check()
        assert port_is_taken(*address(target.service.url))
        assert service.pid in processes_with("service.py")
        assert processes_with(f"{tmp_path}/mark")
    assert not port_is_taken(*address(target.service.url))
    assert processes_with(str(tmp_path)) == []


def test_a_taken_port_is_told_before_anything_is_started(tmp_path, other_server):
    target = write_target(tmp_path, service='start = "touch started"\nprepare = "touch prepared"\n', rest="")
    target = target.model_copy(update={"service": target.service.model_copy(update={"url": f"http://127.0.0.1:{other_server}"})})
    with pytest.raises(MeasurementError, match=f"port {other_server} is taken") as error, running_service(target, target.service.start, tmp_path):
        pass
    assert f"Stop what listens on port {other_server}" in error.value.remedy
    assert not (tmp_path / "prepared").exists()
    assert not (tmp_path / "started").exists()


def test_the_preparation_runs_to_its_end_before_the_start(tmp_path):
    target = write_target(tmp_path, service='prepare = \'{python} -c "import time; time.sleep(0.5); open(\\"{run}/ready\\", \\"w\\")"\'')
    with running_service(target, target.service.start, tmp_path):
        assert (tmp_path / "ready").exists()


def test_a_failed_preparation_is_told_with_its_exit_code_and_last_words(tmp_path):
    target = write_target(tmp_path, service='prepare = \'{python} -c "raise SystemExit(\\"no space for the rows\\")"\'')
    with (
        pytest.raises(MeasurementError, match=r"preparing the service failed \(exit code 1\)(?s:.*)no space for the rows"),
        running_service(target, target.service.start, tmp_path),
    ):
        pass


def test_a_service_that_ends_before_it_is_ready_is_told_with_its_exit_code_and_last_words(tmp_path):
    start = "{python} -c \"import sys; print('no such database', file=sys.stderr); sys.exit(4)\""
    target = write_target(tmp_path, service=f"start = '''{start}'''")
    with (
        pytest.raises(MeasurementError, match=r"ended before it was ready \(exit code 4\)(?s:.*)no such database") as error,
        running_service(target, target.service.start, tmp_path),
    ):
        pass
    assert error.value.where == start


def test_a_service_that_never_becomes_healthy_is_stopped_and_told_with_what_it_said(tmp_path):
    target = write_target(tmp_path, "unwell=1", service="start_timeout_s = 1.5")
    with (
        pytest.raises(MeasurementError, match=r"did not become healthy in 1.5 s: http\S+/healthz 503(?s:.*)starting on"),
        running_service(target, target.service.start, tmp_path),
    ):
        pass
    assert processes_with(str(tmp_path)) == []
    assert not port_is_taken(*address(target.service.url))


def test_a_program_that_does_not_exist_is_told_by_name(tmp_path):
    target = write_target(tmp_path, service='start = "no-such-server --port 1"')
    with pytest.raises(MeasurementError, match="no-such-server"), running_service(target, target.service.start, tmp_path):
        pass


def test_a_service_that_ends_under_load_is_told_with_its_exit_code_and_last_words(tmp_path):
    target = write_target(tmp_path, "requests=0")
    with running_service(target, target.service.start, tmp_path) as service:
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{service.url}/items")
        deadline = time.monotonic() + 10
        while service.child and service.child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        with pytest.raises(MeasurementError, match=r"ended under load \(exit code 3\)(?s:.*)out of memory, giving up"):
            service.check()


def test_a_running_service_is_found_by_pid_or_by_its_command_line_and_left_running(tmp_path):
    target = write_target(tmp_path)
    with running_service(target, target.service.start, tmp_path) as started:
        for wanted in (str(started.pid), "service.py " + target.service.url.rpartition(":")[2]):
            attached = target.model_copy(update={"service": target.service.model_copy(update={"start": "", "process": wanted})})
            with running_service(attached, "", tmp_path) as found:
                tree = [psutil.Process(found.pid), *psutil.Process(found.pid).children(recursive=True)]
                assert started.pid in [process.pid for process in tree]
                assert found.command == ""
        started.check()
        assert port_is_taken(*address(target.service.url))


def test_a_service_of_which_only_the_url_is_known_has_no_pid(tmp_path):
    target = write_target(tmp_path)
    with running_service(target, target.service.start, tmp_path), running_service(target, "", tmp_path) as found:
        assert found.pid is None


def test_a_running_service_that_does_not_answer_is_told(tmp_path):
    target = write_target(tmp_path)
    with pytest.raises(MeasurementError, match=r"not healthy: .* does not answer"), running_service(target, "", tmp_path):
        pass


def test_an_attached_process_that_ends_under_load_is_told(tmp_path):
    target = write_target(tmp_path)
    with running_service(target, target.service.start, tmp_path), subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        attached = target.model_copy(update={"service": target.service.model_copy(update={"start": "", "process": str(other.pid)})})
        with running_service(attached, "", tmp_path) as service:
            other.kill()
            other.wait()
            with pytest.raises(MeasurementError, match=f"process {other.pid}\\) ended"):
                service.check()


@pytest.mark.parametrize("wanted", ["4194399", "no process is called like this"])
def test_a_process_that_is_not_there_is_told(wanted):
    with pytest.raises(MeasurementError, match="no process"):
        find_process(wanted)


def test_a_proxy_of_the_environment_does_not_stand_between(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    target = write_target(tmp_path, service="start_timeout_s = 10")
    with running_service(target, target.service.start, tmp_path) as service:
        service.check()
        assert port_is_taken(*address(target.service.url))


@pytest.mark.parametrize(
    ("url", "expected"), [("http://h:81/x", ("h", 81)), ("http://h", ("h", 80)), ("https://h/", ("h", 443)), ("http://[::1]:5", ("::1", 5))]
)
def test_the_port_goes_by_the_scheme_where_the_url_names_none(url, expected):
    assert address(url) == expected
