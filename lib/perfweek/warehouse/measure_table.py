"""Taking a sample of a table's rows, and what is known of the table as a whole, through the warehouse into evidence."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
from sqlglot import exp

from perfweek import evidence
from perfweek.errors import PerfweekError, WarehouseError
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.clustering.layouts import Sample
from perfweek.warehouse.connection import connect, is_embedded
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.names import quoted_column, quoted_table
from perfweek.warehouse.tableuse import TableUse
from perfweek.week import Week

SAMPLE = "warehouse-sample"
ROWS = 200_000
"""Rows that a sample has about; a table of fewer is taken whole."""
TAG = {"route": "perfweek wednesday"}


def collect_sample(week: Week, target: Target, use: TableUse) -> Measurement | None:
    """The measurement 'warehouse-sample': sample.parquet with the columns that restrict statements, and table.json (rows, share
    sampled, least and greatest value of each column, clustering key). None where the target has no warehouse to ask.

    Raises WarehouseError.
    """
    if is_embedded(target) and not target.warehouse.database:
        return None
    columns = sorted(use.weights)
    inputs = {"table": use.table, "columns": columns, "rows": ROWS, "warehouse": target.warehouse.database or target.warehouse.connection}
    return evidence.collect(week, SAMPLE, inputs, lambda folder: _take(target, use, columns, folder))


def read_sample(measurement: Measurement, use: TableUse) -> Sample:
    """The sample as the simulation wants it."""
    table = json.loads(measurement.path("table.json").read_text())
    frame = pq.read_table(measurement.path("sample.parquet")).to_pandas(date_as_object=False)
    bounds = {name: (ends[0], ends[1]) for name, ends in table["bounds"].items() if None not in ends}
    share = len(frame) / table["rows"] if table["rows"] else 1.0
    return Sample.of(frame, bounds, share, use.partitions)


def clustering_key(measurement: Measurement) -> str:
    """The key that the table has now; '' for none, or an engine without clustering keys."""
    return str(json.loads(measurement.path("table.json").read_text())["clustering_key"] or "")


def _take(target: Target, use: TableUse, columns: Sequence[str], folder: Path) -> None:
    names = [use.columns[column] for column in columns]
    with step(f"sampling {use.name}", 10), connect(target) as warehouse:
        known = warehouse.query(_extent(use.table, names), tag=TAG).to_pylist()[0]
        rows = int(known["n"])
        if not rows:
            raise WarehouseError(f"the table {use.name} is empty", warehouse.engine, "Fill it, or name the right database in target.toml.")
        sample = warehouse.query(_rows(use.table, names, ROWS / rows), tag=TAG)
        key = "" if is_embedded(target) else _key_now(warehouse, use.table)
    pq.write_table(sample, folder / "sample.parquet", compression="zstd")
    bounds = {column: [_text(known[f"least_{place}"]), _text(known[f"greatest_{place}"])] for place, column in enumerate(columns)}
    content = {"table": use.name, "rows": rows, "sampled": sample.num_rows, "bounds": bounds, "clustering_key": key}
    write_atomic(folder / "table.json", json.dumps(content, indent=2) + "\n")


def _extent(table: Sequence[str], names: Sequence[str]) -> str:
    ends = [
        exp.alias_(function(this=quoted_column(name)), f"{word}_{place}")
        for place, name in enumerate(names)
        for word, function in (("least", exp.Min), ("greatest", exp.Max))
    ]
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "n"), *ends).from_(quoted_table(table)).sql("snowflake")


def _rows(table: Sequence[str], names: Sequence[str], share: float) -> str:
    """The sample's statement; the share is one of a thousandth of a per cent at least."""
    chosen = exp.select(*(quoted_column(name) for name in names)).from_(quoted_table(table)).sql("snowflake")
    return chosen if share >= 1 else f"{chosen} sample bernoulli ({max(1, math.ceil(share * 1e5)) / 1e3:g}) seed (1)"


def _key_now(warehouse: Warehouse, table: Sequence[str]) -> str:
    """Empty as well where the role may not read it: the rollback script then says so."""
    catalog = f"{exp.to_identifier(table[-3], quoted=True).sql('snowflake')}." if len(table) > 2 else ""
    condition = "table_name = %(name)s" + (" and table_schema = %(schema)s" if len(table) > 1 else "")
    sql = f"select clustering_key from {catalog}information_schema.tables where {condition}"
    try:
        rows = warehouse.query(sql, {"name": table[-1], "schema": table[-2] if len(table) > 1 else ""}, TAG).to_pylist()
    except PerfweekError:
        return ""
    return str(rows[0]["clustering_key"] or "") if rows else ""


def _text(value: object) -> str | None:
    return None if value is None else str(value)
