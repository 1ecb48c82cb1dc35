"""What Friday tells a change by: a series that is there only where the change was made, and the predictions that advisers leave for it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from warehouse.known_material import BEGIN, known, material, quick, statement

from perfweek.predictions import Prediction
from perfweek.progress.scoring import scored
from perfweek.warehouse.advisers import findings_of
from perfweek.warehouse.effects import CACHED, ELAPSED, HELPED, effect_facts, text_label
from perfweek.warehouse.plan import plan_of, predictions_of

SALES = pa.table({"SHOP": [number % 5 for number in range(4000)], "AMOUNT": [float(number) for number in range(4000)]})
GROUPS = "select shop, sum(amount) as a from d.s.sales group by shop"


def statements(*rows: dict[str, object]) -> pd.DataFrame:
    return material([row | {"start_time": BEGIN + pd.Timedelta(seconds=place)} for place, row in enumerate(rows)]).statements


def asked(metric: str, before: float = 100.0, **labels: str) -> Prediction:
    return Prediction(f"x: {metric}", "change", metric, labels, before, 0.0, 50.0, 60.0, "")


def value(rows: pd.DataFrame, one: Prediction) -> float:
    found = effect_facts(rows, "evidence/h.ndjson", [one])
    return found[0].estimate.value if found else float("nan")


def test_statements_that_read_a_view_are_told_by_its_name_as_a_word() -> None:
    rows = statements(
        statement("select a from d.s.mv_sales as v", 20.0),
        statement('select a from "D"."S"."MV_SALES"', 40.0),
        statement("select a from d.s.mv_sales_2", 900.0),
        statement("create table mv_sales as select 1", 900.0, query_type="CREATE_TABLE_AS_SELECT"),
    )
    assert value(rows, asked(HELPED, view="d.s.mv_sales")) == 30


def test_a_view_that_nobody_reads_leaves_no_fact_and_its_prediction_no_verdict() -> None:
    rows, one = statements(statement(GROUPS, 20.0)), asked(HELPED, view="d.s.mv_sales")
    assert effect_facts(rows, "h", [one]) == []
    assert [two.verdict for two in scored([one], effect_facts(rows, "h", [one]))] == ["no data"]


def test_a_new_text_is_told_by_its_fingerprint_whatever_its_values() -> None:
    rows = statements(statement("select a from t where b >= 3", 10.0), statement("SELECT a FROM t WHERE b >= 4", 30.0), statement("select 1", 900.0))
    assert value(rows, asked(HELPED, text=text_label("select a from t where b >= 99"))) == 20


@pytest.mark.parametrize(("size", "expected"), [("Large", 50.0), ("LARGE", 50.0), ("X-Small", float("nan"))])
def test_a_warehouse_is_told_by_name_and_size_however_it_is_spelled(size: str, expected: float) -> None:
    rows = statements(
        statement("select 1", 50.0, warehouse_size="Large"),
        statement("select 1", 900.0, warehouse_size="Medium"),
        statement("select 1", 900.0, warehouse_size="Large", warehouse_name="OTHER"),
    )
    np.testing.assert_equal(value(rows, asked(ELAPSED, warehouse="W", size=size)), expected)


def test_an_answer_without_warehouse_and_bytes_is_one_from_the_result_cache() -> None:
    cached = {"warehouse_size": None, "bytes_scanned": 0}
    rows = statements(
        statement("select 1", **cached), *[statement("select 1")] * 3, statement("insert into t select 1", query_type="INSERT", **cached)
    )
    assert value(rows, asked(CACHED)) == 0.25


def test_failed_statements_and_other_metrics_are_not_looked_at() -> None:
    rows = statements(statement("select a from mv_sales", 20.0, execution_status="FAIL"))
    assert effect_facts(rows, "h", [asked(HELPED, view="mv_sales"), asked("warehouse.query.duration.p50", endpoint="GET /")]) == []


def test_a_view_predicts_what_its_statements_take_then_and_friday_scores_it_where_they_read_it() -> None:
    given = material(
        [*[quick(number) for number in range(3)], *[statement(GROUPS, 4000.0, 10 + number) for number in range(5)]], [known("D.S.SALES", SALES)]
    )
    plan = plan_of(findings_of(given))
    (one,) = [prediction for prediction in predictions_of(plan, embedded=False) if prediction.metric == HELPED]
    assert one.before == 4000 and one.expected_low <= one.expected <= one.expected_high < one.before
    name = one.labels["view"]
    assert one.artifact.endswith(".apply.sql") and name.rpartition(".")[2].replace("_", "-") in one.artifact
    made = statements(*[statement(f"select shop, sum_amount from {name}", one.expected, number) for number in range(3)])
    assert [two.verdict for two in scored([one], effect_facts(made, "h", [one]))] == ["inside"]
    missed = statements(*[statement(f"select shop, sum_amount from {name}", 4000.0, number) for number in range(3)])
    assert [two.verdict for two in scored([one], effect_facts(missed, "h", [one]))] == ["above"]


def test_a_change_of_a_text_alone_names_the_file_of_the_new_texts() -> None:
    made = pa.array([1_700_000_000_000_000 + 3_600_000_000 * number for number in range(40_000)], pa.timestamp("us"))
    table = known("D.S.SALES", pa.table({"MADE": made}), partitions=10, partition_rows=4000)
    text = "select count(*) as n from d.s.sales where to_date(made) = '2023-11-20'"
    given = material([*[quick(number) for number in range(3)], *[statement(text, 2000.0, 10 + number) for number in range(3)]], [table])
    plan = [one for one in plan_of(findings_of(given)) if one.finding.adviser == "rewrites"]
    (one,) = predictions_of(plan, embedded=False)
    assert one.artifact == f"artifacts/wednesday/{plan[0].stem}.rewritten.sql"
    after = statements(statement(plan[0].change.rewritten[0], one.expected))
    assert [two.verdict for two in scored([one], effect_facts(after, "h", [one]))] == ["inside"]
