"""The script's thresholds: k6's verdict, the value behind it and its interval."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from perfweek.load import flow_sentences, tables
from perfweek.load.baseline import Baseline
from perfweek.load.thresholds import thresholds_of


@pytest.fixture
def results(make_run, requests):
    rows = pd.concat(
        [requests(("GET /a", 50)), requests(("GET /b", 300)).assign(scenario="b"), requests(("GET /a", 5), status=500, seconds=5)], ignore_index=True
    )
    return make_run(rows.sort_values("time", ignore_index=True), dropped=4).results


def value_of(results, key, met=True):
    (found,) = thresholds_of({"thresholds": {key: met}}, results)
    return found


@pytest.mark.parametrize(
    ("key", "select", "q"),
    [
        ("http_req_duration: p(95)<200", lambda rows: rows, 0.95),
        ("http_req_duration: p(99.9) <= 1e3", lambda rows: rows, 0.999),
        ("http_req_duration: med<200", lambda rows: rows, 0.5),
        ("http_req_duration{name:GET /b}: p(95)<400", lambda rows: rows[rows["endpoint"] == "GET /b"], 0.95),
        (
            "http_req_duration{ name:GET /a, expected_response:true }: p(90)<400",
            lambda rows: rows[(rows["endpoint"] == "GET /a") & ~rows["failed"]],
            0.9,
        ),
        ("http_req_duration{scenario:b}: p(50)<400", lambda rows: rows[rows["scenario"] == "b"], 0.5),
        ("http_req_duration{status:500}: p(50)<400", lambda rows: rows[rows["status"] == 500], 0.5),
    ],
)
def test_a_quantile_is_that_of_the_whole_run_with_failures_as_k6_counts(results, key, select, q):
    found, rows = value_of(results, key), select(results.requests)
    assert found.value.value == pytest.approx(np.quantile(rows["duration_ms"], q))
    assert (found.value.n, found.unit, found.verdict) == (len(rows), "ms", "met")


def test_a_share_of_failures_has_its_interval(results):
    found = value_of(results, "http_req_failed: rate<0.01", met=False)
    assert found.value.value == pytest.approx(50 / 1050)
    assert (found.unit, found.verdict, found.near) == ("%", "missed", found.value.low < 0.01)


@pytest.mark.parametrize(
    ("key", "value"), [("http_reqs: count>100", 1050), ("dropped_iterations: count<5", 4), ("iterations{scenario:b}: count>1", 500)]
)
def test_counts_are_exact(results, key, value):
    found = value_of(results, key).value
    assert (found.low, found.value, found.high) == (value, value, value)


def test_averages_extremes_and_rates_are_evaluated(results):
    rows = results.requests
    average = value_of(results, "http_req_duration: avg<200").value
    assert average.value == pytest.approx(rows["duration_ms"].mean())
    assert average.low < average.value < average.high
    largest = value_of(results, "http_req_duration: max<1000").value
    assert largest.value == rows["duration_ms"].max() and math.isnan(largest.high)
    assert value_of(results, "http_reqs: rate>5").value.value == pytest.approx(21, rel=0.05)  # 1,050 in 50 s


@pytest.mark.parametrize(
    "key",
    [
        "checks: rate>0.9",
        "my_trend: p(95)<5",
        "http_req_duration{group:::login}: p(95)<5",
        "http_req_duration: p(95) < budget",
        "no colon",
        "http_req_duration: p(950)<1",
    ],
)
@pytest.mark.parametrize("met", [True, False])
def test_what_cannot_be_evaluated_repeats_k6s_verdict_and_says_so(results, key, met):
    found = value_of(results, key, met)
    assert math.isnan(found.value.value) and "k6's verdict" in found.value.method
    assert (found.verdict, found.near) == ("met" if met else "missed", False)


def test_checks_are_counted_where_the_results_keep_them(results):
    checks = {"status is 200": (10, 90), "has items": (0, 100)}  # failed, passed
    (found,) = thresholds_of({"thresholds": {"checks: rate>0.9": True}}, SimpleNamespace(**vars(results) | {"checks": checks}))
    assert (found.value.value, found.value.n, found.unit) == (0.95, 200, "%")


def test_a_limit_within_the_interval_is_marked(results):
    p95 = value_of(results, "http_req_duration: p(95)<200").value
    assert value_of(results, f"http_req_duration: p(95)<{(p95.value + p95.high) / 2}").near
    assert not value_of(results, f"http_req_duration: p(95)<{2 * p95.high}").near


def test_missed_thresholds_come_first_in_table_and_sentence(make_run, requests):
    record = {"thresholds": {"http_req_failed: rate<0.01": True, "http_req_duration: p(95)<40": False, "checks: rate>0.9": True}}
    baseline = Baseline(make_run(requests(("GET /a", 50)), record=record), 200)
    table = tables.threshold_table(baseline)
    assert table["verdict"].tolist() == ["missed", "met", "met"]
    assert table["value"].iloc[0].endswith(" ms") and table["value"].iloc[1] == "0.0 %"
    assert flow_sentences.thresholds_sentence(baseline).startswith("1 of 3 thresholds of the script is missed: `http_req_duration: p(95)<40` (")
    assert "whole run, n = 500 requests" in flow_sentences.threshold_note(baseline)


def test_a_run_without_thresholds_says_so(make_run, requests):
    baseline = Baseline(make_run(requests(("GET /a", 50))), 200)
    assert flow_sentences.thresholds_sentence(baseline).startswith("The load script has no thresholds")
    assert tables.threshold_table(baseline).empty
