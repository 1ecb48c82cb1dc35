"""Reading an exported query history: its formats, and every way in which one can be wrong."""

import gzip
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfweek.errors import EvidenceError
from perfweek.warehouse.export import read_export, torn_lines
from perfweek.warehouse.history import load_history


def as_csv(rows, path, **options):
    frame = pd.DataFrame(rows).rename(columns=str.upper)
    frame.to_csv(path, index=False, **options)
    return path


def test_csv_parquet_and_ndjson_of_the_same_rows_read_the_same(history_rows, tmp_path):
    csv = load_history(as_csv(history_rows, tmp_path / "h.csv"))
    pq.write_table(pa.Table.from_pylist(history_rows).rename_columns([name.upper() for name in history_rows[0]]), tmp_path / "h.parquet")
    lines = [
        json.dumps({**row, "start_time": str(row["start_time"]), "end_time": str(row["end_time"]), "bind_values": json.loads(row["bind_values"])})
        for row in history_rows
    ]
    (tmp_path / "h.ndjson").write_text("\n".join(lines) + "\n")
    for other in (tmp_path / "h.parquet", tmp_path / "h.ndjson"):
        found = load_history(other)
        pd.testing.assert_frame_equal(
            found.drop(columns=["bind_values", "query_tag"]), csv.drop(columns=["bind_values", "query_tag"]), check_dtype=False
        )
    assert len(csv) == len(history_rows)


def test_a_query_text_with_quotes_commas_and_line_breaks_survives_csv(history_rows, tmp_path):
    history_rows[0]["query_text"] = "select \"a,b\",\n'it''s' from t -- \"end\"\n"
    found = load_history(as_csv(history_rows, tmp_path / "h.csv")).set_index("query_id")
    assert found.loc["q001", "query_text"] == history_rows[0]["query_text"]


def test_a_compressed_csv_is_read(history_rows, tmp_path):
    assert len(load_history(as_csv(history_rows, tmp_path / "h.csv.gz", compression="gzip"))) == len(history_rows)


@pytest.mark.parametrize(
    "written", ["2026-11-23 09:00:01.000 +0000", "2026-11-23T10:00:01+01:00", "Mon, 23 Nov 2026 09:00:01 +0000", "2026-11-23 09:00:01"]
)
def test_times_are_read_as_snowflake_writes_them(history_rows, tmp_path, written):
    history_rows[0] |= {"start_time": written, "end_time": written}
    found = load_history(as_csv(history_rows[:1], tmp_path / "h.csv"))
    assert found["start_time"][0] == pd.Timestamp("2026-11-23 09:00:01", tz="UTC")


def test_a_long_session_id_keeps_its_digits(history_rows, tmp_path):
    history_rows[0]["session_id"] = 20234875336090534
    assert load_history(as_csv(history_rows, tmp_path / "h.csv"))["session_id"][0] == 20234875336090534


@pytest.mark.parametrize("column", ["execution_time", "start_time", "query_text"])
@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_a_missing_column_is_named(history_rows, tmp_path, column, kind):
    kept = [{name: value for name, value in row.items() if name != column} for row in history_rows]
    path = tmp_path / f"h.{kind}"
    if kind == "csv":
        as_csv(kept, path)
    elif kind == "ndjson":
        path.write_text("\n".join(json.dumps(row, default=str) for row in kept))
    else:
        pq.write_table(pa.Table.from_pylist(kept), path)
    with pytest.raises(EvidenceError, match=f"no column {column}") as caught:
        read_export(path)
    assert caught.value.where == str(path)
    assert "header" in caught.value.remedy


def test_a_csv_cut_in_the_middle_of_a_row_is_truncated(history_rows, tmp_path):
    path = as_csv(history_rows, tmp_path / "h.csv")
    whole = path.read_bytes()
    for length in (len(whole) - 60, len(whole) - 200):
        path.write_bytes(whole[:length])
        with pytest.raises(EvidenceError, match="truncated or damaged"):
            read_export(path)


def test_a_compressed_csv_cut_short_is_truncated(history_rows, tmp_path):
    path = as_csv(history_rows, tmp_path / "h.csv.gz", compression="gzip")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EvidenceError, match="truncated or damaged"):
        read_export(path)


