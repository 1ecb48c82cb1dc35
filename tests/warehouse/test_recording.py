"""The recorded query history: Snowflake's columns and units, from DuckDB's own profiler, complete whatever ends the process."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from hashlib import md5
from pathlib import Path

import pytest

from perfweek.errors import WarehouseError
from perfweek.warehouse.bench import STATEMENTS, measure_overhead
from perfweek.warehouse.columns import DUCKDB_TYPES
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.history_file import HistoryFile
from perfweek.warehouse.storage import column_sizes

ROW_GROUP = 122_880
ROWS = 5 * ROW_GROUP


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Five whole row groups in order of asset_id; `mixed` is in no order."""
    path = tmp_path_factory.mktemp("database") / "assets.duckdb"
    with EmbeddedWarehouse(path) as warehouse:
        warehouse.query("create schema sophia_core")
        warehouse.query(
            f"""create table sophia_core.assets as
            select i as asset_id, (i * 7919) % 1000003 as mixed, 'word ' || (i * 31) % 1009 as word, md5(i::varchar) as wide
            from range({ROWS}) as numbers(i)"""
        )
    return path


@pytest.fixture
def recorded(database, tmp_path):
    """Run one statement with recording and return its row of the file."""
    history = tmp_path / "history.ndjson"

    def run(sql, parameters=None, tag=None):
        history.unlink(missing_ok=True)
        with EmbeddedWarehouse(database, history, read_only=True) as warehouse, contextlib.suppress(WarehouseError):
            warehouse.query(sql, parameters or {}, tag)
        return json.loads(history.read_text())

    return run


def test_an_ordered_column_prunes_row_groups_and_a_mixed_one_does_not(recorded):
    ordered = recorded("select mixed from sophia_core.assets where asset_id = %(id)s", {"id": 3 * ROW_GROUP + 5})
    assert (ordered["partitions_scanned"], ordered["partitions_total"]) == (1, 5)
    mixed = recorded("select asset_id from sophia_core.assets where mixed = %(id)s", {"id": 500_000})
    assert (mixed["partitions_scanned"], mixed["partitions_total"]) == (5, 5)


def test_a_join_counts_the_partitions_of_both_tables(recorded):
    row = recorded(
        "select count(*) from sophia_core.assets a join sophia_core.assets b on a.asset_id = b.mixed where a.mixed >= 0 and b.asset_id >= 0"
    )
    assert row["partitions_total"] == 10


def test_bytes_scanned_are_those_of_the_columns_used_in_the_row_groups_scanned(recorded):
    """All five row groups of a column take five times what one of them takes, within what blocks round."""
    all_of_mixed = recorded("select sum(mixed) from sophia_core.assets")["bytes_scanned"]
    one_group = recorded("select sum(mixed) from sophia_core.assets where asset_id = 5")
    both = recorded("select sum(mixed), max(wide) from sophia_core.assets")["bytes_scanned"]
    only_wide = recorded("select max(wide) from sophia_core.assets")["bytes_scanned"]
    assert one_group["partitions_scanned"] == 1
    assert 0 < one_group["bytes_scanned"] < all_of_mixed  # a filter's column counts as well
    assert both == pytest.approx(all_of_mixed + only_wide, abs=2)
    assert only_wide > all_of_mixed
    assert recorded("select count(*) from sophia_core.assets where word = 'wide'")["bytes_scanned"] < only_wide  # a value is no column


def test_odd_names_and_files_are_scanned_like_others(tmp_path):
    """A key word as a table's name, a space in a column's, a file in place of a table: what cannot be sized is null, nothing fails."""
    with EmbeddedWarehouse(tmp_path / "w.duckdb", tmp_path / "h.ndjson") as warehouse:
        warehouse.query('create table "rows" as select i as "my col", md5(i::varchar) as "a.b" from range(200000) as numbers(i)')
        warehouse.query("checkpoint")
        warehouse.query('select max("my col") from "rows" where "my col" >= 1')
        warehouse.query('select max("a.b") from "rows" where "a.b" >= \'0\'')
        warehouse.query(f'select count(query_id) from read_json(\'{tmp_path / "h.ndjson"}\') cross join "rows" where "my col" = 5')
    rows = [json.loads(line) for line in (tmp_path / "h.ndjson").read_text().splitlines()]
    assert 0 < rows[-3]["bytes_scanned"] < rows[-2]["bytes_scanned"]
    assert rows[-1]["execution_status"] == "SUCCESS"
    assert rows[-1]["bytes_scanned"] is None or rows[-1]["bytes_scanned"] > 0


