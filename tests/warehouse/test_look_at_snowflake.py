"""A look at Snowflake's history with views that are not granted, connections that are lost, and little history."""

import pytest
from rich.console import Console
from warehouse.between import Trouble, refusal, standing_between

from perfweek.errors import UnreachableError, UnreadableError, WarehouseError
from perfweek.target import load_target
from perfweek.warehouse.history import read_history
from perfweek.warehouse.look import look_at
from perfweek.warehouse.measure import collect_history
from perfweek.warehouse.sentences import history_sentence
from perfweek.warehouse.shown import json_of, shown
from perfweek.warehouse.study import Study
from perfweek.warehouse.unread import not_granted_table, not_granted_views
from perfweek.week import Week

NOT_THERE = "does not exist or not authorized."
PRUNING = ("TABLE_QUERY_PRUNING_HISTORY", "COLUMN_QUERY_PRUNING_HISTORY")


@pytest.fixture
def between(local_snowflake, both_with_history, tmp_path, monkeypatch):
    monkeypatch.setattr("perfweek.warehouse.snowflake._WAITS_S", (0.1, 0.2))
    with standing_between(local_snowflake.options["port"], tmp_path) as found:
        yield found


def printed(look) -> str:
    console = Console(width=1000, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for part in shown(look, []):
        console.print(part)
    return console.export_text()


def test_views_that_are_not_granted_are_done_without_and_named_with_their_grants(between):
    between.troubles = [
        refusal("account_usage.table_query_pruning", "002003", NOT_THERE, "02000"),
        refusal("account_usage.column_query_pruning", "003001", "Insufficient privileges", "42501"),
        refusal("account_usage.query_acceleration", "002003", NOT_THERE, "02000"),
    ]
    with between.connect() as warehouse:
        look = look_at(warehouse)
    assert set(look.unread) == {"table_pruning", "column_pruning", "acceleration"}
    assert "metering" in look.native
    assert not_granted_views(look) == [*PRUNING, "QUERY_ACCELERATION_ELIGIBLE"]
    grants = dict(not_granted_table(look).itertuples(index=False))
    assert "grant database role snowflake.usage_viewer to role analyst;" in grants[" and ".join(PRUNING)]
    assert "grant database role snowflake.governance_viewer to role analyst;" in grants["QUERY_ACCELERATION_ELIGIBLE"]
    assert f"! Not granted: {' and '.join(PRUNING)}. An administrator runs: " in printed(look)
    assert '"unread":{"table_pruning":"An administrator runs' in json_of(look, [])


def test_a_view_that_is_granted_and_empty_is_not_said_to_be_refused(between):
    with between.connect() as warehouse:
        look = look_at(warehouse)
    assert (look.unread, len(not_granted_table(look))) == ({}, 0)
    assert "Not granted" not in printed(look)


@pytest.mark.parametrize(("code", "message"), [("000630", "Statement reached its statement or warehouse timeout"), ("000608", "is suspended")])
def test_another_refusal_of_such_a_view_is_not_taken_for_a_missing_grant(between, code, message):
    between.troubles = [refusal("account_usage.warehouse_metering", code, message, "57014")]
    with between.connect() as warehouse, pytest.raises(WarehouseError, match=message) as caught:
        look_at(warehouse)
    assert not isinstance(caught.value, UnreadableError)


def test_a_connection_that_is_lost_for_good_on_such_a_view_is_not_taken_for_a_missing_grant(between):
    between.troubles = [Trouble("account_usage.warehouse_metering", "silent")]
    with between.connect() as warehouse, pytest.raises(UnreachableError, match="stopped answering"):
        look_at(warehouse)


def test_without_query_history_nothing_is_done_and_its_grant_is_named(between):
    between.troubles = [refusal("account_usage.query_history", "002003", NOT_THERE, "02000")]
    with between.connect() as warehouse, pytest.raises(UnreadableError) as caught:
        look_at(warehouse)
    assert "grant database role snowflake.governance_viewer to role analyst;" in caught.value.remedy


def test_a_look_whose_connections_break_off_counts_every_statement_once(between, both_with_history):
    """Two answers break off once; the texts come in chunks, of which one never comes whole."""
    whole = look_at(both_with_history["snowflake"])
    between.troubles = [
        Trouble("as query_text", "chunks", times=1, rows=1),
        Trouble("/chunk/0", "cut"),
        Trouble("account_usage.warehouse_metering", "cut", times=1),
        Trouble("account_usage.query_attribution", "cut", times=1),
    ]
    with between.connect() as warehouse:
        look = look_at(warehouse)
        assert warehouse.taken_up == 3
    assert between.chunks
    assert look.queries == whole.queries == 17
    assert look.fingerprints.equals(whole.fingerprints)
    assert look.cost.ledger.equals(whole.cost.ledger)


def test_wednesdays_history_says_that_its_connection_was_lost(between, tmp_path, monkeypatch):
    """The statements' answer breaks off once; they are kept whole."""
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", between.connections_file.read_text())
    monkeypatch.setattr("perfweek.warehouse.measure.DAYS", 20_000)
    between.troubles = [Trouble("bind_values", "cut", times=1)]
    (tmp_path / "target.toml").write_text('[warehouse]\nconnection = "between"\n')
    target = load_target(str(tmp_path / "target.toml"))
    week = Week.open("2026-W48", target.weeks)
    measured = collect_history(week, target)
    history = read_history(week, measured)
    assert len(history.statements) == history.extent["statements"] == 17
    said = history_sentence(Study(1000, 10, embedded=False, history=history))
    assert said.endswith(
        "The connection was lost 1 time and taken up again; rows that had come were dropped and all fetched anew: none counts twice."
    )


def test_less_than_two_hours_of_history_are_said_to_give_no_intervals(between):
    with between.connect() as warehouse:
        look = look_at(warehouse)
    assert look.notes == ("The history spans 0 minutes: less than two hours give no intervals, and no picture of a week.",)
