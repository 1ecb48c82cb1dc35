"""From an access log to what a cache would see."""

from collections.abc import Callable
from pathlib import Path

import pytest

from perfweek import evidence
from perfweek.access_log import read_access_log
from perfweek.caching.measure import read_trace
from perfweek.caching.sentences import trace_note
from perfweek.caching.study import Study
from perfweek.caching.trace import Trace, popularity, requested, trace_of, working_set
from perfweek.errors import EvidenceError, TargetError
from perfweek.target import Cache, Target
from perfweek.week import Week

WriteLog = Callable[..., Path]


@pytest.fixture
def trace(tmp_path: Path, write_log: WriteLog) -> Trace:
    records = [
        {"key": "a", "tier": "origin"},
        {"key": "a", "tier": "l1"},
        {"key": "b", "bytes": 3000},
        {"key": "a", "method": "POST"},
        {"key": "a"},
        {"key": "c", "status": 500},
        {"key": ""},
        {"key": "a", "method": "OPTIONS"},
        {"key": "d", "route": "GET /stats/daily", "method": "HEAD"},
    ]
    return trace_of(read_access_log(write_log(tmp_path / "log", records)), "evidence/x/log")


def test_failed_requests_those_without_a_key_and_other_methods_are_left_out_and_counted(trace: Trace) -> None:
    assert trace.frame["key"].tolist() == ["a", "a", "b", "a", "a", "d"]
    assert trace.left_out == 3


def test_a_write_is_marked_and_is_not_a_read(trace: Trace) -> None:
    assert trace.writes.tolist() == [False, False, False, True, False, False]
    assert len(trace.reads) == 5


def test_a_torn_line_is_dropped_and_named_under_the_figures(tmp_path: Path, write_log: WriteLog) -> None:
    log = write_log(tmp_path / "log", [{"key": "a"}, {"key": "b"}])
    log.write_text(log.read_text() + '{"time": 17')
    trace = trace_of(read_access_log(log), "evidence/x/log")
    assert "1 of 3 lines were damaged and dropped, the first: line 3 is not JSON." in trace_note(Study(trace))


def test_the_table_of_routes_counts_reads_keys_and_keys_read_once(trace: Trace) -> None:
    table = requested(trace).set_index("route")
    assert table.loc["GET /assets"].to_dict() == {"requests": 4, "share": 0.8, "keys": 2, "once": 0.5, "mean_bytes": 1500}
    assert table.loc["GET /stats/daily", "once"] == 1


def test_popularity_is_the_reads_of_each_key_the_most_read_first(trace: Trace) -> None:
    assert popularity(trace).tolist() == [3, 1, 1]


def test_the_working_set_grows_to_the_number_of_keys_and_their_bytes(trace: Trace) -> None:
    growth = working_set(trace, windows=4)  # two seconds each: a a | b | a | d
    assert growth["so_far"].tolist() == [1, 2, 2, 3]
    assert growth["keys"].tolist() == [1, 1, 1, 1]
    assert growth["bytes_so_far"].iloc[-1] == 5000


def test_no_data_has_no_rows_anywhere() -> None:
    nothing = Trace.no_data("evidence/load-monday/run.json")
    assert requested(nothing).empty
    assert working_set(nothing).empty
    assert popularity(nothing).size == 0


def week_with_log(tmp_path: Path, write_log: WriteLog) -> Week:
    week = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(week, "load-monday", {}, lambda folder: _load_run(folder, write_log))
    return week


def _load_run(folder: Path, write_log: WriteLog) -> None:
    (folder / "run.json").write_text("{}")
    write_log(folder / "access_log.ndjson", [{"key": "a"}])


def test_the_log_of_the_measured_run_is_read_where_it_lies(tmp_path: Path, write_log: WriteLog) -> None:
    week = week_with_log(tmp_path, write_log)
    trace = read_trace(week, Target(cache=Cache(log="{run}/access_log.ndjson"), root=tmp_path))
    assert (trace.source, len(trace.frame)) == ("evidence/load-monday/access_log.ndjson", 1)


def test_a_named_log_is_copied_into_the_evidence_once_and_again_when_it_changed(tmp_path: Path, write_log: WriteLog) -> None:
    week, log = Week.open("2026-W48", tmp_path / "weeks"), write_log(tmp_path / "logs" / "web.log", [{"key": "a"}])
    evidence.collect(week, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}"))
    target = Target(cache=Cache(log="logs/web.log"), root=tmp_path)
    assert read_trace(week, target).source == "evidence/access-log/access_log.ndjson"
    first = evidence.read(week, "access-log").finished
    write_log(log, [{"key": "a"}, {"key": "b"}])
    assert len(read_trace(week, target).frame) == 2
    assert evidence.read(week, "access-log").finished >= first


def test_without_a_log_there_is_no_data_and_no_error(tmp_path: Path, write_log: WriteLog) -> None:
    week = week_with_log(tmp_path, write_log)
    for log in ("", "{run}/other.ndjson"):
        trace = read_trace(week, Target(cache=Cache(log=log), root=tmp_path))
        assert trace.frame.empty
        assert trace.source == "evidence/load-monday/run.json"


def test_a_measurement_that_was_not_taken_or_lost_its_log_is_an_error_and_never_old_numbers(tmp_path: Path, write_log: WriteLog) -> None:
    target = Target(cache=Cache(log="{run}/access_log.ndjson"), root=tmp_path)
    with pytest.raises(EvidenceError, match="there is no measurement"):
        read_trace(Week.open("2026-W47", tmp_path / "weeks"), target)
    week = week_with_log(tmp_path, write_log)
    (week.evidence / "load-monday" / "access_log.ndjson").unlink()
    with pytest.raises(EvidenceError, match=r"access_log\.ndjson is missing"):
        read_trace(week, target)


def test_a_named_log_that_does_not_exist_is_said_with_its_path(tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(week, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}"))
    with pytest.raises(TargetError, match=r"there is no such access log \(.*gone\.log\)"):
        read_trace(week, Target(cache=Cache(log="gone.log"), root=tmp_path))


def test_what_a_service_appended_to_its_own_log_under_load_is_read_rather_than_the_whole_log(tmp_path: Path, write_log: WriteLog) -> None:
    week = week_with_log(tmp_path, write_log)
    write_log(tmp_path / "own.log", [{"key": "a"}] * 5)
    assert len(read_trace(week, Target(cache=Cache(log="own.log"), root=tmp_path)).frame) == 1


def test_a_named_trace_of_another_kind_is_read_and_one_without_times_is_refused(tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(week, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}"))
    (tmp_path / "trace.csv").write_text("time,key,size,op\n1,a,10,get\n2,b,20,get\n3,a,10,delete\n4,a,10,get\n")
    trace = read_trace(week, Target(cache=Cache(log="trace.csv"), root=tmp_path))
    assert (len(trace.reads), int(trace.writes.sum()), trace.seconds) == (3, 1, 3.0)
    assert trace.key_bytes.tolist() == [8] * 4
    assert Study(trace).curve.distinct == 2
    (tmp_path / "timeless.csv").write_text("key,size\na,10\nb,20\n")
    with pytest.raises(EvidenceError, match="tells no times"):
        read_trace(week, Target(cache=Cache(log="timeless.csv"), root=tmp_path))
    (tmp_path / "junk.bin").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(EvidenceError, match="no kind of trace that is known"):
        read_trace(week, Target(cache=Cache(log="junk.bin"), root=tmp_path))
