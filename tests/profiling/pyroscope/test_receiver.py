"""The receiver: what pyroscope-io pushes is kept, what is hostile is refused and counted, and it answers as a server does."""

import gzip
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from perfweek.profiling.pyroscope import push, querying
from perfweek.profiling.pyroscope.__main__ import main
from perfweek.profiling.pyroscope.archive import INDEX, read_index, read_profiles
from perfweek.profiling.pyroscope.flamebearer import read_flamebearer
from perfweek.profiling.pyroscope.messages import SelectMergeProfileRequest
from perfweek.profiling.pyroscope.pprof import LARGEST, read_pprof
from perfweek.profiling.pyroscope.receiver import LARGEST_BODY, receiving

from .conftest import cpu_profile, push_of, write_push

PROTO = {"Content-Type": "application/proto"}
PACKED = {**PROTO, "Content-Encoding": "gzip"}
PUSH = push_of(cpu_profile({("main", "f"): 30_000_000}))


@pytest.fixture
def receiver(tmp_path):
    folder = tmp_path / "received"
    folder.mkdir()
    with receiving(folder) as receiver:
        yield receiver


def test_pyroscope_io_pushes_to_it_with_the_lines_of_the_runbook_and_the_hot_function_is_on_top(receiver, hot_program):
    hot_program(receiver.url)
    entries = read_index(receiver.folder / INDEX)
    assert receiver.accepted == len(entries) >= 2, "one a second, and one at the end"
    assert not receiver.refused
    assert {entry.labels["service_name"] for entry in entries} == {"hot service"}
    assert {entry.labels["__name__"] for entry in entries} == {"process_cpu"}
    assert all(entry.is_cpu and entry.period == 10_000_000 and entry.ended > entry.started for entry in entries)
    assert abs(entries[-1].ended - time.time()) < 60
    by_function, by_endpoint = {}, {}
    for _, profile in read_profiles(receiver.folder, entries):
        for sample in profile.samples:
            function = sample.stack[-1].split(" ")[0]
            by_function[function] = by_function.get(function, 0) + sample.value
            by_endpoint[sample.labels] = by_endpoint.get(sample.labels, 0) + sample.value
    assert max(by_function, key=by_function.get) == "hot_function"
    assert by_function["hot_function"] > 0.8 * sum(by_function.values())
    assert max(by_endpoint, key=by_endpoint.get) == (("endpoint", "GET /hot"),)


def test_a_push_is_kept_as_it_came_packed_or_not(receiver):
    for headers, body in ((PACKED, gzip.compress(PUSH)), (PROTO, PUSH), ({"Content-Type": "application/x-protobuf; charset=x"}, PUSH)):
        assert httpx.post(receiver.url + push.PATH, content=body, headers=headers).status_code == 200
    files = sorted(receiver.folder.glob("*.gz"))
    assert [gzip.decompress(file.read_bytes()) for file in files] == [PUSH] * 3
    assert [entry.file for entry in read_index(receiver.folder / INDEX)] == [file.name for file in files]


