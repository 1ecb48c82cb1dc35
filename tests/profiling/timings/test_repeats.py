"""The median of a few runs and its interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.profiling.timings.repeats import median_of_runs, variation


def test_three_runs_give_a_t_interval_of_their_logarithms():
    # Logarithms 0, 1 and 2: mean 1, deviation 1, t(0.975, 2) = 4.3027, half-width 4.3027 / sqrt(3) = 2.4841.
    found = median_of_runs([1, math.e, math.e**2])
    assert found.value == pytest.approx(math.e)
    assert (found.low, found.high) == pytest.approx((math.exp(1 - 2.4841), math.exp(1 + 2.4841)), rel=1e-3)
    assert found.n == 3


def test_six_runs_are_bounded_by_their_extremes_and_ten_by_the_second_and_ninth():
    assert [(found.low, found.value, found.high) for found in [median_of_runs([6, 1, 5, 2, 4, 3])]] == [(1, 3.5, 6)]
    assert [(found.low, found.high) for found in [median_of_runs(range(1, 11))]] == [(2, 9)]


def test_one_run_and_none_have_no_interval():
    assert math.isnan(median_of_runs([2.0]).low)
    assert math.isnan(median_of_runs([]).value)
    assert math.isnan(median_of_runs([0.0, 0.0, 0.1]).high)


@pytest.mark.parametrize("n", [2, 3, 5, 6, 10, 20])
def test_the_interval_covers_the_true_median_at_its_stated_rate(n):
    """Log-normal times with a median of 1: at least 95 %, less three standard errors of 600 trials."""
    drawn = np.random.default_rng(n).lognormal(0, 0.2, (600, n))
    covered = sum(found.low <= 1 <= found.high for found in map(median_of_runs, drawn))
    assert covered / 600 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 600)


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=30))
def test_the_median_lies_in_its_interval(runs):
    found = median_of_runs(runs)
    assert found.low <= found.value <= found.high


def test_the_coefficient_of_variation():
    assert variation([9, 10, 11]) == pytest.approx(0.1)
    assert math.isnan(variation([5]))