def test_stored_sizes_are_the_distances_between_segments():
    """Two columns share block 1: a takes 100 bytes, b the rest of the block; a has one block of long strings besides."""
    block = 256 * 1024 - 8
    assert column_sizes([("b", 1, 100, 0), ("a", 1, 0, 0), ("a", -1, 0, 1)]) == {"a": 100 + block, "b": block - 100}


def test_every_line_holds_known_columns_and_the_units_of_snowflake(recorded):
    row = recorded("select word from sophia_core.assets where asset_id < %(n)s", {"n": 10}, {"route": "GET /assets/{id}", "request_id": "r-1"})
    assert set(row) <= set(DUCKDB_TYPES)
    assert json.loads(row["query_tag"]) == {"route": "GET /assets/{id}", "request_id": "r-1"}
    assert (row["execution_status"], row["query_type"], row["rows_produced"]) == ("SUCCESS", "SELECT", 10)
    assert row["query_text"] == "select word from sophia_core.assets where asset_id < %(n)s"
    assert row["bind_values"] == [{"name": "n", "type": "FIXED", "value": "10"}]
    elapsed = datetime.fromisoformat(row["end_time"]) - datetime.fromisoformat(row["start_time"])
    assert elapsed.total_seconds() * 1000 == pytest.approx(row["total_elapsed_time"], abs=0.01)
    assert 0 < row["compilation_time"] + row["execution_time"] <= row["total_elapsed_time"]
    assert row["queued_overload_time"] == row["bytes_spilled_to_remote_storage"] == 0


def test_texts_alike_but_for_case_and_space_share_a_hash_and_those_alike_but_for_values_a_parameterized_one(recorded):
    first = recorded("select word from sophia_core.assets where asset_id = 5")
    spaced = recorded("SELECT  word\nFROM sophia_core.assets -- why\nWHERE asset_id = 5")
    other = recorded("select word from sophia_core.assets where asset_id = 6")
    assert first["query_hash"] == spaced["query_hash"] != other["query_hash"]
    assert first["query_parameterized_hash"] == other["query_parameterized_hash"]


@pytest.mark.parametrize(
    ("sql", "kind", "message"),
    [("select * from nowhere", "SELECT", "nowhere"), ("selec 1 from", "UNKNOWN", "cannot be read"), ("select 1/%(x)s", "SELECT", "no value")],
)
def test_a_refused_statement_is_recorded_with_its_error(recorded, sql, kind, message):
    row = recorded(sql, tag={"route": "GET /x"})
    assert (row["execution_status"], row["query_type"]) == ("FAIL", kind)
    assert message in row["error_message"]
    assert row["error_code"]
    assert json.loads(row["query_tag"]) == {"route": "GET /x"}


def test_changes_are_counted(tmp_path):
    with EmbeddedWarehouse(tmp_path / "w.duckdb", tmp_path / "h.ndjson") as warehouse:
        warehouse.query("create table t (a int)")
        warehouse.query("insert into t values (1), (2), (3)")
        warehouse.query("update t set a = 0 where a > 1")
        warehouse.query("delete from t where a = 0")
    rows = [json.loads(line) for line in (tmp_path / "h.ndjson").read_text().splitlines()]
    assert [(row["query_type"], row["rows_produced"]) for row in rows] == [("CREATE", 0), ("INSERT", 3), ("UPDATE", 2), ("DELETE", 2)]
    assert (rows[1]["rows_inserted"], rows[2]["rows_updated"], rows[3]["rows_deleted"]) == (3, 2, 2)


def test_spilling_is_recorded(tmp_path):
    """A sort of 80 MB in 60 MB of memory needs the disk."""
    with EmbeddedWarehouse(tmp_path / "w.duckdb", tmp_path / "h.ndjson", threads=1) as warehouse:
        warehouse.query("create table t as select md5(i::varchar) as word, md5((i + 1)::varchar) as other from range(1000000) as numbers(i)")
        warehouse._engine.execute("set memory_limit = '60MB'")
        warehouse.query("select word, other, row_number() over (order by other) as place from t qualify place > 999990 order by word")
    row = json.loads((tmp_path / "h.ndjson").read_text().splitlines()[-1])
    assert row["bytes_spilled_to_local_storage"] > 1_000_000


