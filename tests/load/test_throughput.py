"""What was offered and what was done, each second and each level."""

import numpy as np
import pandas as pd
import pytest

from perfweek.load.phases import phase_latencies
from perfweek.load.plan import Phase, Plan
from perfweek.load.throughput import level_rates, offered, over_time

ORIGIN = 1_700_000_000.0
RAMPED = Plan((Phase("a", "ramp", 0, 10, 0, 20), Phase("a", "plateau", 10, 40, 20, 20), Phase("b", "plateau", 20, 40, 5, 5)), "open", 40.0)


def test_offered_arrivals_follow_the_plan_of_all_scenarios():
    assert offered(RAMPED, np.array([0.0, 2, 10, 20, 30, 50])) == pytest.approx([2, 12, 20, 25, 12.5])  # the last: ten of twenty seconds


def test_a_closed_model_offers_no_rate():
    assert np.isnan(offered(Plan(RAMPED.phases, "closed", 40.0), np.array([0.0, 10.0]))).all()


def test_each_level_has_its_rate_and_its_drops(make_run, requests):
    plan = Plan((Phase("a", "plateau", 0, 18, 10, 10), Phase("a", "plateau", 18, 50, 12, 12)), "open", 50.0)
    first, second = level_rates(make_run(requests(("GET /a", 50)), plan, dropped=5))  # dropped at 20 s
    assert (first.offered, first.dropped, second.offered, second.dropped) == (10, 0, 12, 5)
    assert first.done.value == pytest.approx(10)
    assert first.done.n == 18


def test_failures_are_counted_by_cause_in_the_second_they_began(make_run, requests):
    parts = [
        requests(("GET /a", 5), status=0, start=3, seconds=1).assign(duration_ms=0.0),
        requests(("GET /a", 5), status=0, start=5, seconds=1).assign(duration_ms=60_000.0),
        requests(("GET /a", 5), status=503, start=7, seconds=1),
    ]
    seconds = over_time(make_run(pd.concat([requests(("GET /a", 50)), *parts], ignore_index=True), dropped=6))
    assert {name: seconds.index[seconds[name] > 0].tolist() for name in ("refused", "timed out", "answered with an error", "never sent")} == {
        "refused": [3],
        "timed out": [5],
        "answered with an error": [7],
        "never sent": [20],
    }
    assert seconds["refused"].iloc[3] == 10
    assert seconds["never sent"].iloc[20] == 6
    assert seconds["done"].sum() == 530


def test_a_long_run_is_told_in_steps_of_more_than_a_second(make_run, requests):
    seconds = over_time(make_run(requests(("GET /a", 50), seconds=600)))
    assert len(seconds) == 120
    assert (seconds["end_s"] - seconds["start_s"]).eq(5).all()


def test_phases_have_latencies_by_endpoint_with_intervals_where_the_load_is_constant(make_run, requests):
    found = phase_latencies(make_run(requests(("GET /a", 50), ("GET /b", 80))))
    assert [(one.phase.kind, one.endpoint, one.requests) for one in found] == [
        ("ramp", "GET /a", 100),
        ("ramp", "GET /b", 100),
        ("plateau", "GET /a", 300),
        ("plateau", "GET /b", 300),
        ("ramp", "GET /a", 100),
        ("ramp", "GET /b", 100),
    ]
    assert np.isnan(found[0].p95.low) and "no interval" in found[0].p95.method
    assert found[2].p95.low < found[2].p95.value < found[2].p95.high
