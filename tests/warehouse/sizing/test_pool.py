"""The replay of a pool gives the waits that a public benchmark measured on its own pool of ten connections."""

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.sizing.clients import busiest_client
from perfweek.warehouse.sizing.pool import Stream, coupled_waits, erlang_c_wait, pool_waits, replay_pool, resampled_waits, smallest_pool
from perfweek.warehouse.sizing.sharing import work_of

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


def benchmark_stream(shared_data, run):
    """All tenants: each has ten connections of its own; with what the warehouse alone would take (8 statements at once)."""
    rows = pd.read_csv(shared_data / f"warehouse/cab/snowflake_shared_1h_{run}_1tb/all.csv", skipinitialspace=True)
    waited = (rows["query_duration_with_queue"] - rows["query_duration"]).to_numpy() / 1000
    stream = Stream(rows["relative_start"].to_numpy() / 1000, rows["query_duration"].to_numpy() / 1000, rows["query_stream_id"].to_numpy())
    return stream, waited, work_of(stream.arrivals_s + waited, stream.services_s, 8)


@pytest.mark.parametrize("run", ["2s", "4s", "8s"])
def test_pool_and_warehouse_replayed_together_give_both_measured_means(shared_data, run):
    stream, waited, work = benchmark_stream(shared_data, run)
    (found,) = coupled_waits(stream, work, 8, (10,))
    assert found.pool_s == pytest.approx(waited.mean(), abs=0.2)
    assert found.warehouse_s == pytest.approx(stream.services_s.mean(), abs=0.1)


def test_a_larger_pool_moves_the_wait_into_the_warehouse(shared_data):
    """Forty connections a tenant instead of ten: 8 s less wait for one, 13 s more in the warehouse. A replay of the pool alone cannot say so."""
    stream, _, work = benchmark_stream(shared_data, "4s")
    ten, forty = coupled_waits(stream, work, 8, (10, 40))
    assert forty.pool_s < ten.pool_s - 5
    assert forty.warehouse_s > ten.warehouse_s + 5
    assert forty.both_s > ten.both_s
    alone = stream.waits(40).mean()
    assert alone < 1


def test_resampled_waits_bound_the_replayed_ones_and_a_short_history_has_no_bounds(shared_data):
    stream, _, _ = benchmark_stream(shared_data, "4s")
    mean, p95 = resampled_waits(stream, 10, draws=20)
    assert mean.value == pytest.approx(14.9, abs=0.1)
    assert mean.low < mean.value < mean.high
    assert p95.low <= p95.value <= p95.high
    short = Stream(np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.zeros(2, dtype=np.int64))
    assert np.isnan(resampled_waits(short, 1)[0].low)


def test_the_most_at_once_need_no_wait_and_one_connection_less_does():
    stream = Stream(np.array([0.0, 1.0, 2.0, 10.0]), np.array([5.0, 5.0, 5.0, 1.0]), np.zeros(4, dtype=np.int64))
    assert stream.at_once() == 3
    assert stream.waits(3).tolist() == [0, 0, 0, 0]
    assert stream.waits(2).tolist() == [0, 0, 3, 0]
    assert stream.smallest(0.0) == 3


def test_a_connection_is_held_for_a_request_where_tags_tell_requests_apart():
    rows = pd.DataFrame(
        {"user_name": ["a", "a", "a", "b"], "request_id": ["r1", "r1", "r2", None], "session_id": [1, 1, 2, 3]}
        | {"start_time": [0.0, 3.0, 1.0, 2.0], "elapsed_ms": [1000.0, 1000.0, 500.0, 9.0]}
    )
    client = busiest_client(rows)
    assert (client.user, client.held, client.sessions, client.statements) == ("a", "request", 2, 3)
    assert client.stream.services_s.tolist() == [4.0, 0.5]
    assert busiest_client(rows.head(0)) is None
