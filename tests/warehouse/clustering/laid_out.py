"""A table in an embedded database, a history of statements on it, and what the advisers are given for both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perfweek.warehouse import known_tables
from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.history import load_history, opened
from perfweek.warehouse.look import look_at
from perfweek.warehouse.tableuse import table_uses

GROUP = 2048


@dataclass(frozen=True)
class LaidOut:
    database: Path
    material: Material
    table: KnownTable


def store(database: Path, table: str, rows: str) -> None:
    """Write `rows` (a DuckDB query) as `table`, in row groups of GROUP rows."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as made (row_group_size {GROUP}); use made")
        connection.execute(f"create schema if not exists {table.split('.', maxsplit=1)[0]}; create table {table} as {rows}")


def ask(database: Path, history: Path, statements: Sequence[tuple[str, str, Mapping[str, object]]]) -> None:
    """Run (route, text, values) and record them."""
    with EmbeddedWarehouse(database, history, read_only=True) as warehouse:
        for route, text, values in statements:
            warehouse.query(text, values, {"route": route})


def known(database: Path, history: Path, folder: Path, rows: int) -> LaidOut:
    """The costliest table, from a sample of about `rows` rows, taken and read back as the week's evidence is."""
    statements = load_history(history)
    use = table_uses(statements)[0]
    asked, known_tables.ROWS = known_tables.ROWS, rows
    try:
        with EmbeddedWarehouse(database, read_only=True) as warehouse:
            row = known_tables._take(warehouse, use, folder / "sample.parquet", embedded=True)
    finally:
        known_tables.ROWS = asked
    table = known_tables._known(json.loads(json.dumps(row, default=str)), folder / "sample.parquet")
    with opened(history) as (warehouse, _):
        look = look_at(warehouse)
    return LaidOut(database, Material(look, statements, "embedded", {use.name: table}), table)
