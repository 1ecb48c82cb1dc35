"""The embedded warehouse: Snowflake's dialect, bound values, many threads, and errors that say what to do."""

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.errors import WarehouseError
from perfweek.warehouse.embedded import EmbeddedWarehouse

HOSTILE = "x'; drop table sophia_core.assets; --"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "assets.duckdb"
    with EmbeddedWarehouse(path) as warehouse:
        warehouse.query("create schema sophia_core")
        warehouse.query("create table sophia_core.assets as select i as asset_id, 'source ' || i % 3 as source_system from range(1000) as numbers(i)")
    return path


def test_values_are_bound_not_written_into_the_text(database):
    with EmbeddedWarehouse(database) as warehouse:
        assert warehouse.query("select %(word)s as word", {"word": HOSTILE}).to_pylist() == [{"word": HOSTILE}]
        assert warehouse.query("select count(*) as n from sophia_core.assets where source_system = %(word)s", {"word": HOSTILE})["n"][0].as_py() == 0


@given(words=st.lists(st.text(), max_size=20))
@settings(max_examples=20, deadline=None)
def test_any_text_comes_back_as_it_was_bound(words):
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        found = [warehouse.query("select %(word)s as word", {"word": word})["word"][0].as_py() for word in words]
    assert found == words


def test_snowflakes_functions_are_understood(database):
    sql = (
        "select iff(%(n)s > 1, 'many', 'one') as word, try_parse_json('{\"a\": {\"b\": \"text\"}}'):a.b::string as path, to_date('2026-11-23') as day"
    )
    with EmbeddedWarehouse(database) as warehouse:
        row = warehouse.query(sql, {"n": 2}).to_pylist()[0]
    assert (row["word"], row["path"], str(row["day"])) == ("many", "text", "2026-11-23")


def test_column_names_are_in_lower_case_and_whole_decimals_are_whole_numbers(database):
    with EmbeddedWarehouse(database) as warehouse:
        found = warehouse.query("select count(*) as N, sum(asset_id) as Total from sophia_core.assets")
    assert found.schema == pa.schema([("n", pa.int64()), ("total", pa.int64())])
    assert found.to_pylist() == [{"n": 1000, "total": 499_500}]


def test_a_missing_value_is_named_and_a_surplus_one_is_ignored(database):
    with EmbeddedWarehouse(database) as warehouse:
        with pytest.raises(WarehouseError, match="no value for the parameter word"):
            warehouse.query("select %(word)s")
        assert warehouse.query("select %(a)s as a", {"a": 1, "b": 2})["a"][0].as_py() == 1


def test_an_error_names_what_was_wrong_and_the_statement(database):
    with EmbeddedWarehouse(database) as warehouse, pytest.raises(WarehouseError) as caught:
        warehouse.query("select * from sophia_core.nothing")
    assert "nothing" in caught.value.what
    assert caught.value.where == "select * from sophia_core.nothing"


def test_a_database_of_another_process_is_refused_with_the_remedy(database):
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb, sys; c = duckdb.connect({str(database)!r}); print('open', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseError, match="in use") as caught:
            EmbeddedWarehouse(database, read_only=True)
        assert "Stop the service" in caught.value.remedy
    finally:
        holder.communicate()
    EmbeddedWarehouse(database, read_only=True).close()


def test_a_database_that_this_process_has_open_for_writing_is_refused(database):
    with EmbeddedWarehouse(database), pytest.raises(WarehouseError, match="in use"):
        EmbeddedWarehouse(database)


def test_a_missing_database_and_a_file_of_another_kind_are_refused(tmp_path):
    with pytest.raises(WarehouseError, match="does not exist") as caught:
        EmbeddedWarehouse(tmp_path / "none.duckdb", read_only=True)
    assert "prepare" in caught.value.remedy
    (tmp_path / "text.duckdb").write_text("this is no database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        EmbeddedWarehouse(tmp_path / "text.duckdb", read_only=True)


def test_reading_only_refuses_a_change(database):
    with EmbeddedWarehouse(database, read_only=True) as warehouse, pytest.raises(WarehouseError):
        warehouse.query("delete from sophia_core.assets")


def test_many_threads_ask_and_write_at_once(database, tmp_path):
    errors: list[Exception] = []

    def work(warehouse: EmbeddedWarehouse, number: int) -> None:
        try:
            for place in range(20):
                warehouse.query("insert into sophia_core.assets values (%(id)s, 'thread')", {"id": 10_000 + 100 * number + place})
                assert warehouse.query("select %(n)s as n", {"n": number})["n"][0].as_py() == number
        except Exception as error:
            errors.append(error)

    history = tmp_path / "history.ndjson"
    with EmbeddedWarehouse(database, history) as warehouse:
        threads = [threading.Thread(target=work, args=(warehouse, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert warehouse.query("select count(*) as n from sophia_core.assets where source_system = 'thread'")["n"][0].as_py() == 160
        found = warehouse.query(
            "select count(*) as n, count(distinct query_id) as ids, count(distinct session_id) as s from snowflake.account_usage.query_history"
        )
    assert found.to_pylist() == [{"n": 321, "ids": 321, "s": 9}]


def test_what_was_written_is_there_after_closing(database):
    with EmbeddedWarehouse(database) as warehouse:
        warehouse.query("insert into sophia_core.assets values (%(id)s, 'late')", {"id": 5000})
    with EmbeddedWarehouse(database, read_only=True) as warehouse:
        assert warehouse.query("select count(*) as n from sophia_core.assets where source_system = 'late'")["n"][0].as_py() == 1


def test_rows_of_an_export_stand_in_the_account_usage_view(database):
    rows = pa.table({"QUERY_ID": ["a"], "EXECUTION_TIME": [1.5], "START_TIME": [datetime(2026, 11, 23, tzinfo=UTC)], "OTHER": [1]})
    with EmbeddedWarehouse(database, read_only=True) as warehouse:
        warehouse.use_history(rows)
        found = warehouse.query("select query_id, execution_time, query_text from snowflake.account_usage.query_history").to_pylist()
    assert found == [{"query_id": "a", "execution_time": 1.5, "query_text": None}]


def test_a_value_of_the_wrong_type_is_no_history(database):
    with EmbeddedWarehouse(database, read_only=True) as warehouse, pytest.raises(WarehouseError, match="not a query history"):
        warehouse.use_history(pa.table({"execution_time": ["soon"]}))
