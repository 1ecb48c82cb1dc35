"""Several files and folders are parts of one history; each way in which one can be wrong has its own message or its own count."""

import gzip
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from perfweek.cli import app
from perfweek.errors import EvidenceError
from perfweek.warehouse.spool import opened_history, parts_of


@pytest.fixture(name="rows")
def plain_rows(history_rows):
    return [{name: value for name, value in row.items() if name != "bind_values"} for row in history_rows]


def as_csv(rows, path, **options):
    pd.DataFrame(rows).rename(columns=str.upper).to_csv(path, index=False, **options)
    return path


def as_parquet(rows, path):
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def as_ndjson(rows, path, packed=None):
    lines = "".join(json.dumps(row, default=str) + "\n" for row in rows).encode()
    path.write_bytes(pa.compress(lines, codec=packed, asbytes=True) if packed else lines)
    return path


def asked(*paths) -> dict:
    outcome = CliRunner().invoke(app, ["history", *map(str, paths), "--json"])
    assert outcome.exit_code == 0, outcome.exception
    return json.loads(outcome.stdout)


def refused(*paths, big=10**9) -> EvidenceError:
    with pytest.raises(EvidenceError) as caught, opened_history(list(paths), big=big):
        pass
    return caught.value


def test_parts_of_several_formats_are_one_history_and_what_two_of_them_have_counts_once(rows, tmp_path):
    """Rows 1 to 10 and 6 to 17, in capitals and not: 17 statements, 5 of them in both."""
    whole = asked(as_parquet(rows, tmp_path / "whole.parquet"))
    parts = asked(as_csv(rows[:10], tmp_path / "a.csv"), as_parquet(rows[5:], tmp_path / "b.parquet"))
    assert (parts["queries"], parts["fingerprints"]) == (whole["queries"], whole["fingerprints"]) == (17, 2)
    assert parts["top"] == whole["top"]
    assert parts["scorecard"] == whole["scorecard"]
    assert "5 rows left out: of each query_id one counts." in parts["notes"]
    assert not [note for note in whole["notes"] if "left out" in note]


def test_a_statement_that_one_file_has_twice_counts_once_with_the_end_that_came_last(rows, tmp_path):
    early = rows[3] | {"execution_time": 1.0, "end_time": rows[3]["start_time"]}
    with opened_history(as_csv([early, *rows, early], tmp_path / "h.csv")) as (warehouse, _):
        found = warehouse.query("select sum(execution_time) as ms, count(*) as n from snowflake.account_usage.query_history").to_pylist()
    assert found == [{"ms": sum(row["execution_time"] for row in rows), "n": len(rows)}]


def test_a_folder_as_snowflake_unloads_it_is_read_with_its_compressed_parts(rows, tmp_path):
    (tmp_path / "unloaded" / "day").mkdir(parents=True)
    as_csv(rows[:4], tmp_path / "unloaded" / "data_0_0_0.csv.gz", compression="gzip")
    plain = as_csv(rows[4:8], tmp_path / "plain.csv").read_bytes()
    (tmp_path / "unloaded" / "data_0_1_0.csv.zst").write_bytes(pa.compress(plain, codec="zstd", asbytes=True))
    as_parquet(rows[8:12], tmp_path / "unloaded" / "day" / "data_0_2_0.snappy.parquet")
    as_ndjson(rows[12:15], tmp_path / "unloaded" / "data_0_3_0.json.gz", "gzip")
    as_ndjson(rows[15:], tmp_path / "unloaded" / "data_0_4_0.ndjson.zst", "zstd")
    (tmp_path / "unloaded" / "_SUCCESS").write_text("")
    assert parts_of([tmp_path / "unloaded"])[0].name == "data_0_0_0.csv.gz"
    for big in (10**9, 0):
        with opened_history(tmp_path / "unloaded", big=big) as (warehouse, torn):
            assert warehouse.query("select count(*) as n from snowflake.account_usage.query_history")["n"].to_pylist() == [len(rows)]
            assert (torn, warehouse.repeated) == (0, 0)


