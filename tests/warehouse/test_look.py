"""perfweek history: what is printed, what scripts get, and what a bad input is answered with."""

import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner
from warehouse.conftest import hand_made_views, history_row

from perfweek.cli import app
from perfweek.errors import EvidenceError, PerfweekError, WarehouseError
from perfweek.warehouse.look import GRANTED, look_at
from perfweek.warehouse.shown import json_of, plain, shown
from perfweek.warehouse.source import history_of
from perfweek.warehouse.spool import opened_history


def printed(parts) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for part in parts:
        console.print(part)
    return console.export_text()


def as_json(path) -> dict:
    outcome = CliRunner().invoke(app, ["history", str(path), "--json"])
    assert outcome.exit_code == 0, outcome.exception
    return json.loads(outcome.stdout)


def refused(given) -> PerfweekError:
    with pytest.raises(PerfweekError) as caught, history_of(str(given)) as (warehouse, since, _):
        look_at(warehouse, since, origin=str(given))
    return caught.value


def test_scripts_get_counts_the_scorecard_the_costliest_and_the_findings(history_rows, tmp_path):
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    found = as_json(tmp_path / "h.parquet")
    assert {"queries", "fingerprints", "unparsed", "scorecard", "top", "findings"} <= set(found)
    assert (found["queries"], found["fingerprints"]) == (len(history_rows), len(found["top"])) == (17, 2)
    assert sum(row["statements"] for row in found["top"]) == 17
    assert [row["execution_ms"] for row in found["top"]] == sorted((row["execution_ms"] for row in found["top"]), reverse=True)
    assert {row["control"] for row in found["scorecard"]} >= {"queueing", "remote spilling", "compiling", "partitions pruned", "idle", "failed"}


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_big_file_gives_what_a_small_one_gives(history_rows, tmp_path, kind):
    rows = [{name: value for name, value in row.items() if name != "bind_values"} for row in history_rows]
    path = tmp_path / f"h.{kind}"
    if kind == "csv":
        pd.DataFrame(rows).rename(columns=str.upper).to_csv(path, index=False)
    else:
        path.write_text("\n".join([*(json.dumps(row, default=str) for row in rows), '{"query_id": "torn']))
    looks = []
    for big in (0, 10**9):
        with opened_history(path, big=big) as (warehouse, torn):
            looks.append((json_of(look_at(warehouse), []), torn))
    assert looks[0] == looks[1]
    assert looks[0][1] == (1 if kind == "ndjson" else 0)


def test_an_export_of_the_few_needed_columns_is_enough_and_the_rest_is_no_data(tmp_path):
    time = "2026-11-23T10:00:00+02:00"
    pd.DataFrame([{"QUERY_ID": "a", "QUERY_TEXT": "select 1", "START_TIME": time, "EXECUTION_TIME": 5}]).to_csv(tmp_path / "h.csv", index=False)
    found = as_json(tmp_path / "h.csv")
    assert found["queries"] == 1
    assert "no intervals" in found["notes"][0]
    assert {row["rating"] for row in found["scorecard"] if row["control"] in ("queueing", "partitions pruned", "idle")} == {"no data"}


def test_times_of_other_zones_fall_into_hours_of_utc(history_rows, tmp_path):
    zones = ("2026-11-23 23:59:00 -0500", "2026-11-24T04:59:00Z", "2026-11-24T10:29:00+05:30")
    rows = [row | {"start_time": time, "end_time": time} for row, time in zip(history_rows, zones, strict=False)]
    pd.DataFrame(rows).to_csv(tmp_path / "h.csv", index=False)
    with opened_history(tmp_path / "h.csv") as (warehouse, _):
        load = look_at(warehouse).answers["load_by_hour"]
    assert load["hour_start"].tolist() == [pd.Timestamp("2026-11-24 04:00", tz="UTC")]


def test_a_history_of_one_hour_says_that_it_has_no_intervals(history_rows, tmp_path):
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    text = CliRunner().invoke(app, ["history", str(tmp_path / "h.parquet")]).stdout
    assert "less than two hours give no intervals" in text
    assert "no interval" in text


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; drop table snowflake.account_usage.query_history; --",
    "select '\x1b]0;owned\x07\x1b[31m' from [bold]t[/bold]",
    "select 1 /* \u202egnirts */",
    "%(since)s %s {} ${HOME}",
    "\x00",
]


def test_texts_from_outside_are_shown_as_text_and_run_nothing(history_rows, tmp_path):
    rows = [
        row | {"query_text": text, "query_parameterized_hash": None, "warehouse_name": text} for row, text in zip(history_rows, HOSTILE, strict=False)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "h.parquet")
    with opened_history(tmp_path / "h.parquet") as (warehouse, _):
        look = look_at(warehouse)
        assert warehouse.query("select count(*) as n from snowflake.account_usage.query_history")["n"].to_pylist() == [len(rows)]
    text = printed(shown(look, []))
    assert look.queries == len(HOSTILE)
    assert "script > alert" in text
    assert "[bold]t[/bold]" in plain(HOSTILE[2])
    assert not set(text) & {"\x1b", "\x07", "\u202e", "\x00"}
    assert json.loads(json_of(look, []))["queries"] == len(HOSTILE)


