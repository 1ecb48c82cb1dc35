"""The tables that take the most time are asked, on the embedded engine and through the connector, and read back from evidence."""

import pytest
from warehouse.clustering.laid_out import GROUP, ask, store
from warehouse.known_material import material, statement

from perfweek.target import load_target
from perfweek.warehouse.history import load_history
from perfweek.warehouse.known_tables import collect_tables
from perfweek.week import Week

TABLE = "s.t"
MADE = "select (i * 7919) % 10000 as id, timestamp '2026-01-01' + to_minutes(i) as made, '{}'::json as doc from range(10000) as r(i)"


def project(folder, warehouse):
    (folder / "target.toml").write_text(f"[warehouse]\n{warehouse}\n")
    target = load_target(str(folder / "target.toml"))
    return Week.open("2026-W48", target.weeks), target


def test_the_embedded_engine_tells_types_rows_bytes_bounds_and_partitions(tmp_path):
    store(tmp_path / "w.duckdb", TABLE, MADE)
    ask(tmp_path / "w.duckdb", tmp_path / "h.ndjson", [("GET /t", "select * from s.t where id = %(id)s and made > '2026-01-02'", {"id": 5})])
    week, target = project(tmp_path, 'connection = "embedded"\ndatabase = "w.duckdb"')
    statements = load_history(tmp_path / "h.ndjson")
    (table,) = collect_tables(week, target, None, statements).values()
    assert table.name == ("S", "T")
    assert table.types == {"ID": "BIGINT", "MADE": "TIMESTAMPNTZ", "DOC": "VARIANT"}
    assert (table.rows, table.share, table.partitions, table.partition_rows) == (10_000, 1.0, 5, GROUP)
    assert table.bytes > 10_000
    assert table.bounds["ID"] == (0, 9999)
    assert table.sample.column_names == ["ID", "MADE"]
    assert (week.evidence / "warehouse-tables" / "tables.json").is_file()


def test_snowflake_tells_the_same_through_the_connector_and_a_table_that_is_gone_is_left_out(local_snowflake, tmp_path, monkeypatch):
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", local_snowflake.connections_file.read_text())
    with local_snowflake.connect() as warehouse:
        for text in ("create database known_tables", "create schema known_tables.s"):
            warehouse.query(text)
        warehouse.query('create table known_tables.s."odd; name" as select seq4() as id from table(generator(rowcount => 1000))')
    week, target = project(tmp_path, 'connection = "local"')
    texts = ['select * from known_tables.s."odd; name" where id = 5', "select * from known_tables.s.gone where id = 5"]
    statements = material([statement(text, 1000.0, place) for place, text in enumerate(texts)]).statements
    (table,) = collect_tables(week, target, None, statements).values()
    assert table.name == ("KNOWN_TABLES", "S", "odd; name")
    assert (table.rows, table.sample.num_rows) == (1000, 1000)
    assert table.bounds["ID"] == (0, 999)
    assert "not in the catalog" in (week.evidence / "warehouse-tables" / "tables.json").read_text()


@pytest.mark.parametrize("warehouse", ["", 'history = "none.csv"'])
def test_a_target_without_a_warehouse_has_no_tables_to_ask(tmp_path, warehouse):
    week, target = project(tmp_path, warehouse)
    assert collect_tables(week, target, None, material([statement("select * from s.t where a = 1")]).statements) == {}
