"""Figures by endpoint from a query history."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.history import ALL, bound_for, endpoint_timings, endpoints_of, load_history, partitions_scanned_share, timing_facts
from perfweek.warehouse.shares import ratio_of_sums


@pytest.fixture
def statements(history_rows, tmp_path):
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    return load_history(tmp_path / "h.parquet")


def test_endpoints_come_from_the_query_tag_the_costliest_first(statements):
    assert endpoints_of(statements) == ["<script>alert(1)</script>", "GET /assets", "GET /stats/daily"]


def test_the_share_of_partitions_is_counted_by_hand(statements):
    """Ten statements scan 1 to 10 of 10 partitions: 55 of 100."""
    share = partitions_scanned_share(statements, "GET /assets")
    assert (share.value, share.n) == (0.55, 10)
    assert share.low < 0.55 < share.high


def test_a_failed_statement_does_not_count(statements):
    assert partitions_scanned_share(statements, "GET /stats/daily").n == 1


def test_an_unknown_endpoint_has_no_data(statements):
    assert math.isnan(partitions_scanned_share(statements, "GET /nothing").value)


def test_timings_have_the_median_and_the_95th_percentile(statements):
    timing = next(timing for timing in endpoint_timings(statements) if timing.endpoint == "GET /assets")
    assert (timing.p50.value, timing.p95.value, timing.p50.n) == (5.5, pytest.approx(9.55), 10)
    assert timing.bytes_scanned.value == 5500


def test_every_figure_becomes_a_fact_of_the_catalogue_labelled_by_endpoint(statements):
    found = timing_facts(endpoint_timings(statements), "evidence/load-monday/query_history.ndjson")
    names = {fact.metric for fact in found if fact.labels["endpoint"] == "GET /assets"}
    assert names == {
        "warehouse.query.duration.p50",
        "warehouse.query.duration.p95",
        "warehouse.query.bytes_scanned",
        "warehouse.query.partitions_scanned_share",
        "warehouse.query.count",
    }
    assert not [fact for fact in found if math.isnan(fact.estimate.value)]


def test_missing_values_and_wholes_of_nought_count_for_nothing():
    found = ratio_of_sums([1, 5, math.nan, 3], [2, 0, 10, 2], [0, 1, 2, 3])
    assert (found.value, found.n) == (1.0, 2)


def test_four_seconds_of_data_are_too_short_for_an_interval():
    found = ratio_of_sums([1, 2, 3, 4], [10] * 4, [0.0, 1.0, 2.0, 3.0])
    assert found.value == 0.25
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@given(part=st.lists(st.integers(0, 10), min_size=5, max_size=60))
def test_the_interval_holds_the_ratio_and_stays_between_its_parts(part):
    found = ratio_of_sums(part, [10] * len(part), range(len(part)))
    assert found.value == pytest.approx(sum(part) / (10 * len(part)))
    assert min(part) / 10 <= found.low + 1e-12
    assert found.low <= found.value <= found.high
    assert found.high <= max(part) / 10 + 1e-12


def test_neighbours_that_are_alike_widen_the_interval():
    """The same values, a hundred a second: shuffled over time they say more than in runs of a second each."""
    random = np.random.default_rng(1)
    levels = np.repeat(random.integers(0, 11, 40), 100)
    times = np.repeat(np.arange(40), 100) + np.tile(np.arange(100) / 100, 40)
    runs = ratio_of_sums(levels, np.full(4000, 10), times)
    shuffled = ratio_of_sums(random.permutation(levels), np.full(4000, 10), times)
    assert runs.value == shuffled.value
    assert runs.high - runs.low > 3 * (shuffled.high - shuffled.low)


def test_a_history_without_partitions_has_no_share_and_still_its_timings(history_rows, tmp_path):
    rows = pd.DataFrame(history_rows).drop(columns=["partitions_scanned", "partitions_total", "execution_status"])
    rows.to_csv(tmp_path / "h.csv", index=False)
    statements = load_history(tmp_path / "h.csv")
    assert math.isnan(partitions_scanned_share(statements, "GET /assets").value)
    assert endpoint_timings(statements)[0].p50.n > 0


@pytest.mark.parametrize(
    ("share", "bound"), [(1, ALL), (200_000 / 200_001, ALL), (65_535 / 65_536, "ffff"), (0.5, "8000"), (1 / 65_536, "0001"), (1e-9, "0001")]
)
def test_a_share_next_to_the_whole_is_the_whole_and_not_a_bound_of_five_digits_that_sorts_before_most_of_it(share, bound):
    assert bound_for(share) == bound
