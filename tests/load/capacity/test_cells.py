"""Levels of load as cells: what a reader can count."""

import math

import numpy as np
import pandas as pd
import pytest
from stepped_load import ORIGIN, arrivals_of, cells_from, plan_of_levels, requests_of, steady

from perfweek.load.plan import Phase, Plan


def test_ten_requests_a_second_of_a_tenth_of_a_second_are_one_request_under_way():
    plan = plan_of_levels([10.0], 10)
    (cell,) = cells_from(requests_of(arrivals_of(plan), np.full(100, 0.1)), plan)
    assert (cell.start_s, cell.end_s, cell.whole, cell.offered) == (1.5, 10, True, 10)
    assert cell.arrivals == 85
    assert cell.throughput.value == pytest.approx(10, rel=0.02)
    assert cell.in_flight.value == pytest.approx(1, rel=0.02)
    assert cell.p50.value == pytest.approx(100)
    assert not cell.grew and not cell.saturated


@pytest.mark.parametrize("rates", [[20.0], [20.0, 40.0, 80.0]])
def test_littles_law_holds_in_every_cell(rates):
    plan = plan_of_levels(rates, 8)
    starts = arrivals_of(plan)
    durations = np.random.default_rng(1).exponential(0.05, len(starts))
    for cell in cells_from(requests_of(starts, durations), plan):
        inside = (starts >= cell.start_s) & (starts < cell.end_s)
        assert cell.in_flight.value == pytest.approx(cell.offered * durations[inside].mean(), rel=0.1)


def test_the_beginning_of_a_level_and_all_of_a_ramp_are_in_no_cell():
    plan = Plan((Phase("a", "ramp", 0, 10, 0, 10), Phase("a", "plateau", 10, 20, 10, 10)), "open", 20)
    starts = np.arange(0, 20, 0.1)
    slow_at_first = np.where(starts < 11.5, 5.0, 0.01)
    (cell,) = cells_from(requests_of(starts, slow_at_first), plan)
    assert cell.p95.value == pytest.approx(10)


def test_a_budget_is_kept_or_missed_by_late_failed_and_dropped_arrivals_alike():
    plan = plan_of_levels([100.0], 10)
    fast = requests_of(arrivals_of(plan), np.full(1000, 0.1))
    slow = fast.assign(duration_ms=np.where(np.arange(1000) % 4 == 0, 300.0, 100.0))
    failing = fast.assign(failed=np.arange(1000) % 4 == 0)
    refused = fast[np.arange(1000) % 4 != 0]
    drops = pd.DataFrame({"time": ORIGIN + np.arange(0, 10, 0.04), "dropped": 1})
    (kept,), (late,), (failed,), (dropped,) = (
        cells_from(fast, plan),
        cells_from(slow, plan),
        cells_from(failing, plan),
        cells_from(refused, plan, drops),
    )
    assert (kept.verdict, kept.late.value) == ("kept", 0)
    for cell in (late, failed, dropped):
        assert cell.verdict == "missed"
        assert cell.late.value == pytest.approx(0.25, abs=0.01)
    assert dropped.arrivals == kept.arrivals and dropped.dropped > 200 and dropped.saturated


def test_few_requests_cannot_tell():
    """Of 50 arrivals none is late, but 1 in 20 may have been: 0.95 to the power of 50 is 8 %."""
    plan = plan_of_levels([5.0], 11.8)
    (cell,) = cells_from(requests_of(arrivals_of(plan), np.full(59, 0.01)), plan)
    assert (cell.late.value, cell.verdict) == (0, "cannot tell")


def test_requests_that_pile_up_saturate_a_level():
    plan = plan_of_levels([100.0], 10)
    starts = arrivals_of(plan)
    (cell,) = cells_from(requests_of(starts, 0.05 + 0.3 * starts), plan)  # answers 100 / 1.3 a second
    assert cell.throughput.value == pytest.approx(77, rel=0.05)
    assert cell.grew and cell.saturated


def test_a_level_that_the_end_of_the_test_cut_short_is_marked_and_later_ones_are_left_out():
    plan = plan_of_levels([10.0, 20.0, 40.0], 10)
    starts = arrivals_of(plan)
    first, second = cells_from(requests_of(starts[starts < 15], np.full((starts < 15).sum(), 0.01)), plan)
    assert (first.whole, second.whole) == (True, False)
    assert second.end_s == pytest.approx(15, abs=0.1)


def test_cores_are_cpu_seconds_a_second_and_unknown_where_nobody_watched():
    plan = plan_of_levels([10.0], 10)
    requests = requests_of(arrivals_of(plan), np.full(100, 0.01))
    (watched,) = cells_from(requests, plan, service=steady(1.5, 10), generator=steady(0.25, 10))
    (unwatched,) = cells_from(requests, plan, service=steady(1.5, 10)[:0])
    assert (watched.service_cores, watched.generator_cores) == (pytest.approx(1.5), pytest.approx(0.25))
    assert math.isnan(unwatched.service_cores) and math.isnan(unwatched.generator_cores)


def test_without_any_request_there_is_no_cell():
    assert cells_from(requests_of(np.array([]), np.array([])), plan_of_levels([10.0], 10)) == ()
