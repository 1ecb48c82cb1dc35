"""Asking the tables that take the most time: a sample of each, its exact bounds, and what the catalog says, through the warehouse into evidence."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from sqlglot import exp

from perfweek import evidence
from perfweek.errors import PerfweekError, UnreachableError
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.catalog import TAG, Described, describe
from perfweek.warehouse.connection import connect, is_embedded
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.look import Look
from perfweek.warehouse.names import quoted_column, quoted_table
from perfweek.warehouse.tableuse import TableUse, table_uses
from perfweek.week import Week

TABLES = "warehouse-tables"
MOST_TABLES = 5
MOST_COLUMNS = 30
ROWS = 200_000
"""Rows that a sample has about; a table of fewer is taken whole."""
_WITHOUT_ORDER = ("VARIANT", "OBJECT", "ARRAY", "MAP", "GEO", "VECTOR", "BINARY", "JSON", "STRUCT", "BLOB", "FILE")


def collect_tables(week: Week, target: Target, look: Look | None, statements: pd.DataFrame) -> dict[str, KnownTable]:
    """The tables that take the most time, at most MOST_TABLES, by their lower-case qualified names: the measurement 'warehouse-tables'.

    Empty where the target has no warehouse to ask, or no statement reads a table. `look` tells of tables whose statements were not kept;
    `statements`: columns of sql/history/statements.sql. Raises WarehouseError where the warehouse does not answer; a table that is not
    there any more, or may not be read, is left out.
    """
    if is_embedded(target) and not target.warehouse.database:
        return {}
    uses = _costliest(table_uses(statements), look)
    if not uses:
        return {}
    wanted = [{"table": use.table, "columns": sorted(use.columns.values())} for use in uses]
    inputs = {"tables": wanted, "rows": ROWS, "warehouse": target.warehouse.database or target.warehouse.connection}
    return read_tables(evidence.collect(week, TABLES, inputs, lambda folder: _take_all(target, uses, folder)))


def read_tables(measurement: Measurement) -> dict[str, KnownTable]:
    """The tables of the measurement, by their lower-case qualified names."""
    rows = json.loads(measurement.path("tables.json").read_text())["tables"]
    found = [_known(row, measurement.path(row["sample"])) for row in rows]
    return {".".join(table.name).lower(): table for table in found}


def _costliest(uses: Sequence[TableUse], look: Look | None) -> list[TableUse]:
    """By the time of all statements where a look at the history has it: kept statements may be a sample."""
    known = {} if look is None or look.tables.empty else dict(zip(look.tables["table_name"].str.lower(), look.tables["execution_ms"], strict=True))
    ranked = sorted(uses, key=lambda use: -float(known.get(use.name) or use.execution_ms))
    return ranked[:MOST_TABLES]


def _take_all(target: Target, uses: Sequence[TableUse], folder: Path) -> None:
    rows, missing = [], []
    with connect(target) as warehouse:
        for place, use in enumerate(uses, 1):
            with step(f"sampling {use.name}", 10):
                try:
                    found = _take(warehouse, use, folder / f"sample-{place}.parquet", embedded=is_embedded(target))
                except UnreachableError:
                    raise
                except PerfweekError as error:
                    found, reason = None, error.what
                else:
                    reason = "not in the catalog"
            rows += [found] if found else []
            missing += [] if found else [{"table": use.name, "reason": reason}]
    write_atomic(folder / "tables.json", json.dumps({"tables": rows, "missing": missing}, indent=2, default=str) + "\n")


def _take(warehouse: Warehouse, use: TableUse, path: Path, *, embedded: bool) -> dict[str, Any] | None:
    known = describe(warehouse, use.table, embedded=embedded)
    if known is None:
        return None
    columns = _sampled(use, known)
    extent = warehouse.query(_extent(use.table, columns), tag=TAG).to_pylist()[0]
    rows = int(extent["n"])
    taken = warehouse.query(_rows(use.table, columns, ROWS / max(1, rows)), tag=TAG)
    pq.write_table(taken.rename_columns(list(columns)) if columns else taken, path, compression="zstd")
    ends = {column: [extent[f"least_{place}"], extent[f"greatest_{place}"]] for place, column in enumerate(columns)}
    about = {name: value for name, value in vars(known).items() if name not in ("rows", "key")}
    bounds = {name: pair for name, pair in ends.items() if None not in pair}
    return {"name": use.table, "rows": rows, "sampled": taken.num_rows, "key_now": known.key, "bounds": bounds, "sample": path.name, **about}


def _sampled(use: TableUse, known: Described) -> list[str]:
    """The columns that statements name, those that restrict the most time first; not those that have no order."""
    exact = {name.lower(): name for name in known.types}
    named = sorted(use.columns, key=lambda column: -use.weights.get(column, 0.0) - use.joined.get(column, 0.0))
    found = [exact[column] for column in named if column in exact]
    return [name for name in found if not known.types[name].upper().startswith(_WITHOUT_ORDER)][:MOST_COLUMNS]


def _extent(table: Sequence[str], columns: Sequence[str]) -> str:
    ends = [
        exp.alias_(function(this=quoted_column(name)), f"{word}_{place}")
        for place, name in enumerate(columns)
        for word, function in (("least", exp.Min), ("greatest", exp.Max))
    ]
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "n"), *ends).from_(quoted_table(table)).sql("snowflake")


def _rows(table: Sequence[str], columns: Sequence[str], share: float) -> str:
    """The sample's statement; the share is one of a thousandth of a per cent at least."""
    named = [exp.alias_(quoted_column(name), f"column_{place}") for place, name in enumerate(columns)]
    chosen = exp.select(*(named or [exp.alias_(exp.Literal.number(1), "nothing")])).from_(quoted_table(table)).sql("snowflake")
    return chosen if share >= 1 else f"{chosen} sample bernoulli ({max(1, math.ceil(share * 1e5)) / 1e3:g}) seed (1)"


def _known(row: Mapping[str, Any], sample: Path) -> KnownTable:
    table = pq.read_table(sample)
    share = row["sampled"] / row["rows"] if row["rows"] else 1.0
    bounds = {name: (ends[0], ends[1]) for name, ends in row["bounds"].items()}
    about = {name: row[name] for name in ("types", "rows", "bytes", "key_now", "version", "partitions", "partition_rows", "kind")}
    return KnownTable(tuple(row["name"]), sample=table, share=share, bounds=bounds, **about)
