"""Latency by endpoint: what is cut, what counts, and when the budget is met."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfweek.load.baseline import Baseline
from perfweek.load.latency import budget_verdict, endpoint_latencies, overall
from perfweek.load.plan import Phase, Plan
from perfweek.stats import Estimate


def test_ramps_are_cut_before_a_latency_is_quoted(make_run, requests):
    slow_ramps = pd.concat(
        [requests(("GET /a", 900), seconds=10), requests(("GET /a", 50), start=10, seconds=30), requests(("GET /a", 900), start=40, seconds=10)]
    )
    run = make_run(slow_ramps.reset_index(drop=True))
    (latency,) = Baseline(run, 200).endpoints
    assert latency.n == 300  # 10 a second for 30 s
    assert latency.p99.value < 100
    assert run.plateau_s == 30


def test_each_scenario_has_its_own_plateau(make_run, requests):
    plan = Plan((Phase("a", "plateau", 0, 10, 10, 10), Phase("b", "plateau", 20, 30, 10, 10)), "open", 30)
    both = pd.concat([requests(("GET /a", 50)), requests(("GET /b", 50)).assign(scenario="b")], ignore_index=True)
    run = make_run(both, plan)
    assert run.plateau.groupby("endpoint").size().to_dict() == {"GET /a": 100, "GET /b": 100}
    assert run.plateau_s == 20


def test_without_a_plan_nothing_is_cut(make_run, requests, unknown_plan):
    run = make_run(requests(("GET /a", 50)), unknown_plan)
    assert len(run.plateau) == 500
    assert run.plateau_s == pytest.approx(49.9)


def test_refused_and_timed_out_requests_are_failures_and_not_fast_ones(requests):
    refused = requests(("GET /a", 1), status=0, seconds=5).assign(duration_ms=0.0)
    timed_out = requests(("GET /a", 1), status=0, start=5, seconds=5).assign(duration_ms=60_000.0)
    (latency,) = endpoint_latencies(pd.concat([requests(("GET /a", 100), spread=0), refused, timed_out], ignore_index=True))
    assert (latency.n, latency.failed, latency.refused, latency.timed_out, latency.unanswered) == (500, 100, 50, 50, 100)
    assert (latency.p50.value, latency.p99.value, latency.mean_ms) == pytest.approx((100, 100, 100))
    assert latency.errors.value == pytest.approx(100 / 600)


def test_failed_answers_are_in_no_quantile(requests):
    quick_refusals = requests(("GET /a", 1), status=503, seconds=10)
    (latency,) = endpoint_latencies(pd.concat([requests(("GET /a", 100), spread=0), quick_refusals], ignore_index=True))
    assert (latency.failed, latency.unanswered, latency.p50.value) == (100, 0, pytest.approx(100))


def test_quantiles_of_the_tail_come_with_the_number_of_requests_that_allows_them(requests):
    (latency,) = endpoint_latencies(requests(("GET /a", 100), rate=60))
    assert math.isnan(endpoint_latencies(requests(("GET /a", 100), rate=50))[0].p999.high)  # 2,500 requests
    assert latency.p999.low < latency.p999.value < latency.p999.high
    assert 0 < latency.p95.n_eff <= latency.n == 3000


def test_all_requests_together_are_one_sample(requests):
    rows = requests(("GET /a", 100), ("GET /b", 10))
    assert overall(rows).p50.value == pytest.approx(np.quantile(rows["duration_ms"], 0.5))


def test_quantiles_and_rate_are_those_of_the_sample(requests):
    rows = requests(("GET /a", 100))
    (latency,) = endpoint_latencies(rows)
    assert [latency.p50.value, latency.p95.value, latency.p99.value] == pytest.approx(np.quantile(rows["duration_ms"], [0.5, 0.95, 0.99]))
    assert latency.p95.low < latency.p95.value < latency.p95.high
    assert latency.rate.value == pytest.approx(10, rel=0.05)


def test_an_endpoint_with_few_requests_has_no_bounds_for_its_tail(requests):
    (latency,) = endpoint_latencies(requests(("GET /a", 100), rate=0.9))  # 45 requests
    assert not math.isnan(latency.p50.low)
    assert math.isnan(latency.p95.high)


def test_endpoints_are_ranked_by_their_share_of_all_response_time(requests):
    rows = pd.concat([requests(("often", 20), rate=20, spread=0), requests(("slow", 60), rate=10, spread=0)], ignore_index=True)
    ranked = endpoint_latencies(rows)
    assert [(latency.endpoint, round(latency.time_share, 3)) for latency in ranked] == [("slow", 0.6), ("often", 0.4)]


def test_an_endpoint_that_only_failed_has_no_latency(requests):
    (latency,) = endpoint_latencies(requests(("GET /a", 0), status=0))
    assert (latency.n, latency.failed) == (0, 500)
    assert latency.p50.method == "no data"


@pytest.mark.parametrize(
    ("median", "budget", "verdict"), [(50, 200, "met"), (400, 200, "missed"), (100, 138, "cannot tell")]
)  # p95 of a log-normal with spread 0.2 is 1.39 times its median
def test_the_budget_is_judged_by_the_interval(requests, median, budget, verdict):
    (latency,) = endpoint_latencies(requests(("GET /a", median)))
    assert budget_verdict(latency, budget) == verdict


def test_more_than_five_percent_of_failures_miss_any_budget(requests):
    rows = pd.concat([requests(("GET /a", 10)), requests(("GET /a", 10), status=500, seconds=10)], ignore_index=True)
    (latency,) = endpoint_latencies(rows)
    assert latency.p95.high < 200
    assert budget_verdict(latency, 200) == "missed"


@pytest.mark.parametrize(("dropped", "verdict"), [(0, "met"), (3, "met"), (24, "cannot tell")])  # of 300 and those: 1 and 7.4 %
def test_the_budget_is_met_only_if_it_still_is_where_what_was_never_sent_is_slowest(make_run, requests, dropped, verdict):
    baseline = Baseline(make_run(requests(("GET /a", 10)), dropped=dropped), 200)
    (latency,) = baseline.endpoints
    assert (latency.unsent, baseline.verdict(latency)) == (dropped, verdict)
    assert latency.p95.high < 20
    assert latency.upper.p95.high == (math.inf if dropped == 24 else pytest.approx(latency.upper.p95.high))


def test_a_median_over_the_budget_misses_it_even_where_the_tail_has_no_bounds(requests):
    (latency,) = endpoint_latencies(requests(("GET /a", 500), rate=0.9))
    assert math.isnan(latency.p95.low)
    assert budget_verdict(latency, 200) == "missed"


def test_no_request_is_no_data(requests):
    (latency,) = endpoint_latencies(requests(("GET /a", 10)))
    nothing = replace(latency, requests=0, n=0, p95=Estimate(math.nan, math.nan, math.nan, 0, "no data"))
    assert budget_verdict(nothing, 200) == "no data"


def test_dropped_arrivals_are_a_share_of_those_that_the_plan_offers(make_run, requests):
    baseline = Baseline(make_run(requests(("GET /a", 10)), dropped=60), 200)
    assert (baseline.dropped.value, baseline.dropped.n) == (0.1, 600)  # 20 a second for 30 s


def test_cpu_a_request_is_cores_over_rate(make_run, requests):
    baseline = Baseline(make_run(requests(("GET /a", 10))), 200)
    assert baseline.cores.value == pytest.approx(0.5)
    assert baseline.cpu_ms_per_request.value == pytest.approx(50)  # half a core, ten requests a second
    assert (baseline.rss_mib.value, baseline.rss_mib.n) == (100, 200)


def test_without_a_watched_process_there_is_no_cpu_and_no_memory(make_run, requests):
    baseline = Baseline(make_run(requests(("GET /a", 10)), watched=False), 200)
    assert [one.method for one in (baseline.cores, baseline.cpu_ms_per_request, baseline.rss_mib)] == ["no data"] * 3


def test_a_climb_over_the_plateau_is_told_from_none(make_run, requests):
    climbing = requests(("GET /a", 50))
    climbing["duration_ms"] *= 1 + (climbing["time"] - climbing["time"].min()) / 10
    _, _, rising = Baseline(make_run(climbing), 200).thirds
    _, _, level = Baseline(make_run(requests(("GET /a", 50))), 200).thirds
    assert rising.low > 1.1
    assert level.low < 1 < level.high
