"""Wednesday's scripts applied for real: on the embedded engine, and through the connector to a local Snowflake."""

import json
import logging
import shutil
import subprocess
import sys
import time

import pytest
import snowflake.connector
from fakesnow import server as start_fakesnow  # by this name: once it runs, `fakesnow.server` is its module
from small_runbook import target_in

from perfweek.errors import EvidenceError
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Runbook
from perfweek.runbook.books.sql_script import read_script
from perfweek.runbook.books.table_state import normal_key, problems, states
from perfweek.runbook.books.warehouse_change import WAREHOUSE_CHANGE, WarehouseChangeParameters, open_for, steps_with
from perfweek.runbook.deadline import OverdueError, deadline
from perfweek.target import load_target
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.snowflake import SnowflakeWarehouse

WEEK = "2026-W48"


def opened(folder):
    target = load_target(str(folder / "target.toml"))
    return WAREHOUSE_CHANGE, WAREHOUSE_CHANGE.context(target, {"week": WEEK}), Audit(target, {})


def run(folder, direction="forward"):
    opening = opened(folder)
    return apply(*opening, make_plan(*opening, direction).token, direction)


def ids(folder):
    with EmbeddedWarehouse(folder / "w.duckdb", read_only=True) as warehouse:
        return warehouse.query("select asset_id from sophia_core.catalogue order by rowid")["asset_id"].to_pylist()


def test_a_plan_shows_the_statements_and_leaves_every_byte_as_it_is(small):
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    plan = make_plan(*opened(small))
    assert any(line.startswith("create or replace table sophia_core.catalogue") for line in plan.observed.awaiting[0].lines)
    assert {path: path.read_bytes() for path in before} == before
    new = {path.name for path in small.rglob("*") if path.is_file()} - {path.name for path in before}
    assert new == {"audit.ndjson", "audit.head.json", ".audit.lock"}


def test_the_change_and_its_rollback_lose_no_row(small):
    before = ids(small)
    assert run(small).end == "complete"
    assert ids(small) != before
    assert sorted(ids(small)) == sorted(before)
    assert run(small, "back").end == "rolled back"
    assert ids(small) == before


def test_a_service_that_has_the_database_open_is_found_before_anything_is_begun(small):
    holder = "import sys, time, duckdb; held = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holder, str(small / "w.duckdb")], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout.readline() == "open\n"
        plan = make_plan(*opened(small))
        service.kill()
    assert plan.token == ""
    assert "in use" in plan.observed.blocked[0].answer.what


def test_rows_added_after_the_change_are_said_before_a_rollback_loses_them(small):
    run(small)
    with EmbeddedWarehouse(small / "w.duckdb") as warehouse:
        warehouse.query("insert into sophia_core.catalogue select 9999, '2026-12-01', 's1'")
    plan = make_plan(*opened(small), "back")
    assert "changed since it was made; what came later may be lost" in plan.observed.seen[0].answer.what


def test_a_copy_left_by_an_earlier_change_stands_in_the_way(small):
    with EmbeddedWarehouse(small / "w.duckdb") as warehouse:
        warehouse.query("create table sophia_core.catalogue__before as select 1 as x")
    plan = make_plan(*opened(small))
    assert plan.token == ""
    assert "catalogue__before is left from an earlier change" in plan.observed.blocked[0].answer.what


def test_a_script_that_loses_rows_fails_its_verification_and_is_rolled_back(small):
    script = small / "weeks" / WEEK / "artifacts" / "wednesday" / "01-cluster-catalogue.apply_embedded.sql"
    script.write_text(script.read_text().replace("catalogue order by", "catalogue where asset_id > 10 order by"))
    before = ids(small)
    outcome = run(small)
    assert outcome.end == "failed"
    assert "sophia_core.catalogue has 1,989 rows, before 2,000." in outcome.done[2].answer.what
    assert apply(*opened(small), outcome.offer.token, "back").end == "rolled back"
    assert ids(small) == before


def test_rows_that_lie_out_of_the_scripts_order_are_counted(small):
    script = read_script(small / "weeks" / WEEK / "artifacts" / "wednesday" / "01-cluster-catalogue.apply_embedded.sql")
    run(small)
    with EmbeddedWarehouse(small / "w.duckdb") as warehouse:
        now = states(warehouse, script)
        assert problems(warehouse, script, now, now) == []
        warehouse.query("create or replace table sophia_core.catalogue as select * from sophia_core.catalogue__before")
        now = states(warehouse, script)
        assert problems(warehouse, script, now, now)[0].endswith(" rows out of order.")


def test_a_statement_that_takes_too_long_is_ended_in_the_engine_too(small):
    """A million million pairs, hours of them."""
    target = load_target(str(small / "target.toml"))
    started = time.monotonic()
    with pytest.raises(OverdueError), deadline(0.3), open_for(target)(True) as warehouse:
        warehouse.query(
            "create table sophia_core.pairs as select count(*) as n from range(1000000) as a(i), range(1000000) as b(i) where hash(a.i + b.i) = 1"
        )
    assert time.monotonic() - started < 30
    assert len(ids(small)) == 2000


