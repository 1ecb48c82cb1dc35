"""The replay of a pool gives the waits that a public benchmark measured on its own pool of ten connections."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.advisers.pool import erlang_c_wait, pool_waits, replay_pool, smallest_pool

TIMES = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), min_size=1, max_size=40)


def tenants(path):
    """Per tenant with 100 queries and more: arrivals and service times in s, and the measured waits."""
    with path.open() as content:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(content)]
    for tenant in sorted({row["query_stream_id"] for row in rows}):
        own = [row for row in rows if row["query_stream_id"] == tenant]
        if len(own) >= 100:
            taken = np.array([[float(row[name]) for name in ("relative_start", "query_duration", "query_duration_with_queue")] for row in own])
            yield tenant, taken[:, 0] / 1000, taken[:, 1] / 1000, (taken[:, 2] - taken[:, 1]) / 1000


@pytest.mark.parametrize("run", ["4s", "8s"])
def test_the_measured_mean_waits_of_the_busiest_tenants_are_reproduced_to_a_tenth_of_a_second(shared_data, run):
    found = list(tenants(shared_data / f"warehouse/cab/snowflake_shared_1h_{run}_1tb/all.csv"))
    assert len(found) >= 4
    for tenant, arrivals, services, measured in found:
        assert replay_pool(arrivals, services, 10).mean() == pytest.approx(measured.mean(), abs=0.1), tenant


def test_a_formula_for_steady_arrivals_misses_the_waits_of_bursts(shared_data):
    """The busiest tenant waits 34 s on average; Erlang C says a tenth of a second."""
    runs = tenants(shared_data / "warehouse/cab/snowflake_shared_1h_4s_1tb/all.csv")
    _, arrivals, services, _ = max(runs, key=lambda tenant: len(tenant[1]))
    (row,) = pool_waits(arrivals, services, (10,))
    assert row.mean_s == pytest.approx(34.0, abs=0.1)
    assert row.erlang_c_s < 1


def test_three_at_once_in_a_pool_of_two_the_third_waits_for_the_shorter():
    assert replay_pool([0, 0, 0], [5, 3, 1], 2).tolist() == [0, 0, 3]


def test_erlangs_formula_with_one_server_is_that_of_a_single_queue():
    """M/M/1 at half load waits as long as a service takes: 0.5 / (1 - 0.5) * 2 s."""
    assert erlang_c_wait(0.25, 2.0, 1) == pytest.approx(2.0)
    assert erlang_c_wait(1.0, 2.0, 2) == np.inf


@given(times=TIMES, size=st.integers(1, 5))
def test_a_connection_more_never_lengthens_the_mean_and_no_wait_is_negative(times, size):
    arrivals, services = zip(*times, strict=True)
    fewer, more = replay_pool(arrivals, services, size), replay_pool(arrivals, services, size + 1)
    assert (more >= 0).all()
    assert (more <= fewer).all()
    assert (replay_pool(arrivals, services, len(times)) == 0).all()


@given(times=TIMES, limit=st.integers(0, 20))
def test_the_smallest_pool_keeps_the_limit_and_one_less_does_not(times, limit):
    arrivals, services = zip(*times, strict=True)
    found = smallest_pool(arrivals, services, limit)
    assert found.p95_s <= limit
    assert found.size == 1 or pool_waits(arrivals, services, (found.size - 1,))[0].p95_s > limit


def test_a_pool_without_connections_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        replay_pool([0], [1], 0)
