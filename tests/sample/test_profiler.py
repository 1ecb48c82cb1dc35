"""The sample pushes its own profile, and says what stands in the way."""

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from perfweek.errors import MeasurementError
from perfweek.profiling.pyroscope.archive import INDEX, read_index, read_profiles
from perfweek.profiling.pyroscope.receiver import receiving
from perfweek.sample.__main__ import main
from perfweek.sample.profiler import described, pushing


def test_a_sample_that_is_told_to_pushes_its_cpu_by_endpoint(start, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setenv("PYROSCOPE_UPLOAD_INTERVAL", "1")
    with receiving(kept) as receiver:
        monkeypatch.setenv("PYROSCOPE_SERVER_ADDRESS", receiver.url)  # the default of --pyroscope
        with start() as running, httpx.Client(base_url=running.url) as client:
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                client.get("/assets?limit=50").raise_for_status()
            os.kill(running.child.pid, signal.SIGTERM)
            assert running.child.wait(10) == 0
        assert not receiver.refused
    entries = read_index(kept / INDEX)
    assert {entry.labels["service_name"] for entry in entries} == {"sample catalogue"}
    by_endpoint: dict[str, int] = {}
    for _, profile in read_profiles(kept, entries):
        for sample in profile.samples:
            name = dict(sample.labels).get("endpoint", "")
            by_endpoint[name] = by_endpoint.get(name, 0) + sample.value
    assert set(by_endpoint) == {"", "GET /assets"}, "start and event loop carry no tag"
    assert by_endpoint["GET /assets"] >= 200_000_000, "at 100 samples a second at least twenty"
    assert json.loads((running.run / "settings.json").read_text())["profiler"].startswith("pyroscope-io 1.")


UNREACHABLE = """
import pyroscope
from perfweek.sample.profiler import pushing
real = pyroscope.configure
pyroscope.configure = lambda **options: print("pyroscope-io says", real(**options))
with pushing("http://me:secret@127.0.0.1:9"):
    pass
"""


def test_a_server_that_is_not_there_is_told_although_pyroscope_io_calls_it_a_success():
    answer = subprocess.run([sys.executable, "-c", UNREACHABLE], capture_output=True, text=True, check=True)
    assert "pyroscope-io says True" in answer.stdout
    assert "nothing answers at 127.0.0.1:9 (ConnectError): profiles are lost" in answer.stderr
    assert "secret" not in answer.stdout + answer.stderr + described("http://me:secret@127.0.0.1:9")


@pytest.mark.parametrize(
    ("url", "interval", "said"),
    [
        ("127.0.0.1:4040", "10", "is no URL"),
        ("http://127.0.0.1:9", "soon", "PYROSCOPE_UPLOAD_INTERVAL is 'soon'"),
        ("http://127.0.0.1:9", "0", "'0'"),
    ],
)
def test_a_wrong_address_or_interval_is_named(tmp_path, rows_folder, capsys, monkeypatch, url, interval, said):
    monkeypatch.setenv("PYROSCOPE_UPLOAD_INTERVAL", interval)
    assert main(["--port", "0", "--run", str(tmp_path / "run"), "--data", str(rows_folder), "--pyroscope", url]) == 1
    assert said in capsys.readouterr().err


def test_without_pyroscope_io_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyroscope", None)
    with pytest.raises(MeasurementError, match=r"pyroscope-io is not installed(?s:.*)pip install"), pushing("http://127.0.0.1:9"):
        pass


def test_nothing_is_pushed_or_tagged_unless_asked_for():
    with pushing("") as tagged, tagged("GET /assets"):
        assert described("") == ""