def test_a_library_that_hears_the_alarm_itself_is_overdue_all_the_same():
    with pytest.raises(OverdueError), deadline(0.05):
        try:
            time.sleep(5)
        except OverdueError:
            raise RuntimeError("Query interrupted") from None


def test_without_wednesday_the_plan_says_what_to_run(small):
    shutil.rmtree(small / "weeks" / WEEK / "artifacts" / "wednesday")
    plan = make_plan(*opened(small))
    assert plan.token == ""
    assert "perfweek run wednesday" in plan.observed.blocked[0].answer.what


def test_the_effect_cannot_be_told_until_statements_have_run(small):
    outcome = run(small)
    assert [str(one.status) for one in outcome.done] == ["OK", "OK", "OK", "UNVERIFIABLE"]


def test_a_script_is_cut_at_its_own_semicolons_only(tmp_path):
    path = tmp_path / "apply.sql"
    path.write_text(
        '-- Change: one; two\ncreate table a__before as select \';\' as b, "c;d" from a; -- e;\nalter table a cluster by (to_date(b), "c;d");\n'
    )
    script = read_script(path)
    assert len(script.statements) == 2
    assert (script.made, script.changed, script.keys) == (("a__before",), ("a",), {"a": ("TO_DATE(b)", '"c;d"')})


def test_a_script_that_is_no_sql_is_named(tmp_path):
    (tmp_path / "apply.sql").write_text("alter table (((")
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_script(tmp_path / "apply.sql")


@pytest.mark.parametrize("stated", ["LINEAR(to_date(created_at), source_system)", "(TO_DATE(created_at),source_system)", " linear( ".strip()])
def test_a_key_is_the_same_however_it_is_written(stated):
    same = normal_key("(to_date(created_at), source_system)")
    assert (normal_key(stated) == same) is ("created_at" in stated)


# Through the connector

REWRITE = "create table s.t__before as select * from s.t;\ncreate or replace table s.t as select * from s.t__before order by n;\n"
RESTORE = "create or replace table s.t as select * from s.t__before;\ndrop table s.t__before;\n"
SCRIPTS = {"apply": REWRITE, "rollback": RESTORE, "verify": "select 'GET /t' as endpoint, 1 as statements, 0.25 as partitions_scanned_share;\n"}


@pytest.fixture(scope="module")
def connect(tmp_path_factory):
    logging.getLogger("snowflake.connector").setLevel(logging.ERROR)
    with start_fakesnow() as options:
        with snowflake.connector.connect(**options) as connection, connection.cursor() as cursor:
            cursor.execute("create database BOOKS")
            cursor.execute("create schema BOOKS.S")
        plain = {**options, "database": "BOOKS", "schema": "S", "network_timeout": 60}
        path = tmp_path_factory.mktemp("connector") / "connections.toml"
        path.write_text("[local]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items() if not isinstance(value, dict)))
        path.chmod(0o600)
        yield lambda _changing: SnowflakeWarehouse("local", path)


@pytest.fixture
def on_snowflake(connect, tmp_path):
    """The runbook on a table of five rows; its scripts are to be written."""
    with connect(True) as warehouse:
        for name in ("t", "t__before"):
            warehouse.query(f"drop table if exists s.{name}")
        warehouse.query("create table s.t as select column1 as n from values (3), (1), (5), (2), (4)")
    target = target_in(tmp_path, '[warehouse]\nconnection = "local"\n')
    book = Runbook("warehouse-change", "", "high", WarehouseChangeParameters, lambda context: steps_with(context, connect))
    context = book.context(target, {"week": WEEK})
    folder = context.week.artifacts / "wednesday"
    folder.mkdir(parents=True)
    return folder, (book, context, Audit(target, {}))


def write(folder, scripts):
    for name, text in scripts.items():
        (folder / f"01-order.{name}.sql").write_text(text)


def test_a_script_runs_through_the_connector_and_back(on_snowflake, connect):
    folder, opening = on_snowflake
    write(folder, SCRIPTS)
    outcome = apply(*opening, make_plan(*opening).token)
    assert (outcome.end, outcome.done[-1].answer.what) == ("complete", "Partitions scanned in the last hour: GET /t: 25.0 %.")
    with connect(False) as warehouse:
        assert warehouse.query("select n from s.t")["n"].to_pylist() == [1, 2, 3, 4, 5]
    back = apply(*opening, make_plan(*opening, "back").token, "back")
    assert back.end == "rolled back"
    with connect(False) as warehouse:
        assert warehouse.query("select n from s.t")["n"].to_pylist() == [3, 1, 5, 2, 4]
        assert warehouse.query("select count(*) as n from information_schema.tables where table_name = 'T__BEFORE'")["n"][0].as_py() == 0


def test_a_clustering_key_that_the_engine_does_not_state_afterwards_is_a_failed_verification(on_snowflake):
    """The local Snowflake accepts the statement and keeps no key."""
    folder, opening = on_snowflake
    write(folder, SCRIPTS | {"apply": "alter table s.t cluster by (n);\n", "rollback": "alter table s.t drop clustering key;\n"})
    plan = make_plan(*opening)
    assert "alter table s.t cluster by (n)" in plan.observed.awaiting[0].lines
    outcome = apply(*opening, plan.token)
    assert outcome.end == "failed"
    assert outcome.done[2].answer.what == "s.t has the clustering key none."
