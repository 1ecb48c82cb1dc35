"""The audit: what it counts can be counted by the reader; what casts doubt on figures is said."""

import json

import numpy as np
import pytest
from small_k6 import START_US, point, request, row, save, type_7

from perfweek.load.reading.audit import audit_of, littles_law
from perfweek.load.reading.look import look_at
from perfweek.load.reading.outcome import outcome_of
from perfweek.load.reading.read import Settings, read_samples
from perfweek.load.reading.shown import audit_lines
from perfweek.load.reading.summary import compare, summary_of


def audited(path, **how):
    samples = read_samples([path], Settings(**how))
    return audit_of(samples, outcome_of(samples))


def test_rows_that_go_back_in_time_are_counted_with_the_largest_step(tmp_path):
    times = (0, 50, 20, 90, 89, 100)
    audit = audited(save(tmp_path, *(row(timestamp=str(1_700_000_000_000 + time)) for time in times)))
    assert (audit.times_back, audit.most_back_ms) == (2, 30)


def test_steps_back_between_two_blocks_count_too(tmp_path):
    rows = [request(START_US + 1_000_000 - place, name=f"GET /{place}") for place in range(500)]
    path = save(tmp_path, *rows)
    assert audited(path, block_bytes=1 << 14, threads=2).times_back == audited(path).times_back == 499


def test_refused_timed_out_and_dropped_are_counted_and_said(tmp_path):
    rows = [
        request(),
        row(status="0", metric_value="0.000000", error_code="1212", expected_response="false"),
        row(status="0", metric_value="60000.0", error_code="1050", expected_response="false"),
        row(metric_name="iterations", metric_value="1.000000"),
        row(metric_name="dropped_iterations", metric_value="3.000000"),
    ]
    audit = audited(save(tmp_path, *rows, tail=b"http_req_dura"))
    found = (audit.requests, audit.failed, audit.refused, audit.timed_out, audit.iterations, audit.dropped_iterations, audit.rows, audit.lost)
    assert found == (3, 2, 1, 1, 1, 3, 13, 1)
    said = " ".join(audit_lines(audit))
    for part in ("1 request refused", "1 request timed out", "3 of 4 iterations dropped", "1 damaged row left out, the first: k6.csv: line 15"):
        assert part in said


def test_requests_whose_parts_do_not_add_up_are_counted(tmp_path):
    wrong = request(START_US + 9, 12.5).replace("0.500000", "0.600000")
    audit = audited(save(tmp_path, request(), wrong, row()))
    assert (audit.parts_differ, audit.without_parts) == (1, 1)


