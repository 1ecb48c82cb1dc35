"""Credits add up per warehouse-hour on histories whose truth is known, and a ranking is refused where they do not."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse.generated_history import BEGIN, Truth, generate

from perfweek.stats import Estimate
from perfweek.warehouse.cost import Basis, Cost
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.look import Look, look_at
from perfweek.warehouse.prices import PRICES, credits_per_hour
from perfweek.warehouse.scorecard import CONTROLS, rating
from perfweek.warehouse.shown import cost_lines

ATTRIBUTED = ("query_history", "warehouse_metering_history", "query_attribution_history")
METERED = ATTRIBUTED[:2]


def looked_at(truth: Truth, views: tuple[str, ...] = ATTRIBUTED) -> Look:
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        for view, rows in truth.tables().items():
            if view in views:
                warehouse.use_view(view, rows)
        return look_at(warehouse)


def cost(truth: Truth, views: tuple[str, ...] = ATTRIBUTED) -> Cost:
    return looked_at(truth, views).cost


def by_hour(found: Cost, column: str) -> dict[tuple[str, int], float]:
    hours = [(row.warehouse_name, int((row.hour_start - BEGIN).total_seconds() // 3600)) for row in found.ledger.itertuples()]
    return dict(zip(hours, found.ledger[column], strict=True))


def near(truth: dict[tuple[str, int], float]):
    return pytest.approx(truth, rel=1e-6, abs=1e-9)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), size=st.sampled_from(["X-Small", "Medium", "4X-Large"]), suspend=st.sampled_from([0, 60_000, 600_000]))
def test_what_statements_worked_and_idle_are_what_was_metered_in_every_warehouse_hour(seed, size, suspend):
    truth = generate(seed, ((size, "STANDARD"), ("Large", "SNOWPARK-OPTIMIZED")), suspend_ms=suspend)
    found = cost(truth, METERED)
    assert (found.basis, found.refused, found.ranked) == (Basis.worked, False, True)
    used = {key: by_hour(found, "attributed")[key] for key in truth.used}
    assert used == near(truth.used)
    assert by_hour(found, "idle") == near(truth.idle)
    assert found.of_texts["credits"].sum() == pytest.approx(sum(truth.used.values()))


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_credits_that_snowflake_attributes_and_idle_are_what_was_metered(seed):
    truth = generate(seed, (("Small", "STANDARD"), ("X-Large", "STANDARD")))
    found = cost(truth)
    assert (found.basis, found.refused) == (Basis.attributed, False)
    assert found.ledger["attributed"].sum() + found.ledger["idle"].sum() == pytest.approx(found.ledger["metered"].sum(), rel=1e-6)
    assert by_hour(found, "idle") == near(truth.idle)
    assert found.of_texts["credits"].sum() == pytest.approx(sum(truth.used.values()))


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), factor=st.sampled_from([0.5, 1.5, 3.0]))
def test_attribution_that_does_not_add_up_refuses_the_ranking_and_names_the_hour(seed, factor):
    truth = generate(seed, (("Medium", "STANDARD"),))
    for row in truth.views["query_attribution_history"]:
        row["credits_attributed_compute"] *= factor
    found = looked_at(truth)
    assert found.cost.refused
    assert not found.cost.ranked
    (line,) = cost_lines(found)
    assert "No ranking by credits" in line
    assert "warehouse W0 from 2026-11-2" in line


def test_a_warehouse_of_a_higher_rate_than_its_size_says_is_refused():
    """A Medium that was metered as if it were a Small: its statements alone worked for more than was metered."""
    truth = generate(3, (("Medium", "STANDARD"),), suspend_ms=0)
    for row in truth.views["warehouse_metering_history"]:
        row["credits_used_compute"] /= 2
    found = cost(truth, METERED)
    assert found.refused
    assert (found.broken["difference"] < 0).all()


def test_a_metered_hour_that_is_missing_is_refused():
    truth = generate(4, (("Medium", "STANDARD"),))
    truth.views["warehouse_metering_history"].pop(1)
    for views in (ATTRIBUTED, METERED):
        assert cost(truth, views).refused


def test_hours_not_attributed_yet_are_left_out_and_counted():
    truth = generate(5, (("Medium", "STANDARD"),))
    for row in truth.views["warehouse_metering_history"][-2:]:
        row["credits_attributed_compute_queries"] = None
    found = cost(truth)
    assert (found.open_hours, found.refused) == (2, False)


def test_nothing_metered_is_no_ranking_by_credits():
    found = looked_at(generate(6, (("Medium", "STANDARD"),)), ("query_history",))
    assert (found.cost.basis, found.cost.ranked, found.cost.refused) == (Basis.estimated, False, False)
    assert "nothing was metered" in next(cost_lines(found))
    assert found.fingerprints["execution_ms"].is_monotonic_decreasing


def test_an_adaptive_warehouse_is_paid_by_statement_and_has_no_idle_time():
    truth = generate(7, (("Medium", "STANDARD"),))
    hour = {"start_time": BEGIN, "warehouse_name": "A", "credits_used_compute": 0.75, "credits_used_cloud_services": 0.0}
    truth.views["warehouse_metering_history"].append(truth.views["warehouse_metering_history"][0] | hour)
    spent = [{"query_id": f"a{n}", "warehouse_name": "A", "query_metering_hour": BEGIN, "query_parameterized_hash": "text 1"} for n in range(3)]
    truth.views["query_metering_history"] = [row | {"credits_used_compute": 0.25} for row in spent]
    views = (*ATTRIBUTED, "query_metering_history")
    found = cost(truth, views)
    assert not found.refused
    assert by_hour(found, "idle")["A", 0] == 0
    assert by_hour(found, "attributed")["A", 0] == 0.75
    truth.views["query_metering_history"].pop()
    assert cost(truth, views).broken["warehouse_name"].tolist() == ["A"]


def test_cloud_services_cost_what_is_above_a_tenth_of_the_days_compute():
    truth = generate(8, (("Medium", "STANDARD"),))
    for row in truth.views["warehouse_metering_history"]:
        row["credits_used_cloud_services"] = 0.3 * row["credits_used_compute"]
    compute = sum(row["credits_used_compute"] for row in truth.views["warehouse_metering_history"])
    assert cost(truth).cloud_billed == pytest.approx(0.2 * compute)


@pytest.mark.parametrize(
    ("size", "kind", "rate"),
    [("X-Small", "STANDARD", 1), ("6X-Large", "STANDARD", 512), ("MEDIUM", "SNOWPARK-OPTIMIZED", 6), ("2X-Large", None, 32), ("XSMALL", "", 1)],
)
def test_rates_are_those_of_the_price_list(size, kind, rate):
    assert credits_per_hour(size, kind) == rate
    assert PRICES.as_of == "2026-11-01"


@pytest.mark.parametrize(
    ("size", "kind"), [("4 threads", "DUCKDB"), (None, None), (float("nan"), float("nan")), ("Medium", "ADAPTIVE"), ("Small", "SNOWPARK-OPTIMIZED")]
)
def test_what_has_no_fixed_rate_has_none(size, kind):
    assert pd.isna(credits_per_hour(size, kind))


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "said"),
    [
        ("queueing", 0.01, 0.0, 0.02, "good"),
        ("queueing", 0.04, 0.02, 0.06, "good or fair"),
        ("queueing", 0.5, 0.4, 0.6, "poor"),
        ("partitions pruned", 0.99, 0.98, 1.0, "good"),
        ("partitions pruned", 0.5, 0.4, 0.6, "poor"),
        ("partitions pruned", 0.9, float("nan"), float("nan"), "fair"),
        ("cloud services", 0.0, 0.0, 0.0, "good"),
    ],
)
def test_a_control_is_rated_by_its_interval(name, value, low, high, said):
    control = next(control for control in CONTROLS if control.name == name)
    assert rating(control, Estimate(value, low, high, 10, "")) == said


def test_the_scorecard_counts_what_a_reader_can_count():
    """Per hour 100 statements of 10 s: one fails, 2 s each are queueing, half of the partitions are pruned."""
    truth = generate(9, (("Medium", "STANDARD"),), statements=500)
    for number, row in enumerate(truth.views["query_history"]):
        failure = {"error_code": "630", "execution_status": "FAIL"} if number % 100 == 0 else {}
        row.update({"total_elapsed_time": 10_000.0, "queued_overload_time": 2000.0, "partitions_scanned": 5, "partitions_total": 10} | failure)
    scores = {score.control.name: score for score in looked_at(truth).scores}
    assert scores["queueing"].value.value == pytest.approx(0.2)
    assert scores["partitions pruned"].value.value == pytest.approx(0.5)
    assert scores["failed"].value.value == scores["timed out"].value.value == pytest.approx(0.01)
    assert scores["idle"].value.value == pytest.approx(sum(truth.idle.values()) / (sum(truth.idle.values()) + sum(truth.used.values())))
    assert scores["compiling"].rating == "no data"
    assert scores["queueing"].rating == "fair"