@pytest.mark.parametrize("big", [10**9, 0])
def test_names_in_capitals_are_the_same_names_in_every_format(rows, tmp_path, big):
    capitals = [{name.upper(): value for name, value in row.items()} for row in rows]
    paths = [as_ndjson(capitals[:5], tmp_path / "a.ndjson"), as_parquet(capitals[5:9], tmp_path / "b.parquet"), as_csv(rows[9:], tmp_path / "c.csv")]
    with opened_history(paths, big=big) as (warehouse, torn):
        found = warehouse.query("select count(*) as n, sum(execution_time) as ms from snowflake.account_usage.query_history").to_pylist()
    assert (torn, found) == (0, [{"n": len(rows), "ms": sum(row["execution_time"] for row in rows)}])


def test_a_part_with_fewer_columns_leaves_them_unknown(rows, tmp_path):
    few = [{name: row[name] for name in ("query_id", "query_text", "start_time", "execution_time")} for row in rows[:5]]
    found = asked(as_parquet(few, tmp_path / "few.parquet"), as_csv(rows[5:], tmp_path / "all.csv"))
    assert found["queries"] == 17


def test_times_with_their_own_offsets_are_one_instant(rows, tmp_path):
    times = ("2026-11-23 23:59:00 -0500", "2026-11-24T04:59:00Z", "2026-11-24T10:29:00+05:30")
    rows = [row | {"start_time": time, "end_time": time} for row, time in zip(rows, times, strict=False)]
    paths = [as_csv(rows[:1], tmp_path / "a.csv"), as_ndjson(rows[1:], tmp_path / "b.ndjson")]
    with opened_history(paths) as (warehouse, _):
        found = warehouse.query("select distinct start_time from snowflake.account_usage.query_history")
    assert found["start_time"].to_pylist() == [pd.Timestamp("2026-11-24 04:59", tz="UTC")]


def test_times_that_are_no_milliseconds_are_doubted(rows, tmp_path):
    lasting = [row | {"end_time": row["start_time"] + pd.Timedelta(seconds=2), "total_elapsed_time": 2.0} for row in rows]
    notes = asked(as_csv(lasting, tmp_path / "seconds.csv"))["notes"]
    assert [note for note in notes if "1,000 times their TOTAL_ELAPSED_TIME" in note]
    right = [row | {"total_elapsed_time": 2000.0} for row in lasting]
    assert not [note for note in asked(as_csv(right, tmp_path / "right.csv"))["notes"] if "TOTAL_ELAPSED_TIME" in note]


@pytest.mark.parametrize("big", [10**9, 0])
@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("h.csv", b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "this is a web page"),
        ("h.ndjson", b"<html><body>Sign in</body></html>", "this is a web page"),
        ("h.csv", b"", "empty file"),
        ("h.ndjson", b"", "no column"),
        ("h.ndjson.gz", gzip.compress(b'{"query_id": "a", "query_text": "' + bytes(range(32, 127)) * 40)[:-30], "truncated or damaged"),
        ("h.csv.gz", gzip.compress(b"QUERY_ID,QUERY_TEXT,START_TIME,EXECUTION_TIME\n" + b"a,b,2026-01-01,1\n" * 999)[:-30], "truncated or damaged"),
        ("h.csv.gz", b"QUERY_ID,QUERY_TEXT\n", "truncated or damaged"),
        ("h.csv.zst", b"\x28\xb5\x2f\xfdxx", "truncated or damaged"),
        ("h.csv", b"a,b\n1,2\n", "no column query_id, query_text, start_time, execution_time"),
        ("h.parquet", b"<html>", "this is a web page"),
    ],
)
def test_each_damaged_file_is_named_with_what_is_wrong_whether_big_or_small(rows, tmp_path, name, content, what, big):
    path = tmp_path / name
    path.write_bytes(content)
    error = refused(as_csv(rows, tmp_path / "right.csv"), path, big=big)
    assert what in error.what
    assert error.where == str(path)
    assert error.remedy


def test_a_folder_without_a_history_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    error = refused(tmp_path)
    assert error.what == "the folder holds no query history"
    assert error.remedy
