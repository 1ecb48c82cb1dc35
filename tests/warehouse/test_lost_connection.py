"""A connection that is lost: taken up again with nothing counted twice and nothing lost, or given up with one clear error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from warehouse.between import Trouble, refusal, standing_between

from perfweek.errors import UnreachableError, WarehouseError
from perfweek.warehouse.patience import is_read

ROWS = "select seq4() as n from table(generator(rowcount => 10))"
ALL = list(range(10))


@pytest.fixture
def between(local_snowflake, tmp_path, monkeypatch):
    monkeypatch.setattr("perfweek.warehouse.snowflake._WAITS_S", (0.1, 0.2))
    with standing_between(local_snowflake.options["port"], tmp_path) as found:
        yield found


def numbers(warehouse) -> list[int]:
    return sorted(warehouse.query(ROWS)["n"].to_pylist())


def test_a_request_that_nobody_answers_is_repeated_by_the_connector(between):
    between.troubles = [Trouble(ROWS, "silent", times=1)]
    with between.connect(patience_s=5) as warehouse:
        assert numbers(warehouse) == ALL
        assert warehouse.taken_up == 0
    assert between.seen.count(ROWS) == 2


def test_a_request_that_the_connector_gives_up_is_taken_up_again(between):
    between.troubles = [Trouble(ROWS, "silent", times=2)]
    with between.connect() as warehouse:
        assert numbers(warehouse) == ALL
        assert warehouse.taken_up == 2
    assert between.seen.count(ROWS) == 3


def test_a_read_whose_answer_breaks_off_is_run_anew_and_its_rows_counted_once(between):
    """The connector does not repeat these by itself."""
    between.troubles = [Trouble(ROWS, "cut", times=1)]
    heard = []
    with between.connect(hear=heard.append) as warehouse:
        assert numbers(warehouse) == ALL
        assert warehouse.taken_up == 1
    assert "was lost: trying again" in heard[0]
    assert "fetched anew" in heard[1]


def test_rows_that_break_off_in_mid_fetch_are_dropped_and_fetched_from_the_finished_statement(between):
    """Three chunks beside the first; one never comes whole. The statement itself is not run again."""
    between.troubles = [Trouble("/chunk/1", "cut"), Trouble(ROWS, "chunks", rows=3), Trouble("result_scan", "chunks", rows=4)]
    with between.connect() as warehouse:
        assert numbers(warehouse) == ALL
        assert warehouse.taken_up == 1
    assert between.passed.count(ROWS) == 1
    assert sum("result_scan" in statement for statement in between.passed) == 1
    assert len(between.chunks) == 3 + 2


def test_a_result_that_is_no_longer_kept_is_computed_anew(between):
    between.troubles = [
        Trouble("/chunk/1", "cut"),
        Trouble(ROWS, "chunks", rows=3, times=1),
        refusal("result_scan", "000709", "Statement not found", "02000"),
    ]
    with between.connect() as warehouse:
        assert numbers(warehouse) == ALL
    assert between.passed.count(ROWS) == 2


@pytest.mark.parametrize("code", ["390104", "390111", "390114"])
def test_a_session_that_ended_between_two_questions_is_begun_anew(between, code):
    between.troubles = [refusal("select 2 as b", code, "Session no longer exists. New login required to access the service.", "08001")]
    between.troubles[0].times = 1
    with between.connect() as warehouse:
        warehouse.query("select 1 as a")
        assert warehouse.query("select 2 as b").to_pylist() == [{"b": 2}]
    assert between.logins == 2


def test_a_session_that_the_server_forgot_is_begun_anew(between):
    with between.connect() as warehouse:
        warehouse.query("select 1 as a")
        between.end_session()
        assert warehouse.query("select 2 as b").to_pylist() == [{"b": 2}]
    assert (between.logins, warehouse.taken_up) == (2, 1)


def test_threads_that_lose_one_session_begin_one_anew(between):
    with between.connect() as warehouse, ThreadPoolExecutor(4) as pool:
        warehouse.query("select 1 as a")
        between.end_session()
        assert list(pool.map(lambda _: numbers(warehouse), range(4))) == [ALL] * 4
    assert between.logins == 2


def test_a_session_that_had_been_changed_is_not_replaced_by_another(between):
    """In a new session the schema in use would be another one, and the table of that name too."""
    with between.connect() as warehouse:
        warehouse.query("create database if not exists changed_session")
        between.end_session()
        with pytest.raises(WarehouseError, match="the session on Snowflake has ended") as caught:
            warehouse.query("select 2 as b")
    assert between.logins == 1
    assert "Run the same command again" in caught.value.remedy


def test_what_changes_something_is_not_run_twice_and_its_fate_is_said_to_be_unknown(between, local_snowflake):
    """The insert arrives and takes effect; its answer breaks off, and nobody answers from then on."""
    insert = "insert into lost_writes.s.t values (1)"
    with between.connect() as warehouse:
        for statement in ("create or replace database lost_writes", "create schema lost_writes.s", "create table lost_writes.s.t (a number)"):
            warehouse.query(statement)
        between.troubles = [Trouble(insert, "cut", times=1), Trouble("", "silent")]
        with pytest.raises(UnreachableError, match="not known whether it took effect") as caught:
            warehouse.query(insert)
    assert (caught.value.where, warehouse.taken_up) == (insert, 0)
    assert "Look it up" in caught.value.remedy
    with local_snowflake.connect() as other:
        assert other.query("select count(*) as n from lost_writes.s.t")["n"][0].as_py() == 1


def test_a_server_that_is_gone_for_good_ends_in_one_error(between):
    with between.connect() as warehouse:
        between.troubles = [Trouble("", "silent")]
        with pytest.raises(UnreachableError, match="stopped answering") as caught:
            warehouse.query(ROWS)
    assert between.seen.count(ROWS) == 3
    assert warehouse.taken_up == 2
    assert "run the same command again" in caught.value.remedy


def test_a_new_login_is_tried_more_than_once(between):
    with between.connect() as warehouse:
        warehouse.query("select 1 as a")
        between.end_session()
        between.troubles = [Trouble("login-request", "silent", times=2)]
        assert numbers(warehouse) == ALL
    assert between.logins == 1 + 3


def test_a_login_that_nobody_answers_any_more_ends_in_one_error(between):
    with between.connect() as warehouse:
        warehouse.query("select 1 as a")
        between.end_session()
        between.troubles = [Trouble("login-request", "silent")]
        with pytest.raises(UnreachableError, match="does not answer"):
            warehouse.query(ROWS)


def test_a_server_that_answers_with_errors_of_its_own_is_asked_again(between):
    between.troubles = [Trouble(ROWS, "answer", times=1, status=503)]
    with between.connect() as warehouse:
        assert numbers(warehouse) == ALL
        assert warehouse.taken_up == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "-- what\nSELECT 1",
        "/* delete */ with a as (select 1) select * from a",
        "(select 1) union (select 2)",
        "show warehouses",
        "describe table t",
    ],
)
def test_a_read_may_be_run_again(sql):
    assert is_read(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t select 1",
        "-- select\ndelete from t",
        "/* select */ call p()",
        "with p as procedure () returns int as $$ 1 $$ call p()",
        "use role r",
        "begin",
        "create table t as select 1",
        "",
    ],
)
def test_anything_else_may_not(sql):
    assert not is_read(sql)
