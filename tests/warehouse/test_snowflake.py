"""Snowflake through the real connector against a local server: the same interface, and errors without credentials."""

import logging
from datetime import UTC, datetime

import pytest

from perfweek.errors import WarehouseError
from perfweek.warehouse.snowflake import SnowflakeWarehouse

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
    assert "grant imported privileges" in caught.value.remedy


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
        SnowflakeWarehouse("dev", path, login_s=1)
    told = f"{caught.value!r} {caught.value.what} {caught.value.where} {caught.value.remedy} {caught.value.__cause__} {caplog.text}"
    assert "does not answer" in caught.value.what
    assert SECRET not in told
    assert "someone" not in f"{caught.value}"
