"""Intervals over blocks of time for what is computed from sums, on series whose truth is known."""

import math

import numpy as np
import pytest

from perfweek.blocks import Blocks, of_sums, ratio, share, slope


def covered(draw, truth, runs=200):
    """How many of `runs` intervals hold `truth`; `draw` makes one estimate from a random generator."""
    found = [draw(np.random.default_rng(seed)) for seed in range(runs)]
    return sum(one.low <= truth <= one.high for one in found)


def test_a_ratio_is_that_of_the_sums():
    found = ratio([0, 5, 10, 15], [1, 0, 2, 0], [1, 1, 4, 2])
    assert (found.value, found.n) == (3 / 8, 4)


def test_a_ratio_to_nothing_is_not_known():
    assert math.isnan(ratio([0, 5, 10, 15], [1, 1, 1, 1], [0, 0, 0, 0]).value)


def test_the_interval_of_a_share_covers_the_truth_as_often_as_it_says():
    def draw(random):
        times = np.sort(random.random(1500) * 60)
        return share(times, random.random(1500) < 0.9, np.ones(1500))

    assert covered(draw, 0.9) >= 184  # 95 % nominal, 92 % demanded


def test_the_interval_of_a_mean_covers_the_truth_where_the_load_comes_in_bursts():
    def draw(random):
        level = np.repeat(random.lognormal(0, 0.5, 60), 25)
        return ratio(np.linspace(0, 60, 1500), level * random.lognormal(0, 0.3, 1500), np.ones(1500))

    assert covered(draw, math.exp(0.5**2 / 2 + 0.3**2 / 2)) >= 180


def test_an_exact_line_has_an_exact_slope():
    x = np.tile([1, 5, 20], 100)
    found = slope(np.linspace(0, 60, 300), x, 3 + 2 * x)
    assert (found.value, found.low, found.high) == (2, 2, 2)


def test_without_spread_there_is_no_slope():
    assert math.isnan(slope(np.linspace(0, 60, 300), np.full(300, 7), np.arange(300)).value)


@pytest.mark.parametrize("hits", [0, 1])
def test_all_or_nothing_still_has_a_bound(hits):
    found = share(np.linspace(0, 300, 1000), np.full(1000, hits), np.ones(1000))
    assert found.value == hits
    assert 0.05 < found.high - found.low < 0.3
    assert (found.high if hits else found.low) == hits


@pytest.mark.parametrize("seconds", [0, 3])
def test_less_than_five_blocks_of_time_have_no_interval(seconds):
    found = ratio(np.linspace(0, seconds, 1000), np.arange(1000) % 2, np.ones(1000))
    assert found.value == 0.5
    assert math.isnan(found.low) and math.isnan(found.high)


def test_an_interval_stays_within_what_is_possible():
    blocks = Blocks.of([0.0, 100.0])
    drawn = np.linspace(0.0, 0.2, 1001)
    assert blocks.interval(0.1, drawn, 10, widening=5.0).high > 0.3
    cut = blocks.interval(0.1, drawn, 10, widening=5.0, within=(0.0, 0.3))
    assert (cut.low, cut.high) == (0.0, 0.3)


def test_a_resample_covers_the_circle_of_time_as_often_as_the_data_do():
    blocks = Blocks.of(np.linspace(0, 100, 50))
    assert (blocks.weights(20, seed=1).sum(axis=1) == blocks.cells).all()


def test_no_observations_are_no_data():
    assert of_sums([], np.empty((0, 1)), lambda sums: sums[..., 0]).method == "no data"


def test_resampled_sums_are_what_the_weights_give():
    blocks = Blocks(0.0, 100.0, 7)
    sums = np.random.default_rng(3).uniform(size=blocks.cells)
    assert blocks.resampled(sums, 50, 1) == pytest.approx(blocks.weights(50, 1) @ sums)
