"""A whole load run with the real k6 against a small real service, as evidence; and everything that can go wrong on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_service import processes_with, week_of, write_target

from perfweek import evidence
from perfweek.errors import MeasurementError, TargetError
from perfweek.load.baseline import Baseline
from perfweek.load.measure import measure_load
from perfweek.load.run import read_load


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A target, its week and one measurement, shared by the tests that only read it."""
    target = write_target(tmp_path_factory.mktemp("small"), "slow_s=0.005 log={run}/access_log.ndjson")
    week = week_of(target)
    return target, week, measure_load(week, target, "load-monday", "smoke", target.service.start)


def test_the_evidence_holds_requests_run_process_and_logs(measured):
    _, _, measurement = measured
    files = {path.name for path in measurement.folder.iterdir()}
    assert {"k6.csv.gz", "k6_summary.json", "k6.log", "run.json", "process.csv", "service.log", "access_log.ndjson"} <= files
    run = json.loads(measurement.path("run.json").read_text())
    assert (run["profile"], run["rate"], run["exit_code"], run["model"]) == ("smoke", 40, 0, "open")
    assert run["thresholds"] == {"http_req_duration: p(95)<200": True}
    assert [(stage["kind"], stage["start_s"], stage["end_s"]) for stage in run["stages"]] == [
        ("ramp", 0, 0.5),
        ("plateau", 0.5, 2.5),
        ("ramp", 2.5, 3),
    ]
    assert run["started"] < run["load_started"] < run["finished"]
    assert run["k6"]["version"]
    assert run["service"]["command"].startswith("{python} service.py")


def test_the_plateau_holds_as_many_requests_as_the_rate_says(measured):
    _, week, measurement = measured
    run = read_load(week, measurement)
    assert 70 <= len(run.plateau) <= 90  # 40 a second for 2 s
    assert len(run.results.requests) > len(run.plateau)
    assert run.plateau_s == 2
    assert run.arrivals == (80, 0)
    assert run.results.requests["endpoint"].unique().tolist() == ["GET /items/{id}"]
    assert (run.plateau["duration_ms"] > 5).all()


def test_k6_and_the_reader_count_the_same_requests(measured):
    _, week, measurement = measured
    counted = json.loads(measurement.path("k6_summary.json").read_text())["metrics"]["http_reqs"]["count"]
    assert len(read_load(week, measurement).results.requests) == counted


def test_memory_and_cpu_of_the_service_are_there(measured):
    _, week, measurement = measured
    baseline = Baseline(read_load(week, measurement), 200)
    assert baseline.rss_mib.value > 5
    assert baseline.run.process_source == "evidence/load-monday/process.csv"


def test_the_same_measurement_is_not_taken_twice(measured):
    target, week, measurement = measured
    started = time.monotonic()
    assert measure_load(week, target, "load-monday", "smoke", target.service.start) == measurement
    assert time.monotonic() - started < 1


def test_another_rate_is_another_measurement_and_the_old_one_is_kept(tmp_path):
    target = write_target(tmp_path)
    week = week_of(target)
    first = measure_load(week, target, "load-monday", "smoke", target.service.start)
    slower = target.model_copy(update={"load": target.load.model_copy(update={"rate": 39.0})})
    second = measure_load(week, slower, "load-monday", "smoke", target.service.start)
    assert (first.inputs["rate"], second.inputs["rate"]) == (40, 39)
    assert len(list((week.evidence / ".superseded").glob("load-monday-*/k6.csv.gz"))) == 1


def test_a_missed_budget_is_a_result(tmp_path):
    target = write_target(tmp_path, "slow_s=0.02", service="latency_budget_p95_ms = 5")
    week = week_of(target)
    run = read_load(week, measure_load(week, target, "load-monday", "smoke", target.service.start))
    assert (run.record["exit_code"], run.record["thresholds"]) == (99, {"http_req_duration: p(95)<5": False})


def test_a_service_that_dies_under_load_is_an_error_and_leaves_nothing_behind_but_its_logs(tmp_path):
    target = write_target(tmp_path, "requests=30")
    week = week_of(target)
    with pytest.raises(MeasurementError, match=r"ended under load \(exit code 3\)(?s:.*)giving up") as error:
        measure_load(week, target, "load-monday", "smoke", target.service.start)
    assert evidence.find(week, "load-monday") is None
    kept = week.evidence / ".failed" / "load-monday"
    assert str(kept) in error.value.remedy
    assert "giving up" in (kept / "service.log").read_text()
    assert processes_with(str(tmp_path)) == []
    assert list(week.evidence.glob(".*.measuring")) == []


