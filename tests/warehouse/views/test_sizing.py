"""The number of groups is counted where all rows are at hand, and not understated from a sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.views.sizing import estimate_groups


def test_a_whole_table_is_counted():
    assert estimate_groups({1: 3, 2: 4}, 1.0) == (7.0, 7.0, 7.0)


def test_groups_that_a_sample_shows_once_stand_for_more():
    low, likely, high = estimate_groups({1: 10, 5: 4}, 0.01)
    assert (low, likely, high) == (14.0, 4 + 10 * 10.0, 4 + 10 * 100.0)


@pytest.mark.parametrize("groups", [20, 2000, 100_000])
def test_the_truth_lies_within_the_bounds(groups):
    rng = np.random.default_rng(3)
    rows = rng.integers(groups, size=100_000)
    true = len(np.unique(rows))
    sizes = np.unique(np.unique(rows[rng.random(len(rows)) < 0.05], return_counts=True)[1], return_counts=True)
    low, likely, high = estimate_groups(dict(zip(*map(list, sizes), strict=True)), 0.05)
    assert low <= true <= high * 1.02
    assert likely >= 0.25 * true


@given(sizes=st.dictionaries(st.integers(1, 50), st.integers(1, 50), max_size=8), share=st.floats(0.001, 1))
def test_bounds_are_in_order_and_never_below_what_was_seen(sizes, share):
    low, likely, high = estimate_groups(sizes, share)
    assert sum(sizes.values()) == low <= likely <= high