HOSTILE = {
    "truncated gzip": (PACKED, gzip.compress(PUSH)[:-9], 400),
    "gzip in name only": (PACKED, PUSH, 400),
    "something after the gzip": (PACKED, gzip.compress(PUSH) + b"more", 400),
    "gzip bomb": (PACKED, gzip.compress(bytes(3 * LARGEST)), 413),
    "gzip bomb inside the pprof": (PROTO, write_push({"process_cpu": gzip.compress(bytes(3 * LARGEST))}, {}), 413),
    "too long": (PROTO, bytes(LARGEST_BODY + 1), 413),
    "no protobuf": (PROTO, b"\xff" * 100, 400),
    "no pprof inside": (PROTO, write_push({"process_cpu": b"\xff" * 100}, {}), 400),
    "nothing inside": (PROTO, b"", 400),
    "torn protobuf": (PROTO, PUSH[:-5], 400),
    "JSON": ({"Content-Type": "application/json"}, b"{}", 415),
    "no content type": ({"Content-Type": ""}, PUSH, 415),
    "another encoding": ({**PROTO, "Content-Encoding": "br"}, PUSH, 400),
    "another host": ({**PROTO, "Host": "rebound.example"}, PUSH, 403),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_push_is_refused_and_counted_and_the_next_one_is_taken(receiver, name):
    headers, body, status = HOSTILE[name]
    answer = httpx.post(receiver.url + push.PATH, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert sum(receiver.refused.values()) == 1
    assert not list(receiver.folder.glob("*.gz"))
    assert httpx.post(receiver.url + push.PATH, content=PUSH, headers=PROTO).status_code == 200
    assert receiver.accepted == 1


POST = b"POST /push.v1.PusherService/Push HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/proto\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        POST.replace(b"POST", b"PUT") + b"\r\n",
        POST + b"\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 50\r\n\r\nhalf",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST.replace(b"127.0.0.1", b"[") + b"Content-Length: 0\r\n\r\n",
        b"GET //[ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_what_is_hardly_http_is_refused_and_counted(receiver, request_bytes):
    with socket.create_connection(("127.0.0.1", int(receiver.url.rpartition(":")[2])), timeout=10) as caller:
        caller.sendall(request_bytes)
        caller.shutdown(socket.SHUT_WR)
        answer = caller.recv(4096)
    assert b" 4" in answer[:12] or b" 501" in answer[:13] or b"Error code: 400" in answer, answer
    assert sum(receiver.refused.values()) == 1
    assert httpx.get(receiver.url + "/ready").text == "ready\n"


def test_other_paths_are_told_what_is_taken(receiver):
    assert httpx.get(receiver.url).text == "0 pushes accepted, 0 requests refused\n"
    answer = httpx.post(receiver.url + "/ingest?name=app", content=b"main;f 1")
    assert (answer.status_code, push.PATH in answer.text) == (404, True)


def ask_pprof(url: str, chosen: str, start: float, end: float) -> httpx.Response:
    message = SelectMergeProfileRequest(profile_typeID=querying.CPU_TYPE, label_selector=chosen, start=int(1000 * start), end=int(1000 * end))
    return httpx.post(url + querying.PATH, content=message.SerializeToString(), headers=PROTO)


def test_it_answers_both_questions_of_a_server_by_service_and_time(receiver):
    pushes = {("shop", 100.0): 1, ("shop", 110.0): 2, ('other "shop"\\', 110.0): 4, ("shop", 120.0): 8}
    for (service, started), value in pushes.items():
        body = push_of(cpu_profile({("main", "f"): value}, started), service=service)
        httpx.post(receiver.url + push.PATH, content=body, headers=PROTO).raise_for_status()
    cases = [("shop", 100, 119, 3), ("shop", 110, 130, 10), ('other "shop"\\', 0, 1000, 4), ("nobody", 0, 1000, 0)]
    for service, start, end, expected in cases:
        chosen = querying.selector({"service_name": service})
        stacks = {("main", "f"): expected} if expected else {}
        assert read_pprof(ask_pprof(receiver.url, chosen, start, end).content).stacks == stacks
        asked = {"query": querying.CPU_TYPE + chosen, "from": str(start), "until": str(end)}
        assert read_flamebearer(httpx.get(receiver.url + "/pyroscope/render", params=asked).json()) == (stacks, 1e9)


@pytest.mark.parametrize("chosen", ['{service_name=~"shop"}', "{service_name=shop}", "service", '{a="b" c="d"}', '{a="' + "\\" * 5001])
def test_a_selector_that_is_not_understood_is_refused(receiver, chosen):
    assert ask_pprof(receiver.url, chosen, 0, 1).status_code == 400
    assert httpx.get(receiver.url + "/pyroscope/render", params={"query": querying.CPU_TYPE + chosen, "from": "0", "until": "1"}).status_code == 400


def test_a_torn_last_line_of_the_index_is_left_out(receiver):
    for _ in range(2):
        httpx.post(receiver.url + push.PATH, content=PUSH, headers=PROTO)
    index = receiver.folder / INDEX
    index.write_text(index.read_text()[:-20])
    assert [entry.file for entry in read_index(index)] == ["000001.push.pb.gz"]


def test_as_a_command_it_receives_until_it_is_told_to_stop(tmp_path: Path, capsys):
    command = [sys.executable, "-m", "perfweek.profiling.pyroscope", "--folder", str(tmp_path / "kept"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        httpx.post(url + push.PATH, content=PUSH, headers=PROTO).raise_for_status()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == f"1 push kept in {tmp_path / 'kept'}; 0 requests refused\n"
    assert process.returncode == 0
    assert json.loads((tmp_path / "kept" / INDEX).read_text())["labels"]["service_name"] == "shop"
    assert main(["--folder", str(tmp_path / "kept"), "--port", "0"]) == 1
    assert "the folder is not empty" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--folder", str(tmp_path / "new"), "--port", str(taken.getsockname()[1])]) == 1
    assert "--port" in capsys.readouterr().err