def test_a_failed_run_leaves_the_earlier_measurement_whole(measured):
    target, week, measurement = measured
    with pytest.raises(MeasurementError):
        measure_load(week, target, "load-monday", "smoke", target.service.start.replace("service.py", "missing.py"))
    assert evidence.read(week, "load-monday") == measurement


def test_a_script_with_an_error_is_told_before_the_service_is_started(tmp_path):
    target = write_target(tmp_path, service=f'start = "touch {tmp_path}/started"')
    (tmp_path / "load.js").write_text("export default function () {")
    with pytest.raises(MeasurementError, match="the script failed"):
        measure_load(week_of(target), target, "load-monday", "smoke", target.service.start)
    assert not (tmp_path / "started").exists()


def test_a_script_that_is_not_there_is_told(tmp_path):
    target = write_target(tmp_path)
    (tmp_path / "load.js").unlink()
    with pytest.raises(TargetError, match="load script is not there"):
        measure_load(week_of(target), target, "load-monday", "smoke", target.service.start)


def test_what_a_service_appends_to_its_own_log_becomes_evidence_and_nothing_older(tmp_path):
    target = write_target(tmp_path, f"log={tmp_path}/own.ndjson", rest='[load]\nscript = "load.js"\nrate = 40\n[cache]\nlog = "own.ndjson"\n')
    (tmp_path / "own.ndjson").write_text('{"route": "yesterday"}\n')
    measurement = measure_load(week_of(target), target, "load-monday", "smoke", target.service.start)
    routes = [json.loads(line)["route"] for line in measurement.path("access_log.ndjson").read_text().splitlines()]
    assert len(routes) > 80
    assert "yesterday" not in routes


def test_existing_results_are_taken_as_evidence_instead_of_running(measured, tmp_path):
    _, week, measurement = measured
    (tmp_path / "pod1.csv.gz").write_bytes(measurement.path("k6.csv.gz").read_bytes())
    (tmp_path / "pod2.csv.gz").write_bytes(measurement.path("k6.csv.gz").read_bytes())
    target = write_target(tmp_path, rest='[load]\nresults = ["pod1.csv.gz", "pod2.csv.gz"]\n')
    own = week_of(target)
    run = read_load(own, measure_load(own, target, "load-monday", "", ""))
    alone = read_load(week, measurement).results.requests
    assert len(run.results.requests) == 2 * len(alone)
    assert run.plan.model == "unknown"
    assert len(run.plateau) == 2 * len(alone)
    assert run.source == "evidence/load-monday/k6-1.csv.gz"


def test_results_that_are_not_there_are_told(tmp_path):
    target = write_target(tmp_path, rest='[load]\nresults = ["gone.csv"]\n')
    with pytest.raises(TargetError, match=r"gone.csv are not there"):
        measure_load(week_of(target), target, "load-monday", "", "")


MEASURE = """
import sys
sys.path.insert(0, {tests!r})
from small_service import week_of
from perfweek.load.measure import measure_load
from perfweek.target import load_target
target = load_target({target!r})
measure_load(week_of(target), target, "load-monday", "smoke", target.service.start)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_end_in_the_middle_of_the_load_leaves_no_process_and_no_measurement(tmp_path, number):
    target = write_target(tmp_path, f"child={tmp_path}/mark")
    (tmp_path / "load.js").write_text((tmp_path / "load.js").read_text().replace("duration: '2s'", "duration: '60s'"))
    code = MEASURE.format(tests=str(Path(__file__).parents[1]), target=str(tmp_path / "target.toml"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as child:
        deadline = time.monotonic() + 60
        while not processes_with("run --include-system-env-vars") or not any(week_of(target).evidence.glob(".*.measuring/k6.csv.gz")):
            assert time.monotonic() < deadline and child.poll() is None
            time.sleep(0.1)
        assert len(processes_with(str(tmp_path))) >= 3
        os.kill(child.pid, number)
        child.communicate(timeout=40)
    deadline = time.monotonic() + 20
    while processes_with(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_with(str(tmp_path)) == []
    assert evidence.find(week_of(target), "load-monday") is None