def test_hostile_texts_stay_one_line_of_json(recorded):
    word = 'a"b\\c\n{"query_id":"forged"}\u2028😀'
    row = recorded("select count(*) from sophia_core.assets where word = %(word)s", {"word": word}, {"route": word, 'a"b': "\n"})
    assert json.loads(row["query_tag"])["route"] == word
    assert row["bind_values"][0]["value"] == word


def test_the_view_is_typed_as_in_snowflake(database, tmp_path):
    with EmbeddedWarehouse(database, tmp_path / "h.ndjson", read_only=True) as warehouse:
        warehouse.query("select 1")
        found = warehouse.query("select * from snowflake.account_usage.query_history").schema
    assert set(found.names) == set(DUCKDB_TYPES)
    assert str(found.field("start_time").type) == "timestamp[us, tz=UTC]"
    assert str(found.field("bytes_scanned").type) == "int64"
    assert str(found.field("execution_time").type) == "double"  # whole numbers on Snowflake; fractions are kept here


def test_a_torn_line_is_skipped_by_the_view_and_does_not_spoil_the_next(database, tmp_path):
    history = tmp_path / "h.ndjson"
    with EmbeddedWarehouse(database, history, read_only=True) as warehouse:
        warehouse.query("select 1 as first")
    history.write_bytes(history.read_bytes() + b'{"query_id":"torn","query_te')
    with EmbeddedWarehouse(database, history, read_only=True) as warehouse:
        warehouse.query("select 2 as second")
        found = warehouse.query("select query_text from snowflake.account_usage.query_history order by start_time")
    assert found["query_text"].to_pylist() == ["select 1 as first", "select 2 as second"]


_SERVICE = """
import sys
from pathlib import Path
from perfweek.warehouse.embedded import EmbeddedWarehouse
with EmbeddedWarehouse(Path(sys.argv[1]), Path(sys.argv[2])) as warehouse:
    for number in range(1_000_000):
        warehouse.query("select %(n)s as n", {"n": number})
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
"""


def test_a_killed_service_loses_no_statement_that_it_answered(tmp_path):
    history = tmp_path / "h.ndjson"
    service = subprocess.Popen([sys.executable, "-c", _SERVICE, str(tmp_path / "w.duckdb"), str(history)], stdout=subprocess.PIPE)
    answered = [int(service.stdout.readline()) for _ in range(200)]
    os.kill(service.pid, signal.SIGKILL)
    answered += [int(line) for line in service.stdout.read().splitlines()]
    assert service.wait() == -signal.SIGKILL
    whole = [json.loads(line) for line in history.read_bytes().split(b"\n")[:-1]]
    values = [int(row["bind_values"][0]["value"]) for row in whole]
    assert values[: len(answered)] == answered
    assert len(values) <= len(answered) + 1  # the one that was answered but not yet told


def test_lines_of_many_writers_never_mix(tmp_path):
    path = tmp_path / "h.ndjson"
    script = f"""
from pathlib import Path
from perfweek.warehouse.history_file import HistoryFile
import sys
file = HistoryFile(Path({str(path)!r}))
for _ in range(300):
    file.append(sys.argv[1].encode() * 2000)
"""
    writers = [subprocess.Popen([sys.executable, "-c", script, letter]) for letter in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines = path.read_text().splitlines()
    assert len(lines) == 900
    assert {md5(line.encode(), usedforsecurity=False).hexdigest() for line in lines} == {
        md5((letter * 2000).encode(), usedforsecurity=False).hexdigest() for letter in "abc"
    }


def test_a_full_disk_is_said(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    file = HistoryFile.__new__(HistoryFile)
    real = HistoryFile(tmp_path / "h.ndjson")
    file.__dict__.update(real.__dict__)
    os.close(real._descriptor)
    file._descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(WarehouseError, match="No space left"):
        file.append(b"{}")
    file.close()


def test_the_bench_measures_every_statement_of_its_mix(tmp_path):
    results = measure_overhead(tmp_path, rounds=3)
    assert [result.name for result in results] == [*(statement.name for statement in STATEMENTS), "all of the mix"]
    assert results[-1].pairs == sum(result.pairs for result in results[:-1]) == 30
    assert all(result.plain_ms > 0 and result.recorded_ms > 0 for result in results)