def test_cut_several_and_unparsable_texts_are_kept_and_counted(history_rows, tmp_path):
    texts = ["select '" + "x" * 150_000, "begin; delete from t; commit", "selec t frm", "select a from t"]
    rows = [row | {"query_text": text, "query_parameterized_hash": None} for row, text in zip(history_rows, texts, strict=False)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "h.parquet")
    found = as_json(tmp_path / "h.parquet")
    assert (found["queries"], found["fingerprints"]) == (4, 4)
    assert (found["cut"], found["several"], found["unparsed"], found["left_out"]) == (1, 1, 1, 0)


@pytest.mark.parametrize("missing", ["query_text", "start_time", "execution_time"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_missing_column_is_named_with_what_to_do(history_rows, tmp_path, missing, kind):
    rows = [{name: value for name, value in row.items() if name != missing} for row in history_rows]
    path = tmp_path / f"h.{kind}"
    pd.DataFrame(rows).to_csv(path, index=False) if kind == "csv" else pq.write_table(pa.Table.from_pylist(rows), path)
    error = refused(path)
    assert error.what == f"the query history has no column {missing}"
    assert error.remedy


def test_each_bad_input_has_its_own_message_and_remedy(history_rows, tmp_path):
    (tmp_path / "empty.csv").write_text("QUERY_ID,QUERY_TEXT,START_TIME,EXECUTION_TIME\n")
    (tmp_path / "h.xlsx").write_text("x")
    pq.write_table(pa.Table.from_pylist(history_rows).slice(0, 0), tmp_path / "empty.parquet")
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 not really")
    errors = [refused(tmp_path / name) for name in ("empty.csv", "h.xlsx", "empty.parquet", "damaged.parquet", "none.csv")]
    errors.append(refused("embedded"))
    said = [
        "holds no statement",
        "no query history that can be read",
        "holds no statement",
        "damaged",
        "no such query history",
        "keeps its history in a file",
    ]
    for error, words in zip(errors, said, strict=True):
        assert words in error.what
        assert error.remedy


def test_an_unknown_connection_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    error = refused("nobody_has_this_connection")
    assert isinstance(error, WarehouseError)
    assert "nobody_has_this_connection" in str(error)


def test_views_that_are_granted_are_used_and_named_on_both_engines(both_with_history):
    """0.5 credits are attributed and 0.5 idle in the hour, but statements of 0.7 are known: the ranking is refused."""
    for warehouse in both_with_history.values():
        look = look_at(warehouse)
        assert look.native == GRANTED
        assert look.cost.refused
        assert look.tables["table_name"].tolist() == ["CATALOG.S.T", "CATALOG.S.U"]
        assert look.tables["partitions_total"].tolist() == [40, 40]
        assert "from views beside QUERY_HISTORY: metering" in printed(shown(look, []))
    assert set(hand_made_views())


def test_without_the_views_tables_are_derived_from_the_texts_and_said_to_be(history_rows, tmp_path):
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    with opened_history(tmp_path / "h.parquet") as (warehouse, _):
        look = look_at(warehouse)
    assert (look.native, look.tables["table_name"].tolist()) == ((), ["catalog.sophia_core.t"])
    assert "tables are derived from the texts" in " ".join(printed(shown(look, [])).split())


def test_nothing_since_is_an_empty_history(both_with_history):
    for warehouse in both_with_history.values():
        with pytest.raises(EvidenceError, match="holds no statement"):
            look_at(warehouse, datetime.now(UTC) + timedelta(days=36500))


def test_the_costliest_fingerprint_is_first_and_its_texts_are_joined(tmp_path):
    """Two hashes of one shape: Snowflake keeps IN lists apart, the fingerprint does not."""
    texts = [f"select a from t where b in ({n}, {n + 1})" for n in range(3)]
    rows = [history_row(n, query_text=text, query_parameterized_hash=f"{n:032}", execution_time=10.0) for n, text in enumerate(texts)]
    rows.append(history_row(9, query_text="select c from t", query_parameterized_hash="x", execution_time=29.0))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "h.parquet")
    top = as_json(tmp_path / "h.parquet")["top"]
    assert [(row["statements"], row["execution_ms"]) for row in top] == [(3, 30), (1, 29)]


def test_a_history_too_long_to_add_up_working_time_has_null_credits_for_scripts(history_rows, tmp_path, monkeypatch):
    monkeypatch.setattr("perfweek.warehouse.look.MOST_ESTIMATED", 5)  # nothing is metered, so credits would be estimated statement by statement
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    found = as_json(tmp_path / "h.parquet")
    assert found["queries"] == 17
    assert [row["credits"] for row in found["top"]] == [None, None]


def test_repeated_statements_are_found_and_their_saving_is_their_execution_time(tmp_path):
    """Four runs of one text of 10 ms, a minute apart, with a write before the last: two could have been answered."""
    rows = [history_row(60 * n, query_text="select a from t", execution_time=10.0) for n in (0, 1, 2, 4)]
    rows.append(history_row(180, query_text="insert into t select 1", query_type="INSERT"))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "h.parquet")
    (finding,) = as_json(tmp_path / "h.parquet")["findings"]
    assert (finding["adviser"], finding["unit"], finding["confidence"]) == ("result cache", "s", "replayed")
    assert (finding["low"], finding["likely"], finding["high"]) == (0, 0.02, 0.03)
