"""Scaling curves, forecasts for sizes that were not seen, and the replay behind both: on known truth and on a public benchmark's runs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.sizing.curves import steps, totals
from perfweek.warehouse.sizing.forecast import REST, forecast
from perfweek.warehouse.sizing.laws import law, speeds
from perfweek.warehouse.sizing.runs import most_at_once, pooled, runs_of
from perfweek.warehouse.sizing.sharing import elapsed_of, slots_seen, work_of

NAMES = {1: "X-Small", 2: "Small", 4: "Medium", 8: "Large"}
TIMES = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), min_size=1, max_size=40)


def executions(starts_s, elapsed_s, templates, rate, **others):
    """A history of one warehouse in the columns of sql/history/executions.sql."""
    columns = {"query_id": [str(place) for place in range(len(starts_s))], "text_key": templates, "reads": 1, "warehouse_name": "W"}
    columns |= {"warehouse_size": NAMES[rate], "warehouse_type": "STANDARD", "cluster_number": 1, "start_time": np.asarray(starts_s, float)}
    columns |= {"elapsed_ms": 1000 * np.asarray(elapsed_s, float), "execution_ms": np.nan, "queued_ms": np.nan, "spilled": 0}
    return pd.DataFrame(columns | others)


def benchmark_run(shared_data, rate):
    """What one size of the Cloud Analytics Benchmark saw: statements as they reached the warehouse, with the wait in its own queue."""
    rows = pd.read_csv(shared_data / f"warehouse/cab/snowflake_shared_1h_{rate}s_1tb/all.csv", skipinitialspace=True)
    reached = (rows["start"] + rows["query_duration_with_queue"] - rows["query_duration"]) / 1000
    return runs_of(
        executions(
            reached,
            rows["query_duration"] / 1000,
            ("q" + rows["query_id"].astype(str)).to_numpy(),
            rate,
            user_name=rows["query_stream_id"].astype(str).to_numpy(),
        )
    )[0]


def known_run(rate, a, b, statements=1200, seconds=3000.0, seed=1, alone_s=4.0):
    """Two templates whose speed follows the scaling law with these a and b, on a warehouse with eight slots."""
    random = np.random.default_rng(seed)
    starts = np.sort(random.uniform(0, seconds, statements))
    templates = np.where(random.uniform(size=statements) < 0.5, "short", "long")
    work = np.where(templates == "short", 0.25, 1.0) * alone_s * random.lognormal(0, 0.2, statements) / law(rate, a, b)
    return runs_of(executions(starts, elapsed_of(starts, work, 8), templates, rate))[0]


@given(times=TIMES, slots=st.integers(1, 6))
def test_work_that_is_replayed_at_the_same_size_takes_the_recorded_time(times, slots):
    starts, elapsed = (np.array(column, float) for column in zip(*times, strict=True))
    work = work_of(starts, elapsed, slots)
    assert elapsed_of(starts, work, slots) == pytest.approx(elapsed, abs=1e-6)
    assert (work <= elapsed + 1e-9).all()


def test_two_that_share_one_slot_take_twice_as_long():
    assert elapsed_of(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 1).tolist() == [2, 2]
    assert elapsed_of(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 2).tolist() == [1, 1]
    assert elapsed_of(np.array([0.0, 1.0]), np.array([2.0, 1.0]), 1).tolist() == [3, 2]  # alone to 1, shared to 3


def test_the_number_that_runs_while_another_waits_is_counted():
    """Two run from 0 to 10, a third waits from 1 to 10."""
    assert slots_seen(np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, 9.0]), np.array([10.0, 10.0, 12.0])) == 2
    assert np.isnan(slots_seen(np.array([0.0]), np.array([0.0]), np.array([1.0])))


@pytest.mark.parametrize(("smaller", "larger", "gain"), [(2, 4, 5.26), (4, 8, 1.79)])
def test_the_gain_of_each_doubling_of_the_benchmarks_warehouse_is_the_published_sums_ratio(shared_data, smaller, larger, gain):
    """All statements together took 261,810 s, 49,729 s and 27,793 s at 2, 4 and 8 credits an hour."""
    runs = [benchmark_run(shared_data, rate) for rate in (smaller, larger)]
    (total,) = totals(runs)
    assert total.gain == pytest.approx(gain, abs=0.01)
    assert total.low < total.gain < total.high
    found = steps(runs)
    assert {step.template for step in found} == {f"q{number}" for number in range(1, 24)}
    assert sum(step.verdict == "faster" for step in found) >= 20
    assert all(step.ratio.low <= step.ratio.value <= step.ratio.high for step in found)


def test_a_size_that_was_held_out_lies_in_the_range_forecast_for_it_from_the_two_smaller_ones(shared_data):
    """8 credits from 2 and 4: the sum, the 95th percentile, and the medians of at least 20 of 23 templates."""
    truth = benchmark_run(shared_data, 8)
    found = forecast([benchmark_run(shared_data, rate) for rate in (2, 4)], 8.0, draws=60)
    assert found.beyond
    assert found.total.low < truth.elapsed_s.sum() < found.total.high
    assert found.p95.low < np.quantile(truth.elapsed_s, 0.95) < found.p95.high
    medians = pd.Series(truth.elapsed_s).groupby(truth.templates).median()
    rows = found.templates[found.templates["template"] != REST]
    inside = [row.low <= medians[row.template] <= row.high for row in rows.itertuples()]
    assert sum(inside) >= 20
    assert found.total.likely == pytest.approx(truth.elapsed_s.sum(), rel=0.5)


def test_a_size_between_two_known_ones_is_told_from_one_beyond_them(shared_data):
    runs = {rate: benchmark_run(shared_data, rate) for rate in (2, 4, 8)}
    between = forecast([runs[2], runs[8]], 4.0, draws=40)
    assert not between.beyond
    assert forecast([runs[4], runs[8]], 16.0, draws=20).beyond
    assert between.total.low < runs[4].elapsed_s.sum() < between.total.high


@pytest.mark.parametrize(("known", "held_out", "base"), [((2, 8), 4, 8), ((4, 8), 2, 4), ((2, 4), 8, 4)])
def test_every_size_that_is_held_out_lies_in_a_range_of_one_order_of_magnitude(shared_data, known, held_out, base):
    """The medians of at least 20 of 23 templates, and the sum; ranges of a factor of 10 on average, in place of 78 and more for an open queue."""
    truth, runs = benchmark_run(shared_data, held_out), {rate: benchmark_run(shared_data, rate) for rate in known}
    found = forecast(list(runs.values()), float(held_out), base=runs[base], draws=40)
    medians = pd.Series(truth.elapsed_s).groupby(truth.templates).median()
    rows = found.templates[found.templates["template"] != REST]
    assert sum(row.low <= medians[row.template] <= row.high for row in rows.itertuples()) >= 20
    assert np.exp(np.log(rows["high"] / rows["low"]).mean()) < 10
    assert found.total.low < truth.elapsed_s.sum() < found.total.high


@pytest.mark.parametrize("rate", [2, 4, 8])
def test_the_benchmarks_ten_connections_a_tenant_are_seen_in_its_history(shared_data, rate):
    assert most_at_once([benchmark_run(shared_data, rate)]) == 10


def test_traffic_that_nothing_holds_back_shows_no_limit():
    assert most_at_once([known_run(2, 0.0, 0.0)]) == float("inf")
    assert most_at_once([]) == float("inf")


def test_clients_with_two_connections_keep_the_warehouses_queue_short_and_wait_themselves():
    """A client whose statements always keep both its connections: twice as slow, they take twice as long, and nothing piles up in the warehouse."""
    starts = np.repeat(np.arange(400.0), 2)
    runs = [runs_of(executions(starts, np.full(800, took), np.full(800, "t"), rate, user_name="A"))[0] for rate, took in ((2, 0.99), (4, 0.5))]
    found = forecast(runs, 1.0, base=runs[0], draws=40)
    assert found.total.high < 6 * runs[0].elapsed_s.sum()
    assert found.waiting.likely > 10
    assert found.whole_p95.likely > found.p95.likely


def test_beyond_the_benchmarks_largest_given_size_it_cannot_tell_whether_bigger_is_faster(shared_data):
    found = forecast([benchmark_run(shared_data, rate) for rate in (2, 4, 8)], 16.0, draws=40)
    assert found.total.low < found.base.elapsed_s.sum() < found.total.high
    assert found.credits.likely == pytest.approx(16.3, abs=0.3)


def test_bigger_is_slower_where_it_was_made_so():
    """With b = 0.12 speed is 1, 1.61, 1.64, 1.04 at 1, 2, 4, 8 times the size: from Medium to Large each statement takes 1.58 times as long."""
    runs = [known_run(rate, 0.0, 0.12, seed=rate) for rate in (1, 2, 4, 8)]
    verdicts = {(step.larger.size, step.template): step.verdict for step in steps(runs)}
    assert {verdicts["Small", name] for name in ("short", "long")} == {"faster"}
    assert {verdicts["Large", name] for name in ("short", "long")} == {"slower"}
    assert [total.gain for total in totals(runs)][-1] < 0.8


def test_from_three_sizes_it_is_forecast_that_the_next_one_is_slower():
    """The same law, Large held out: the truth lies in the range, and the best guess is that it is slower."""
    runs = {rate: known_run(rate, 0.0, 0.12, seed=rate) for rate in (1, 2, 4, 8)}
    found = forecast([runs[1], runs[2], runs[4]], 8.0, draws=40)
    assert found.total.low < runs[8].elapsed_s.sum() < found.total.high
    assert found.total.likely > runs[4].elapsed_s.sum()


def test_the_law_is_found_again_from_three_sizes_without_noise():
    sizes = np.array([1.0, 2.0, 4.0])
    works = np.array([1 / law(n, 0.05, 0.08) for n in sizes])
    assert speeds(sizes, works, 8.0).likely == pytest.approx(law(8, 0.05, 0.08) / law(4, 0.05, 0.08))


def test_two_sizes_bound_the_next_one_by_both_kinds_of_loss():
    """1.5 times as fast at twice the size: all shared work gives 2 / 1.5 at four times, all coherency 1.33 / 1.5."""
    found = speeds(np.array([1.0, 2.0]), np.array([1.5, 1.0]), 4.0)
    assert found.slow == pytest.approx(4 / (1 + 12 / 6) / 1.5)
    assert found.fast == pytest.approx(1.5)  # as the step before


def test_a_known_size_is_forecast_from_what_was_measured_there():
    """Twice the size without any loss: half the work, whatever the stream."""
    runs = [known_run(rate, 0.0, 0.0, seed=rate) for rate in (1, 2)]
    found = forecast(runs, 2.0, base=runs[0], draws=40)
    assert not found.beyond
    assert found.utilisation.likely == pytest.approx(runs[0].shared_work_s(8).sum() / 2 / 8 / 3000, rel=0.2)
    assert set(found.templates["verdict"]) == {"faster"}


def test_one_size_and_no_statement_give_no_forecast():
    run = known_run(2, 0.0, 0.0, statements=100)
    assert forecast([run], 4.0) is None
    assert runs_of(executions([], [], [], 2)) == []
    assert steps([run]) == totals([run]) == []


def test_statements_without_a_warehouse_or_of_one_without_a_size_are_left_out():
    rows = executions([0, 1, 2], [1, 1, 1], ["a", "a", "a"], 2)
    rows["warehouse_size"] = [None, "Adaptive", "Small"]
    rows["warehouse_type"] = ["STANDARD", "ADAPTIVE", "SNOWPARK-OPTIMIZED"]
    assert runs_of(rows) == []  # Snowpark-optimized warehouses begin at Medium
    rows["warehouse_size"] = ["Medium"] * 3
    assert [run.rate for run in runs_of(rows)] == [4.0, 6.0]


def test_several_histories_become_one_run_a_size():
    runs = pooled([[known_run(2, 0, 0, statements=50)], [known_run(4, 0, 0, statements=50)], [known_run(2, 0, 0, statements=90)]])
    assert [(run.rate, len(run.starts_s)) for run in runs] == [(2.0, 90), (4.0, 50)]
