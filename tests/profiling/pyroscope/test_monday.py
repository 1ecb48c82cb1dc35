"""Monday's part: what a server has of the load is pulled by windows, what a service pushes is received, and what is missing is said."""

import math

import httpx
import pandas as pd
import pytest
from small_service import free_port, week_of, write_target

from perfweek import facts
from perfweek.errors import EvidenceError, ParameterError
from perfweek.profiling.pyroscope import push
from perfweek.profiling.pyroscope.archive import INDEX
from perfweek.profiling.pyroscope.cost import endpoint_costs
from perfweek.profiling.pyroscope.findings import facts_of
from perfweek.profiling.pyroscope.measure import measure_pyroscope
from perfweek.profiling.pyroscope.receiver import receiving
from perfweek.profiling.pyroscope.sentences import pyroscope_note, pyroscope_sentence
from perfweek.profiling.pyroscope.study import read_pyroscope, short_names
from perfweek.profiling.pyroscope.tables import ENDPOINT_FORMATS, FUNCTION_FORMATS, cpu_endpoints, cpu_functions

from .conftest import BEGAN, REQUESTS, cpu_profile, pulled, push_of

S, N = 1_000_000_000, 100  # a second in nanoseconds, and in samples
MAIN, HOT, COLD = "main (/srv/shop/main.py)", "hot (/srv/shop/items.py)", "cold (/srv/shop/items.py)"
WAIT = "Condition.wait (/usr/lib/python3.11/threading.py)"


@pytest.fixture
def shop(tmp_path):
    """A Pyroscope to ask, with four pushes of ten seconds under load: of 4 s of CPU each `hot` used 1, 2, 3 and 2; and with others around them."""
    folder = tmp_path / "kept"
    folder.mkdir()
    with receiving(folder) as receiver:
        for number, hot in enumerate((1, 2, 3, 2)):
            _push(receiver.url, {(MAIN, HOT): hot * S, (MAIN, COLD): (4 - hot) * S, (MAIN, WAIT): 7 * S}, BEGAN + 10 * number)
        _push(receiver.url, {("before",): 50 * S}, BEGAN - 30)
        _push(receiver.url, {("until after the load",): 50 * S}, BEGAN + 41)
        _push(receiver.url, {("other",): 50 * S}, BEGAN + 10, service="other")
        yield receiver


def _push(url, stacks, started, service="small"):
    body = push_of(cpu_profile(stacks, started, 9.9, endpoint="GET /items"), service=service)
    httpx.post(url + push.PATH, content=body, headers={"Content-Type": "application/proto"}).raise_for_status()


def test_a_server_is_asked_window_by_window_for_the_time_of_the_load(tmp_path, shop):
    week, measurement = pulled(tmp_path, shop.url)
    study = read_pyroscope(week, measurement)
    assert [window.stacks for window in study.windows] == [
        {("main (main.py)", "hot (items.py)"): hot * N, ("main (main.py)", "cold (items.py)"): (4 - hot) * N} for hot in (1, 2, 3, 2)
    ]
    assert [window.started for window in study.windows] == [BEGAN + second for second in (5, 15, 25, 35)], "half a push later than it is asked for"
    assert study.idle == 28 * N
    assert study.cpu_s == 16
    first, second, *rest = study.functions
    assert (first.function, first.own.value, first.own.n) == ("cold (items.py)", 0.5, 16 * N)
    # Residuals 1, 0, -1, 0 of windows of 4: standard error sqrt(4/3 * 2) / 16; Student's t of three degrees of freedom is 3.18.
    assert first.own.high == pytest.approx(0.5 + 3.182 * math.sqrt(8 / 3) / 16, rel=0.01)
    assert (second.function, second.own.value) == ("hot (items.py)", 0.5)
    assert [(one.function, one.own.value, one.total.value) for one in rest] == [("main (main.py)", 0, 1)]


def test_what_was_pulled_is_put_into_words_tables_and_facts(tmp_path, shop):
    week, measurement = pulled(tmp_path, shop.url)
    process = pd.DataFrame({"epoch_s": [BEGAN, BEGAN + 25, BEGAN + 50], "cpu_s": [100.0, 110.0, 120.0]})
    study = read_pyroscope(week, measurement, process)
    assert pyroscope_sentence(study).startswith("Most CPU is used in `cold (items.py)`: 50 % (")
    assert "of 16 s" in pyroscope_sentence(study)
    note = pyroscope_note(study)
    assert f"Pulled from {shop.url} for service small: 4 windows of 10 s under load" in note
    assert "2,800 samples of waiting threads dropped. It stands for 16 s; the service used 16 s of CPU by the operating system." in note
    assert "n = 1,600 samples at 100 a second" in note
    table = cpu_functions(study, REQUESTS)
    assert set(FUNCTION_FORMATS) < set(table.columns)
    assert table["CPU s"].tolist() == [8, 8, 0]
    assert table["CPU ms a request"].tolist() == ["20", "20", "0"], "two of the 4 s, and a hundred requests in each window"
    found = facts_of(study, REQUESTS)
    facts.record(week, "monday", found)
    told = [(fact.metric, fact.labels.get("function") or fact.labels["endpoint"], fact.estimate.value) for fact in found]
    assert told == [
        ("profile.share", "cold (items.py)", 0.5),
        ("profile.share", "hot (items.py)", 0.5),
        ("profile.cpu", "cold (items.py)", 20),
        ("profile.cpu", "hot (items.py)", 20),
        ("profile.cpu", "GET /items", 40),
    ]


