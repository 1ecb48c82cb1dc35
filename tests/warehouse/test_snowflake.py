"""Snowflake through the real connector against a local server: the same interface, and errors without credentials."""

import logging
from datetime import UTC, datetime

import pytest
import snowflake.connector
from warehouse.between import standing_between
from warehouse.test_questions_on_both_engines import PARAMETERS, QUESTIONS

from perfweek.errors import WarehouseError
from perfweek.warehouse.snowflake import SnowflakeWarehouse
from perfweek.warehouse.sql import read_sql
from perfweek.warehouse.tidy import tidy

SECRET = "hunter2-very-secret"


def connections(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_rows_come_back_in_the_same_shape_as_from_the_embedded_engine(both_with_history):
    sql = "select %(n)s as N, %(word)s as Word, count(*) as Rows_ from (select 1 as a union all select 2)"
    found = [warehouse.query(sql, {"n": 5, "word": "it's"}) for warehouse in both_with_history.values()]
    assert found[0].to_pylist() == found[1].to_pylist() == [{"n": 5, "word": "it's", "rows_": 2}]


def test_values_cannot_break_out_of_their_place(local_snowflake):
    hostile = "x'; drop table t; -- \\' %(n)s %%"
    with local_snowflake.connect() as warehouse:
        assert warehouse.query("select %(word)s as word", {"word": hostile})["word"][0].as_py() == hostile


def test_a_time_with_a_zone_keeps_its_moment(both_with_history):
    moment = datetime(2026, 11, 23, 9, 0, 3, tzinfo=UTC)
    sql = "select query_id from snowflake.account_usage.query_history where start_time = %(moment)s"
    assert [warehouse.query(sql, {"moment": moment})["query_id"].to_pylist() for warehouse in both_with_history.values()] == [["q003"]] * 2


@pytest.fixture(params=["America/Los_Angeles", "Asia/Kolkata"])
def elsewhere(request, both_with_history, local_snowflake, tmp_path):
    """The local Snowflake with sessions that are set to another time zone."""
    with standing_between(local_snowflake.options["port"], tmp_path) as between:
        between.timezone = request.param
        yield between


def test_in_sessions_of_another_time_zone_every_answer_has_the_same_hours_in_utc(elsewhere, both_with_history):
    with elsewhere.connect() as warehouse:
        for name in QUESTIONS:
            sql = read_sql(name)
            assert warehouse.query(sql, PARAMETERS).equals(both_with_history["snowflake"].query(sql, PARAMETERS)), name
    assert set(elsewhere.zones) == {"UTC"}


def test_times_that_do_come_in_another_time_zone_keep_their_moment(elsewhere):
    """A change's statement is run in the session's own zone."""
    sql = "select max(start_time) as at from snowflake.account_usage.query_history"
    with snowflake.connector.connect(connection_name="between", connections_file_path=elsewhere.connections_file) as plain:
        asked = plain.cursor().execute(sql).fetch_arrow_all()
    assert asked.schema.field("AT").type.tz == elsewhere.timezone
    assert tidy(asked)["at"].to_pylist() == [datetime(2026, 11, 23, 9, 0, 26, tzinfo=UTC)]


def test_an_empty_result_has_its_columns(local_snowflake):
    with local_snowflake.connect() as warehouse:
        found = warehouse.query("select 1 as a, 'x' as b where 1 = 0")
    assert (found.num_rows, found.column_names) == (0, ["a", "b"])


def test_a_change_answers_with_what_it_did(local_snowflake):
    with local_snowflake.connect() as warehouse:
        warehouse.query("create database if not exists changes")
        warehouse.query("create schema changes.s")
        warehouse.query("create table t (a number)")
        assert warehouse.query("insert into t values (1), (2)").to_pylist() == [{"number of rows inserted": 2}]


def test_the_engine_is_named_with_its_version(local_snowflake):
    with local_snowflake.connect() as warehouse:
        assert warehouse.engine.startswith("Snowflake ")
        assert any(character.isdigit() for character in warehouse.engine)


def test_a_refused_statement_says_what_and_which(local_snowflake):
    with local_snowflake.connect() as warehouse, pytest.raises(WarehouseError, match="refused a statement") as caught:
        warehouse.query("create or replace database refusals")
        warehouse.query("create schema refusals.s")
        warehouse.query("select * from s.nowhere")
    assert "NOWHERE" in caught.value.what
    assert caught.value.where == "select * from s.nowhere"
    assert "select from it" in caught.value.remedy


def test_a_missing_value_is_named(local_snowflake):
    with local_snowflake.connect() as warehouse, pytest.raises(WarehouseError, match="no value for the parameter n"):
        warehouse.query("select %(n)s")


def test_an_unknown_connection_is_named_with_where_to_write_it(tmp_path):
    path = connections(tmp_path / "connections.toml", '[dev]\naccount = "a"\n')
    with pytest.raises(WarehouseError, match="knows no connection 'prod'") as caught:
        SnowflakeWarehouse("prod", path)
    assert "[prod]" in caught.value.remedy


def test_no_error_of_a_login_carries_a_credential(tmp_path, caplog):
    """Nobody answers on port 1 of this machine."""
    path = connections(
        tmp_path / "connections.toml",
        f'[dev]\naccount = "a"\nuser = "someone"\npassword = "{SECRET}"\nhost = "127.0.0.1"\nport = 1\nprotocol = "http"\nlogin_timeout = 1\n',
    )
    assert SECRET in path.read_text()  # the secret is there to be leaked
    with caplog.at_level(logging.DEBUG), pytest.raises(WarehouseError) as caught:
        SnowflakeWarehouse("dev", path, patience_s=1)
    told = f"{caught.value!r} {caught.value.what} {caught.value.where} {caught.value.remedy} {caught.value.__cause__} {caplog.text}"
    assert "does not answer" in caught.value.what
    assert SECRET not in told
    assert "someone" not in f"{caught.value}"
