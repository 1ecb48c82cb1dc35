"""A load in steps with the real k6, against a service that answers one request at a time."""

import json

import pytest
from small_service import free_port, week_of, write_target

from perfweek.errors import TargetError
from perfweek.load.capacity.measure import Steps, capacity_script, measure_capacity, refusal
from perfweek.load.capacity.result import read_capacity
from perfweek.target import Target

IN_TURN = """
import http.server, sys, threading, time
turn = threading.Lock()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with turn:
            time.sleep(0 if self.path == "/healthz" else 0.025)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer.request_queue_size = 512
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
ASKED = '[[load.requests]]\nname = "GET /"\npath = "/"\n'


def in_turn(folder) -> Target:
    """A service of at most 40 a second."""
    port = free_port()
    (folder / "in_turn.py").write_text(IN_TURN)
    target = write_target(
        folder,
        service=f'start = "{{python}} in_turn.py {port}"\nlatency_budget_p95_ms = 100',
        rest=f"[load]\nrate = 20\ncapacity_multiple = 8\n{ASKED}",
    )
    return target.model_copy(update={"service": target.service.model_copy(update={"url": f"http://127.0.0.1:{port}"})})


def test_a_service_of_forty_a_second_is_found_to_be_one(tmp_path):
    target = in_turn(tmp_path)
    week = week_of(target)
    measured = measure_capacity(week, target, target.service.start, steps=Steps(4, 1.5))
    capacity = read_capacity(week, measured, 100)
    assert [cell.offered for cell in capacity.cells][:3] == [10, 25, 63]
    assert capacity.stopped
    assert capacity.saturated is not None and capacity.saturated.offered == 63
    assert 15 < capacity.largest.value < 42
    assert capacity.generator.verdict == "not the limit"
    for cell in capacity.cells:
        if cell.whole:
            assert cell.arrivals == pytest.approx(cell.offered * (cell.end_s - cell.start_s), abs=2)
    assert 0 < capacity.cells[0].generator_cores < 2 and 0 <= capacity.cells[0].service_cores < 2


@pytest.mark.parametrize(
    ("rest", "start", "reason"),
    [
        (f'[load]\ncapacity = "off"\n{ASKED}', "start it", "switches it off"),
        (f"[load]\n{ASKED}", "", "not started by perfweek"),
        ('[load]\nscript = "load.js"\n', "start it", "script of its own"),
        ('[load]\nresults = ["a.csv"]\n', "start it", "existing k6 results"),
    ],
)
def test_where_it_may_not_be_measured_the_evidence_says_why(tmp_path, rest, start, reason):
    target = write_target(tmp_path, rest=rest)
    week = week_of(target)
    measured = measure_capacity(week, target, start)
    capacity = read_capacity(week, measured, 200)
    assert reason in capacity.reason and capacity.remedy and capacity.cells == ()
    assert json.loads((week.root / capacity.source).read_text())["reason"] == capacity.reason


def test_a_running_service_is_loaded_beyond_its_rate_only_where_the_target_says_so(tmp_path):
    assert refusal(write_target(tmp_path, rest=f'[load]\ncapacity = "on"\n{ASKED}'), "") is None


def test_the_target_decides_how_far_the_levels_go(tmp_path):
    target = write_target(tmp_path, rest=f"[load]\nrate = 30\ncapacity_multiple = 6\n{ASKED}")
    environment = capacity_script(target, "smoke").environment
    assert (environment["RATE"], environment["MULTIPLE"], environment["STEPS"]) == ("30", "6", "8")
    assert float(environment["STEP_S"]) * 8 <= 20


def test_without_anything_to_ask_for_the_target_is_refused(tmp_path):
    with pytest.raises(TargetError, match="does not say what to ask"):
        measure_capacity(week_of(target := write_target(tmp_path, rest="[load]\nrate = 5\n")), target, "start it")
