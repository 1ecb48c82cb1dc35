"""Friday measured for real: a web server, k6, and the comparison of its two runs."""

import json
import socket
from pathlib import Path

import pytest

from perfweek import evidence, facts
from perfweek.errors import EvidenceError
from perfweek.load.measure import measure_load
from perfweek.monday.measuring import take_load
from perfweek.progress import sentences
from perfweek.progress.findings import facts_of
from perfweek.progress.measure import measure_pair
from perfweek.progress.result import Progress
from perfweek.target import Cache, Load, Request, Service, Target
from perfweek.week import Week

SCRIPT = """
import http from 'k6/http';
export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 40, duration: '2s', preAllocatedVUs: 5 } } };
export default function () { http.get(__ENV.BASE_URL + '/page.txt', { tags: { name: 'GET /page' } }); }
"""

RESULTS = """metric_name,timestamp,metric_value,expected_response,name,status
http_req_duration,1700000001,12.5,true,GET /page,200
http_req_duration,1700000002,14.5,true,GET /page,200
"""


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "page.txt").write_text("hello")
    (tmp_path / "load.js").write_text(SCRIPT)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = f"{{python}} -m http.server {port} --bind 127.0.0.1"
    service = Service(url=f"http://127.0.0.1:{port}", start=start, start_changed=f"{start} --protocol HTTP/1.1", health="/page.txt")
    return Target(service=service, load=Load(script="load.js", repeats=2), cache=Cache(log="{run}/access_log.ndjson"), root=tmp_path)


def test_the_changed_service_is_loaded_as_monday_loaded_it_and_compared(target: Target, tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    measure_load(week, target, "load-monday", start=target.service.start)
    progress = Progress(measure_pair(week, target), 0.05, 200)
    assert progress.refused == ""
    assert progress.differences.set_index("property").loc["service", "friday"].endswith("--protocol HTTP/1.1")
    assert {(one.endpoint, one.quantity) for one in progress.comparisons} >= {("GET /page", "p95"), ("GET /page", "throughput")}
    assert next(one.after for one in progress.comparisons if one.quantity == "errors") == 0
    assert progress.sides.in_turn
    assert [run.name for run in progress.sides.before] == ["friday-before-1", "friday-before-2"]
    started = [evidence.read(week, f"friday-{side}-{number}") for side, number in (("before", 1), ("after", 1), ("after", 2), ("before", 2))]
    assert sorted(started, key=lambda one: json.loads((one.folder / "run.json").read_text())["started"]) == started
    assert {one.effect.runs for one in progress.comparisons} == {(2, 2)}
    assert "memory" in {one.quantity for one in progress.comparisons}
    found = facts_of(progress)
    assert {fact.metric for fact in found} >= {"progress.ratio", "http.latency.p95", "http.rate"}
    assert {fact.source.split("/")[1] for fact in found} == {"load-friday"}
    facts.record(week, "friday", found)
    assert sentences.environment_sentence(progress).startswith("Both versions were asked the same today; what differs from Monday: service.")


def test_a_friday_that_asks_for_something_else_is_shown_and_not_judged(target: Target, tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    measure_load(week, target, "load-monday", start=target.service.start)
    other = target.load.model_copy(update={"requests": (Request(name="GET /page", path="/page.txt"),), "repeats": 1})
    progress = Progress(measure_pair(week, target.model_copy(update={"load": other})), 0.05, 200)
    assert "requests the script's own, then GET /page.txt 1" in progress.refused
    assert {one.verdict for one in progress.comparisons} == {"cannot tell"}
    assert sentences.decision(progress, [])[0] == progress.refused


def test_a_version_that_cannot_be_started_again_is_compared_with_mondays_short_runs(target: Target, tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    alone = target.model_copy(update={"service": target.service.model_copy(update={"start_changed": ""})})
    take_load(week, alone, "")
    progress = Progress(measure_pair(week, alone), 0.05, 200)
    assert [run.name for run in progress.sides.before] == ["monday-short-1", "monday-short-2"]
    assert [run.name for run in progress.sides.after] == ["friday-short-1", "friday-short-2"]
    assert not progress.sides.in_turn


def test_existing_k6_results_leave_nothing_to_measure_and_every_sentence_says_so(target: Target, tmp_path: Path) -> None:
    (tmp_path / "k6.csv").write_text(RESULTS)
    analysed, week = target.model_copy(update={"load": Load(results=("k6.csv",))}), Week.open("2026-W48", tmp_path / "weeks")
    measure_load(week, analysed, "load-monday")
    progress = Progress(measure_pair(week, analysed), 0.05, 200)
    assert progress.comparisons == []
    assert facts_of(progress) == []
    assert progress.source == "evidence/load-monday/k6-1.csv"
    assert sentences.decision(progress, []) == [sentences.NO_DATA, sentences.REMEDY]
    assert sentences.environment_sentence(progress) == sentences.NO_DATA


def test_without_mondays_run_friday_stops_and_says_what_to_run(target: Target, tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    with pytest.raises(EvidenceError, match="there is no measurement 'load-monday'"):
        measure_pair(week, target)
    assert not evidence.find(week, "load-friday")