def constant(seconds=10, rate=100, duration_ms=250.0):
    return [row(timestamp=str(START_US + place * 1_000_000 // rate), metric_value=f"{duration_ms:.6f}") for place in range(seconds * rate)]


def test_littles_law_holds_for_a_constant_load(tmp_path):
    audit = audited(save(tmp_path, *constant()))
    assert (audit.little.rate, audit.little.duration_s) == (pytest.approx(100, rel=0.01), 0.25)
    assert audit.little.in_flight == pytest.approx(25, rel=0.01)
    assert "! Little" not in " ".join(audit_lines(audit))


def test_littles_law_is_broken_by_a_load_that_changes_much(tmp_path):
    samples = read_samples([save(tmp_path, *(row(timestamp=str(START_US + place**2), metric_value="400.0") for place in range(1000)))])
    assert abs(littles_law(samples, outcome_of(samples)).ratio - 1) > 0.05


def test_littles_law_is_not_asked_of_times_in_whole_seconds(tmp_path):
    audit = audited(save(tmp_path, *(row(timestamp=str(1_700_000_000 + place // 10)) for place in range(200))))
    assert (audit.resolution_s, audit.little) == (1, None)
    assert any("whole seconds only" in line for line in audit_lines(audit))


def durations():
    return np.random.default_rng(1).lognormal(3, 0.5, 200).round(6).tolist()


def summary_content(p95, old=False):
    trend = {"avg": float(np.mean(durations())), "max": max(durations()), "p(95)": p95, "p(99)": type_7(durations(), 0.99)}
    rates = {"http_req_failed": {"rate": 0, "passes": 0, "fails": 200}, "http_reqs": {"count": 200, "rate": 20}}
    if old:
        failed = rates["http_req_failed"]
        failed["value"] = failed.pop("rate")
        metrics = {"http_req_duration": trend | {"thresholds": {"p(95)<40": True, "p(99)<400": False}}, **rates}
        return {"root_group": {"groups": {}, "checks": {"ok": {"name": "ok", "passes": 3, "fails": 1}}}, "metrics": metrics}
    metrics = {name: {"type": "rate", "contains": "default", "values": values} for name, values in rates.items()}
    thresholds = {"p(95)<40": {"ok": False}, "p(99)<400": {"ok": True}}
    metrics["http_req_duration"] = {"type": "trend", "contains": "time", "values": trend, "thresholds": thresholds}
    return {"root_group": {"groups": [{"checks": [{"name": "ok", "passes": 3, "fails": 1}]}], "checks": []}, "metrics": metrics}


@pytest.mark.parametrize("old", [False, True])
def test_both_shapes_of_a_summary_say_the_same(tmp_path, old):
    found = summary_of(tmp_path / "summary.json", summary_content(33.0, old))
    assert {(one.expression, one.met) for one in found.thresholds} == {("p(95)<40", False), ("p(99)<400", True)}
    assert found.checks == [("ok", 3, 1)]
    assert (found.metrics["http_req_failed"]["rate"], found.metrics["http_req_duration"]["p(95)"]) == (0, 33.0)


def test_the_machine_readable_summary_is_read(tmp_path):
    content = {
        "version": "1.0.0",
        "results": {
            "checks": {"results": [{"name": "ok", "passes": 3, "fails": 1}]},
            "metrics": [{"name": "http_req_duration", "type": "trend", "contains": "time", "values": {"p(95)": 33.0}}],
        },
    }
    (tmp_path / "summary.json").write_text(json.dumps(content))
    (found,) = look_at([tmp_path / "summary.json"]).summaries
    assert (found.shape, found.metrics, found.checks) == ("machine-readable", {"http_req_duration": {"p(95)": 33.0}}, [("ok", 3, 1)])


def run_with_summary(tmp_path, p95):
    path = save(tmp_path, *(request(START_US + place, duration) for place, duration in enumerate(durations())), name="run.csv")
    (tmp_path / "run_summary.json").write_text(json.dumps(summary_content(p95)))
    return path


def test_a_summary_beside_the_results_that_agrees_is_said_to(tmp_path):
    look = look_at([run_with_summary(tmp_path, type_7(durations(), 0.95))])
    assert len(look.audit.comparisons) == 8
    assert all(one.same for one in look.audit.comparisons)
    assert "8 of 8 figures agree" in " ".join(audit_lines(look.audit))


def test_a_summary_of_another_run_is_seen_to_disagree(tmp_path):
    look = look_at([run_with_summary(tmp_path, type_7(durations(), 0.95) + 0.001)])
    assert [(one.metric, one.statistic) for one in look.audit.comparisons if not one.same] == [("http_req_duration", "p(95)")]
    assert "7 of 8 figures agree" in " ".join(audit_lines(look.audit))


def test_a_submetric_is_compared_with_its_requests(tmp_path):
    samples = read_samples([save(tmp_path, point(name="a", value=1), point(name="b", value=3), header=None)])
    metrics = {"http_req_duration{name:b}": {"values": {"avg": 3.0}}, "http_req_duration{own:b}": {"values": {"avg": 9.0}}}
    (found,) = compare(summary_of(tmp_path / "s.json", {"metrics": metrics}), samples)
    assert (found.raw, found.same) == (3.0, True)


@pytest.mark.parametrize(
    ("file", "thresholds"), [("rajjo999_summary.json", {"p(99)<400": False}), ("hackzbhavin_handleSummary.json", {"p(99)<500": True})]
)
def test_thresholds_of_public_summaries_are_met_or_missed_as_their_figures_say(shared_data, file, thresholds):
    (found,) = look_at([shared_data / "k6" / file]).summaries
    said = {one.expression: one.met for one in found.thresholds if one.metric == "http_req_duration"}
    assert thresholds.items() <= said.items()
    for expression, met in said.items():
        statistic, _, limit = expression.partition("<")
        if statistic in found.metrics["http_req_duration"]:
            assert met == (found.metrics["http_req_duration"][statistic] < float(limit))
