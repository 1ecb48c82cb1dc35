"""Partitions that a sample does not show, against tables whose every row is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.warehouse.clustering.unseen import SHOWN, Side, poisson_limits

ROWS = 512


def drawn(kind, partitions, seed):
    """A column of a table in key order: its rows, by kind of order."""
    random = np.random.default_rng(seed)
    place = np.arange(partitions * ROWS) / (partitions * ROWS)
    return {
        "in order": place,
        "in no order": random.random(len(place)),
        "in no order, most near the end": random.random(len(place)) ** 4,
        "few values in no order": random.integers(0, 50, len(place)).astype(float),
        "few values in order": np.floor(place * 20),
        "nearly in order": place + random.random(len(place)) * 0.03,
    }[kind]


def truth_and_counts(values, partitions, limit, share, seed):
    """How many partitions hold a value at or below the limit; how many a sample shows, and what is estimated for the others."""
    chosen = np.sort(np.random.default_rng(seed + 1).permutation(len(values))[: round(len(values) * share)])
    homes, sampled = chosen // ROWS, values[chosen]
    nearest = np.full((SHOWN, partitions), np.inf)
    for home in range(partitions):
        first = np.sort(sampled[homes == home])[:SHOWN]
        nearest[: len(first), home] = first
    side = Side.of(nearest, np.sort(sampled), float(values.min()))
    true = int((values.reshape(partitions, ROWS).min(axis=1) <= limit).sum())
    return true, int(side.seen(limit).sum()), side.unseen(limit, share)


KINDS = ["in order", "in no order", "in no order, most near the end", "few values in no order", "few values in order", "nearly in order"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_range_holds_the_truth_and_the_estimate_is_not_biased(kind):
    """120 tables a kind, limits from one row to half of them: 9 of 10 ranges hold the truth; the mean error is below 3 % of the partitions."""
    random = np.random.default_rng(len(kind))
    inside, errors = [], []
    for trial in range(120):
        partitions, share = int(random.choice([30, 100])), float(random.choice([0.05, 0.1, 0.3]))
        values = drawn(kind, partitions, trial)
        limit = np.quantile(values, float(random.choice([1e-4, 1e-3, 0.005, 0.02, 0.1, 0.5])))
        true, seen, found = truth_and_counts(values, partitions, limit, share, trial)
        inside.append(seen + found.low - 1 <= true <= seen + found.high)
        errors.append((seen + found.likely - true) / partitions)
    assert np.mean(inside) >= 0.9
    assert abs(np.mean(errors)) < 0.03


def test_a_narrow_range_at_the_end_of_a_column_in_no_order_is_in_every_partition_though_a_sample_shows_few():
    """Five of 512 rows lie below the limit, so nearly each of 600 partitions has one; 2 % of the rows show a tenth of the partitions."""
    values = drawn("in no order", 600, 3)
    true, seen, found = truth_and_counts(values, 600, 0.01, 0.02, 3)
    assert true > 590
    assert seen < 0.15 * 600
    assert seen + found.likely == pytest.approx(true, rel=0.05)


def test_a_range_of_the_column_that_the_rows_are_sorted_by_gains_no_partition():
    values = drawn("in order", 600, 3)
    true, seen, found = truth_and_counts(values, 600, 0.25, 0.02, 3)
    assert abs(seen - true) <= 2
    assert found.likely <= 1


@given(
    kind=st.sampled_from(KINDS),
    partitions=st.integers(1, 40),
    share=st.sampled_from([0.02, 0.1, 0.5, 1.0]),
    quantile=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_counts_stay_within_what_is_possible(kind, partitions, share, quantile, seed):
    values = drawn(kind, partitions, seed)
    _, seen, found = truth_and_counts(values, partitions, np.quantile(values, quantile), share, seed)
    assert 0 <= found.low <= found.likely + 1e-9
    assert found.likely <= found.high + 1e-9
    assert seen + found.likely <= partitions + 1e-9
    assert share < 1 or found.high == 0


def test_poisson_limits_are_the_published_ones():
    """Garwood's table: none seen, at most 3.69; ten seen, 4.80 to 18.39."""
    assert poisson_limits(0) == pytest.approx((0, 3.689), abs=1e-3)
    assert poisson_limits(10) == pytest.approx((4.795, 18.390), abs=1e-3)
