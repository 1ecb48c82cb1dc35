"""The knee and the highest rate: found where they were put, and not where there is none."""

import math
from dataclasses import replace

import numpy as np
import pytest
from stepped_load import arrivals_of, cells_from, plan_of_levels, requests_of, served_in_turn

from perfweek.load.capacity.knee import find_knee, highest_kept, saturated_from

CAPACITY = 100.0
RATES = [20.0, 30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 150.0]
RUNS = 20


@pytest.fixture(scope="module")
def queues():
    """Levels up to beyond what one server of 100 a second can serve, each 6 s long, in 30 runs."""
    plan = plan_of_levels(RATES, 6)
    return [cells_from(served_in_turn(plan, CAPACITY, seed), plan) for seed in range(RUNS)]


@pytest.fixture(scope="module")
def flat():
    """Levels at which the response time does not depend on the load."""
    plan = plan_of_levels(RATES, 6)
    starts = arrivals_of(plan)
    return [cells_from(requests_of(starts, np.random.default_rng(seed).lognormal(-4, 0.5, len(starts))), plan) for seed in range(RUNS)]


def test_the_knee_of_a_queue_is_where_its_server_becomes_busy(queues):
    """With evenly spaced arrivals p95 is 3 / (100 (1 - s)) seconds, s = exp(-100 (1 - s) / rate): 30 ms when idle, 35 at 45/s, 155 at 90/s."""
    knees = [find_knee(cells) for cells in queues]
    assert sum(not math.isnan(knee.rate.value) for knee in knees) >= 0.95 * RUNS
    near = [knee for knee in knees if 45 <= knee.rate.value <= 90]
    assert len(near) >= 0.9 * RUNS
    assert all(knee.rate.low < knee.rate.value < knee.rate.high and 20 < knee.p95_ms < 60 and knee.rise > 5 for knee in near)


def test_requests_pile_up_from_the_first_level_beyond_capacity_on(queues):
    found = [cell.offered if (cell := saturated_from(cells)) else math.nan for cells in queues]
    assert sum(rate == 120 for rate in found) >= 0.9 * RUNS
    assert all(rate > 75 for rate in found)


def test_the_budget_is_lost_around_capacity(queues):
    """p95 is 155 ms at 90 a second, and grows without bound at 120."""
    highest = [highest_kept(cells) for cells in queues]
    assert sum(estimate.value in (75, 90) for estimate in highest) >= 0.9 * RUNS
    assert sum(estimate.low <= 90 and estimate.high in (90, 120) for estimate in highest) >= 0.9 * RUNS


def test_a_response_time_that_does_not_depend_on_the_load_has_no_knee(flat):
    knees = [find_knee(cells) for cells in flat]
    assert sum(not math.isnan(knee.rate.value) for knee in knees) <= 0.05 * RUNS
    assert all(knee.reason for knee in knees if math.isnan(knee.rate.value))
    assert all(saturated_from(cells) is None for cells in flat)


def test_a_budget_that_was_never_lost_has_no_upper_bound(flat):
    highest = [highest_kept(cells) for cells in flat]
    assert all(estimate.value == estimate.low == 150 and math.isnan(estimate.high) for estimate in highest)


def test_four_levels_have_no_knee(queues):
    knee = find_knee(queues[0][:4])
    assert math.isnan(knee.rate.value) and "4 of the 5 levels" in knee.reason


def test_a_budget_that_even_the_lowest_level_misses_has_no_rate():
    plan = plan_of_levels([20.0, 40.0], 6)
    cells = cells_from(requests_of(arrivals_of(plan), np.full(360, 0.5)), plan)
    found = highest_kept(cells)
    assert math.isnan(found.value) and math.isnan(found.low) and found.high == 20


def test_one_disturbed_level_below_better_ones_does_not_count(flat):
    cells = list(flat[0])
    cells[2] = replace(cells[2], late=replace(cells[2].late, value=0.5, low=0.4, high=0.6))
    assert cells[2].verdict == "missed"
    assert highest_kept(cells).value == 150


def test_a_level_that_was_broken_off_keeps_no_budget(flat):
    cells = [*flat[0][:-1], replace(flat[0][-1], whole=False)]
    assert highest_kept(cells).value == 120
