"""Intervals over blocks of time, on series whose truth is known."""

import math

import numpy as np
import pytest

from perfweek.decisions.intervals import of_sums, share, slope
from perfweek.decisions.wording import count, listed, number, sentence, with_interval
from perfweek.stats import Estimate


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


@pytest.mark.parametrize(
    ("estimate", "unit", "words"),
    [
        (Estimate(0.6123, 0.5831, 0.6412, 9, ""), "1", "61 % (58 to 64)"),
        (Estimate(0.98, 0.979, 0.981, 9, ""), "1", "98.0 % (97.9 to 98.1)"),
        (Estimate(5015.4, 4801, 5300, 9, ""), "1/s", "5,015 (4,801 to 5,300)"),
        (Estimate(1, 1, 1, 9, ""), "1/item", "1 (1 to 1)"),
        (Estimate(0.123456, math.nan, math.nan, 9, ""), "1/s", "0.123 (without an interval)"),
    ],
)
def test_numbers_show_the_digits_that_their_interval_supports(estimate, unit, words):
    assert with_interval(estimate, unit) == words


def test_words_are_joined_as_people_do():
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
    assert (count(1, "package"), count(2_000, "package")) == ("1 package", "2,000 packages")
    assert (number(math.nan), number(47.25), sentence("ADR is short")) == ("no data", "47.2", "ADR is short.")
