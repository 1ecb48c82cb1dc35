"""Intervals over blocks of time, on series whose truth is known."""

import math

import numpy as np
import pytest

from perfweek.decisions.intervals import of_sums, share, slope


def test_a_share_is_the_ratio_of_sums():
    found = share([0, 5, 10, 15], [1, 0, 2, 0], [1, 1, 4, 2])
    assert (found.value, found.n) == (3 / 8, 4)


def test_the_interval_of_a_share_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        times = np.sort(random.random(1500) * 60)
        found = share(times, random.random(1500) < 0.9, np.ones(1500))
        covered += found.low <= 0.9 <= found.high
    assert covered >= 184  # 95 % nominal, 92 % demanded


def test_requests_that_come_in_runs_widen_the_interval():
    random = np.random.default_rng(11)
    times = np.linspace(0, 60, 3000)
    alone = random.random(3000) < 0.5
    runs = np.repeat(random.random(60) < 0.5, 50)
    widths = [found.high - found.low for found in (share(times, hits, np.ones(3000)) for hits in (alone, runs))]
    assert widths[1] > 3 * widths[0]


@pytest.mark.parametrize("hits", [0, 1])
def test_all_or_nothing_still_has_a_bound(hits):
    found = share(np.linspace(0, 300, 1000), np.full(1000, hits), np.ones(1000))
    assert found.value == hits
    assert 0.05 < found.high - found.low < 0.2
    assert (found.high if hits else found.low) == hits


def test_an_exact_line_has_an_exact_slope():
    x = np.tile([1, 5, 20], 100)
    found = slope(np.linspace(0, 60, 300), x, 3 + 2 * x)
    assert (found.value, found.low, found.high) == (2, 2, 2)


def test_without_spread_there_is_no_slope():
    assert math.isnan(slope(np.linspace(0, 60, 300), np.full(300, 7), np.arange(300)).value)


@pytest.mark.parametrize("seconds", [0, 3])
def test_less_than_five_blocks_of_time_have_no_interval(seconds):
    found = share(np.linspace(0, seconds, 1000), np.arange(1000) % 2, np.ones(1000))
    assert found.value == 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_no_observations_are_no_data():
    assert of_sums([], np.empty((0, 1)), lambda sums: sums[..., 0]).method == "no data"
