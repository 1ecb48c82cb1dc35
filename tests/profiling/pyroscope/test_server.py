"""A Pyroscope server that refuses, is silent, is older or is something else."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from small_service import free_port

from perfweek.profiling.pyroscope import querying, server
from perfweek.profiling.pyroscope.flamebearer import write_flamebearer
from perfweek.profiling.pyroscope.sentences import pyroscope_sentence
from perfweek.profiling.pyroscope.study import read_pyroscope

from .conftest import BEGAN, pulled

N = 100  # samples of a second


@contextmanager
def answering(answers):
    """A web server that gives these answers by path, 404 to all else; and the list of what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.path, self.headers.get("Authorization")))
            status, body = answers.get(self.path.partition("?")[0], (404, b"404 page not found"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}", asked
        listening.shutdown()


def test_a_server_that_does_not_answer_is_said_and_its_password_is_not(tmp_path):
    url = f"http://me:secret@127.0.0.1:{free_port()}"
    week, measurement = pulled(tmp_path, url)
    said = pyroscope_sentence(read_pyroscope(week, measurement))
    assert said.startswith(f"No continuous profile: {url.replace('me:secret@', '')} does not answer (ConnectError). Start the server")
    assert "runbooks/profiling.md" in said
    assert not [file for file in measurement.folder.iterdir() if "secret" in file.read_text()]


def test_a_service_of_another_name_is_told_with_the_names_that_are_known(tmp_path):
    names = {"names": ["small", "pyroscope"]}
    with answering({querying.PATH: (200, b""), "/querier.v1.QuerierService/LabelValues": (200, json.dumps(names).encode())}) as (url, _):
        said = pyroscope_sentence(read_pyroscope(*pulled(tmp_path, url, "big")))
    assert "has no CPU profile of a service called 'big' from the time of the load; it has pyroscope, small." in said


def test_a_server_without_the_newer_call_is_asked_by_the_older_one(tmp_path):
    graph = json.dumps(write_flamebearer({("main", "f"): 300, ("main",): 100}, 100)).encode()
    with answering({"/pyroscope/render": (200, graph)}) as (url, asked):
        study = read_pyroscope(*pulled(tmp_path, url))
    assert [window.stacks for window in study.windows] == [{("main", "f"): 3 * N, ("main",): 1 * N}] * 4
    assert (
        f"/pyroscope/render?query=process_cpu%3Acpu%3Ananoseconds%3Acpu%3Ananoseconds%7Bservice_name%3D%22small%22%7D&from={BEGAN}&until={BEGAN + 10}"
        in {path.partition("&maxNodes")[0] for path, _ in asked}
    )


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"who are you?", "answers 401: who are you?. Give name and password in PYROSCOPE_BASIC_AUTH_USER and PYROSCOPE_BASIC_AUTH_PASSWORD."),
        (500, b"<b>tenant\nmissing</b>", "answers 500: <b>tenant missing</b>."),
        (302, b"", "answers 302."),
        (200, b"<html>a login page</html>", "answers with something else than a profile"),
        (200, bytes(server.LARGEST_ANSWER + 1), "answered with more than 32,000,000 bytes"),
    ],
)
def test_a_server_that_refuses_is_quoted(tmp_path, status, body, said):
    with answering({querying.PATH: (status, body)}) as (url, _):
        assert said in pyroscope_sentence(read_pyroscope(*pulled(tmp_path, url)))


def test_name_and_password_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(server.USER, "me")
    monkeypatch.setenv(server.PASSWORD, "secret")
    with answering({querying.PATH: (200, b"")}) as (url, asked):
        _, measurement = pulled(tmp_path, url)
    assert asked[0][1] == "Basic bWU6c2VjcmV0"
    assert not [file for file in measurement.folder.iterdir() if "secret" in file.read_text()]