def test_a_damaged_parquet_file_is_said(history_rows, tmp_path):
    pq.write_table(pa.Table.from_pylist(history_rows), tmp_path / "h.parquet")
    whole = (tmp_path / "h.parquet").read_bytes()
    (tmp_path / "h.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EvidenceError, match="Parquet file is damaged"):
        read_export(tmp_path / "h.parquet")


@pytest.mark.parametrize(("name", "content"), [("h.csv", ""), ("h.ndjson", ""), ("h.ndjson", "\n\n")])
def test_an_empty_file_is_refused(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(EvidenceError):
        read_export(tmp_path / name)


def test_a_header_without_rows_is_no_history(history_rows, tmp_path):
    path = as_csv(history_rows, tmp_path / "h.csv")
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(EvidenceError, match="holds no statement"):
        read_export(path)


def test_a_value_that_is_no_number_names_its_column(history_rows, tmp_path):
    history_rows[3]["execution_time"] = "soon"
    with pytest.raises(EvidenceError, match="value of execution_time is no number"):
        read_export(as_csv(history_rows, tmp_path / "h.csv"))


def test_a_missing_file_and_an_unknown_kind_are_refused(tmp_path):
    with pytest.raises(EvidenceError, match="no such query history"):
        read_export(tmp_path / "none.csv")
    (tmp_path / "h.xlsx").write_text("x")
    with pytest.raises(EvidenceError, match=r"\.csv, \.parquet or \.ndjson|no query history that can be read"):
        read_export(tmp_path / "h.xlsx")


def test_torn_lines_are_counted_and_left_out(history_rows, tmp_path):
    lines = [json.dumps(row, default=str) for row in history_rows]
    (tmp_path / "h.ndjson").write_text("\n".join([*lines[:3], '{"query_id": "torn', *lines[3:5], lines[5][:40]]))
    found = read_export(tmp_path / "h.ndjson")
    assert (found.num_rows, torn_lines(found)) == (5, 2)
    assert load_history(tmp_path / "h.ndjson").attrs["torn"] == 2


def test_a_real_export_of_another_shape_is_refused_by_its_columns(shared_data):
    with pytest.raises(EvidenceError, match="no column query_text"):
        read_export(shared_data / "warehouse/dynatrace_dsoa/query_history.ndjson")


def test_the_values_of_a_real_export_are_read(shared_data, tmp_path):
    """The same real rows with their values under Snowflake's column names: ids of 17 digits, times in nanoseconds, a text of 5,000 characters."""
    lines = (shared_data / "warehouse/dynatrace_dsoa/query_history.ndjson").read_text().splitlines()
    rows = [from_telemetry(json.loads(line)) for line in lines]
    path = tmp_path / "real.csv.gz"
    with gzip.open(path, "wt", newline="") as content:
        pd.DataFrame(rows).to_csv(content, index=False)
    found = load_history(path).set_index("query_id")
    assert len(found) == len(rows) > 1
    for row in rows:
        assert found.loc[row["QUERY_ID"], "session_id"] == row["SESSION_ID"]
        assert found.loc[row["QUERY_ID"], "query_text"] == row["QUERY_TEXT"]
        assert found.loc[row["QUERY_ID"], "execution_time"] == row["EXECUTION_TIME"]


def from_telemetry(row):
    dimensions, attributes, metrics = (json.loads(row[name]) for name in ("DIMENSIONS", "ATTRIBUTES", "METRICS"))
    return {
        "QUERY_ID": row["QUERY_ID"],
        "QUERY_TEXT": attributes["db.query.text"],
        "SESSION_ID": row["SESSION_ID"],
        "EXECUTION_STATUS": dimensions["snowflake.query.execution_status"],
        "START_TIME": str(pd.Timestamp(row["START_TIME"], tz="UTC")),
        "END_TIME": str(pd.Timestamp(row["END_TIME"], tz="UTC")),
        "EXECUTION_TIME": metrics["snowflake.time.execution"],
        "BYTES_SCANNED": metrics.get("snowflake.data.scanned", 0),
        "ROWS_PRODUCED": metrics.get("snowflake.rows.written_to_result", 0),
    }