def test_the_part_that_the_agent_did_not_see_is_said(tmp_path, shop):
    week, measurement = pulled(tmp_path, shop.url)
    used = pd.DataFrame({"epoch_s": [BEGAN, BEGAN + 50], "cpu_s": [0.0, 80.0]})
    assert "the service used 64 s of CPU by the operating system, so 75 % was not seen" in pyroscope_note(read_pyroscope(week, measurement, used))
    assert endpoint_costs(read_pyroscope(week, measurement, used), REQUESTS)["GET /items"].value == pytest.approx(40), "is not laid on what was seen"
    waiting = read_pyroscope(week, measurement, used.assign(cpu_s=[0.0, 10.0]))
    assert "It stands for 16 s; the service used 8 s" in pyroscope_note(waiting)
    assert "threads that wait for a core are sampled, too" in pyroscope_note(waiting)
    assert endpoint_costs(waiting, REQUESTS)["GET /items"].value == pytest.approx(20), "half of it was waiting"
    assert pyroscope_sentence(waiting).endswith("of 8 s; of the endpoints `GET /items` uses most, 100 % (100 to 100).")
    assert "is not known from elsewhere" in pyroscope_note(read_pyroscope(week, measurement, used.assign(epoch_s=used["epoch_s"] + 20)))


def test_a_pull_stands_even_if_the_server_has_gone_and_a_failed_one_is_tried_again(tmp_path):
    port = free_port()
    (tmp_path / "kept").mkdir()
    week, failed = pulled(tmp_path, f"http://127.0.0.1:{port}")
    assert "does not answer" in failed.inputs["reason"]
    with receiving(tmp_path / "kept", port) as receiver:
        _push(receiver.url, {(MAIN, HOT): S}, BEGAN + 5)
        _, there = pulled(tmp_path, receiver.url)
    _, again = pulled(tmp_path, receiver.url)
    assert there.inputs["reason"] == again.inputs["reason"] == ""
    assert read_pyroscope(week, again).cpu_s == 1


def test_a_target_without_a_server_is_told_what_to_do(tmp_path):
    target = write_target(tmp_path)
    week = week_of(target)
    study = read_pyroscope(week, measure_pyroscope(week, target, REQUESTS))
    assert pyroscope_sentence(study).startswith("No continuous profile: the target names no Pyroscope server. Give its URL in [monitoring] pyroscope")
    assert pyroscope_note(study) == "No continuous profile was read."
    assert cpu_functions(study, REQUESTS).empty
    assert cpu_endpoints(study, REQUESTS).empty
    assert facts_of(study, REQUESTS) == []


def test_damaged_evidence_is_named(tmp_path, shop):
    week, measurement = pulled(tmp_path, shop.url)
    file = measurement.folder / "000001.pprof.gz"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(EvidenceError, match=r"the profile is damaged: the gzip ends too early"):
        read_pyroscope(week, measurement)
    (measurement.folder / INDEX).write_text("{}\n")
    with pytest.raises(EvidenceError, match="the index of profiles is damaged"):
        read_pyroscope(week, measurement)


def test_a_long_load_is_pulled_in_no_more_than_sixty_windows_and_a_short_one_not_at_all(tmp_path, shop, monkeypatch):
    target = write_target(tmp_path, rest=f'[monitoring]\npyroscope = "{shop.url}"\n')
    week = week_of(target)
    long = pd.DataFrame({"time": [BEGAN - 1200.0, BEGAN + 10.0]})
    record = read_pyroscope(week, measure_pyroscope(week, target, long)).record
    assert (record.ended - record.started, record.window_s) == (1200, 20)
    short = pd.DataFrame({"time": [BEGAN, BEGAN + 10.0]})
    assert "the load was shorter than the 10 s between two pushes" in pyroscope_sentence(read_pyroscope(week, measure_pyroscope(week, target, short)))
    monkeypatch.setenv("PYROSCOPE_UPLOAD_INTERVAL", "1s")
    assert read_pyroscope(week, measure_pyroscope(week, target, short)).record.window_s == 1
    monkeypatch.setenv("PYROSCOPE_UPLOAD_INTERVAL", "often")
    with pytest.raises(ParameterError, match="PYROSCOPE_UPLOAD_INTERVAL is 'often'"):
        measure_pyroscope(week, target, short)


def test_cpu_a_request_is_cpu_of_the_endpoint_over_its_requests(tmp_path, shop):
    study = read_pyroscope(*pulled(tmp_path, shop.url))
    assert study.endpoints["GET /items"].value == 1
    cost = endpoint_costs(study, REQUESTS)["GET /items"]
    assert (cost.value, cost.n) == (pytest.approx(4000 / 100), 400), "4 s of CPU and a hundred requests in each window"
    table = cpu_endpoints(study, REQUESTS)
    assert set(ENDPOINT_FORMATS) < set(table.columns)
    assert table[["endpoint", "CPU %", "requests", "CPU ms a request", "its interval"]].values.tolist() == [["GET /items", 100, 400, "40", "exact"]]
    assert endpoint_costs(study, REQUESTS.assign(endpoint="another")) == {}


def test_files_are_shortened_as_long_as_frames_stay_apart():
    library, own, other = "run (/usr/lib/python3.11/site-packages/fast/api.py)", "get (/srv/shop/a/api.py)", "get (/srv/shop/b/api.py)"
    assert short_names([library, own, other, "f", "g (<frozen os>)"]) == {
        library: "run (fast/api.py)",
        own: "get (a/api.py)",
        other: "get (b/api.py)",
        "g (<frozen os>)": "g (<frozen os>)",
    }
    twins = ["f (/one/python3.11/json.py)", "f (/two/python3.11/json.py)"]
    assert short_names(twins) == {twin: twin for twin in twins}
