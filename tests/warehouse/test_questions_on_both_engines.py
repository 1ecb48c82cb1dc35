"""Every file of sql/ runs as it is on the embedded engine and, through the real connector, on a local Snowflake."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.sql import read_sql, sql_folder

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
PARAMETERS = {"threshold_ms": 5, "since": SINCE, "top": 100, "below": "g"}
GRAIN = {
    "history/slow_statements": ["query_id"],
    "history/extent": [],
    "history/endpoints": ["endpoint"],
    "history/templates": ["template", "endpoint"],
    "history/kinds": ["query_type", "status"],
    "history/statements": ["query_id"],
    "history/checklist": ["query_id"],
    "history/texts": ["text_key"],
    "history/load_by_hour": ["hour_start", "warehouse_name"],
    "history/pruning": ["text_key"],
    "history/spill": ["text_key", "warehouse_name", "warehouse_size"],
    "history/queueing": ["warehouse_name", "warehouse_size"],
    "history/compile_time": ["text_key"],
    "history/repeats": ["text_key"],
    "history/runs": ["query_id"],
    "history/executions": ["query_id"],
    "history/acceleration": ["text_key", "warehouse_name", "warehouse_size"],
    "history/failures": ["error_code", "query_type"],
    "history/cost": ["warehouse_name", "warehouse_size", "warehouse_type", "hour_start"],
    "history/cost_of_texts": ["text_key", "warehouse_name", "warehouse_size", "warehouse_type"],
    "history/metering": ["warehouse_name", "hour_start"],
    "history/attribution": ["warehouse_name", "hour_start"],
    "history/attribution_of_texts": ["text_key", "warehouse_name"],
    "history/adaptive": ["warehouse_name", "hour_start", "text_key"],
    "history/table_pruning": ["database_name", "schema_name", "table_name"],
    "history/table_dml": ["database_name", "schema_name", "table_name"],
    "history/clustering_spent": ["database_name", "schema_name", "table_name", "version"],
    "history/written": ["text_key", "warehouse_size", "warehouse_type", "query_type"],
    "history/column_pruning": ["database_name", "schema_name", "table_name", "column_name", "access_type"],
}
QUESTIONS = sorted(str(path.relative_to(sql_folder()).with_suffix("")) for path in (sql_folder() / "history").rglob("*.sql"))


def family(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    return "text" if pa.types.is_string(kind) else str(kind)


def rounded(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{key: round(float(value), 9) if isinstance(value, (int, float)) else value for key, value in row.items()} for row in rows]


def test_every_question_has_a_stated_grain():
    assert set(GRAIN) == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_both_engines_give_the_same_columns_types_and_rows(name, both_with_history):
    embedded, snowflake = (warehouse.query(read_sql(name), PARAMETERS, {"route": "test"}) for warehouse in both_with_history.values())
    assert embedded.num_rows > 0
    assert embedded.column_names == snowflake.column_names
    assert [family(field.type) for field in embedded.schema] == [family(field.type) for field in snowflake.schema]
    assert rounded(embedded.to_pylist()) == rounded(snowflake.to_pylist())


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("engine", ["embedded", "snowflake"])
def test_the_grain_is_as_stated(engine, name, both_with_history):
    rows = both_with_history[engine].query(read_sql(name), PARAMETERS).to_pylist()
    keys = [tuple(row[column] for column in GRAIN[name]) for row in rows]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("engine", ["embedded", "snowflake"])
def test_no_statement_in_range_gives_the_same_columns(engine, name, both_with_history):
    nothing = PARAMETERS | {"since": datetime(2100, 1, 1, tzinfo=UTC)}
    warehouse = both_with_history[engine]
    found = warehouse.query(read_sql(name), nothing)
    assert found.column_names == warehouse.query(read_sql(name), PARAMETERS).column_names
    assert found.num_rows == (0 if GRAIN[name] and "since" in read_sql(name) else 1)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_first_comment_names_question_grain_parameters_columns_and_latency(name):
    sql = read_sql(name)
    comment = " ".join(line.removeprefix("-- ") for line in sql.splitlines() if line.startswith("--"))
    for part in ("Question:", "Grain:", "Parameters:", "Columns:", "Latency of the view:"):
        assert part in comment
    stated = comment.split("Parameters:")[1].split("Columns:")[0]
    assert set(re.findall(r"%\((\w+)\)s", sql)) == {word for word in PARAMETERS if re.search(rf"\b{word}\b", stated)}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_first_comment_names_every_column(name, both_with_history):
    comment = re.sub(r"\n-- ", " ", read_sql(name).split("-- Columns:")[1].split("\n-- Latency")[0])
    columns = both_with_history["embedded"].query(read_sql(name), PARAMETERS).column_names
    assert [column for column in columns if not re.search(rf"\b{column}\b", comment)] == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_key_words_are_lower_case_and_a_column_has_a_line(name):
    code = [line for line in read_sql(name).replace("'SELECT'", "").splitlines() if not line.startswith("--")]
    assert not re.search(r"\b(SELECT|FROM|WHERE|GROUP|ORDER|WITH|LIMIT|AND|AS)\b", "\n".join(code))
    assert not [line for line in code if re.match(r"\s+\w+(\.\w+)?, \w+", line)]


def test_the_slow_question_lists_what_is_over_the_threshold_slowest_first(both_with_history):
    for warehouse in both_with_history.values():
        found = warehouse.query(read_sql("history/slow_statements"), PARAMETERS | {"threshold_ms": 20})
        assert found["query_id"].to_pylist() == ["q025", "q023", "q021"]
        assert found["execution_time"].to_pylist() == [1500, 23, 21]


def test_the_slow_question_stops_at_the_limit(both_with_history):
    for warehouse in both_with_history.values():
        assert warehouse.query(read_sql("history/slow_statements"), PARAMETERS | {"top": 2}).num_rows == 2


def test_the_endpoint_question_counts_by_hand(both_with_history):
    """Ten statements of 1 to 10 ms: the median is 5.5, the 95th percentile lies 0.55 above 9; 55 partitions scanned of 100."""
    for warehouse in both_with_history.values():
        rows = {row["endpoint"]: row for row in warehouse.query(read_sql("history/endpoints"), PARAMETERS).to_pylist()}
        assets = rows["GET /assets"]
        assert (assets["statements"], assets["requests"]) == (10, 6)
        assert (assets["p50_ms"], round(assets["p95_ms"], 9)) == (5.5, 9.55)
        assert (assets["partitions_scanned"], assets["partitions_total"]) == (55, 100)
        assert rows["GET /stats/daily"]["statements"] == 1  # the failed one does not count
        assert "<script>alert(1)</script>" in rows


def test_a_sample_of_statements_is_the_same_on_both_engines_and_about_its_share(both_with_history):
    samples = [
        warehouse.query(read_sql("history/statements"), PARAMETERS | {"below": "8"})["query_id"].to_pylist()
        for warehouse in both_with_history.values()
    ]
    assert samples[0] == samples[1]
    assert 0 < len(samples[0]) < 16


def test_a_checkout_and_an_installed_package_read_the_same_folder():
    assert (Path(__file__).parents[2] / "sql") == sql_folder()


def test_the_question_of_the_week_1_checklist_stands_there_word_for_word():
    asked = """select query_id, execution_time, bytes_scanned, rows_produced from snowflake.account_usage.query_history
        where execution_time > 1000 order by execution_time desc limit 100"""
    code = " ".join(line for line in read_sql("history/checklist").splitlines() if not line.startswith("--"))
    assert code.split() == asked.split()


def test_a_statement_over_two_hours_leaves_half_its_credits_in_each(both_with_history):
    """0.4 credits from 9:30 to 10:30 and 0.3 at 9:00."""
    for warehouse in both_with_history.values():
        found = warehouse.query(read_sql("history/attribution"), PARAMETERS)
        assert [round(value, 9) for value in found["attributed_credits"].to_pylist()] == [0.5, 0.2]


def test_a_warehouses_working_time_counts_overlapping_statements_once_and_is_shared_out_whole(history_rows):
    """9:50 to 10:10 and 9:55 to 10:05 work for 10 minutes of each hour; the second, half as long, gets a third of them."""
    ends = {"one": (datetime(2026, 11, 23, 10, 10, tzinfo=UTC), 20), "two": (datetime(2026, 11, 23, 10, 5, tzinfo=UTC), 10)}
    rows = [
        row | {"query_parameterized_hash": key, "end_time": end, "execution_time": 60_000.0 * minutes}
        for row, (key, (end, minutes)) in zip(history_rows, ends.items(), strict=False)
    ]
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        warehouse.use_history(pa.Table.from_pylist(rows))
        hours = warehouse.query(read_sql("history/cost"), PARAMETERS).to_pylist()
        shares = warehouse.query(read_sql("history/cost_of_texts"), PARAMETERS).to_pylist()
    assert [(row["hour_start"].hour, row["run_ms"], row["busy_ms"]) for row in hours] == [(9, 900_000, 600_000), (10, 900_000, 600_000)]
    assert {row["text_key"]: round(row["busy_ms"]) for row in shares} == {"one": 800_000, "two": 400_000}
