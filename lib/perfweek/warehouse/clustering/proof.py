"""Proving a key on the embedded engine: the table is laid out for real in a scratch file, the recorded conditions are run on it, and the row groups
that the profiler counts stand beside those predicted.

The copy holds the columns that conditions and keys name: row groups are cut by rows, so other columns change nothing.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from perfweek import evidence
from perfweek.errors import WarehouseError
from perfweek.evidence import Measurement
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.clustering.candidates import PROPOSAL
from perfweek.warehouse.clustering.judgement import Candidate
from perfweek.warehouse.clustering.judgements import Judgement
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.clustering.layouts import Layout, lay_out
from perfweek.warehouse.conditions import Restriction
from perfweek.warehouse.connection import database_path, is_embedded
from perfweek.warehouse.names import quoted_column, quoted_table
from perfweek.warehouse.profile import last_profile, watch
from perfweek.warehouse.tableuse import Asked
from perfweek.warehouse.templates import Template, bound_values, templates_of
from perfweek.week import Week

PROOF = "clustering-proof"
MOST_CONDITIONS = 60
MOST_RIVALS = 5
_COPY = "ordered"
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("key", "role", "endpoint", "condition")),
        *((name, pa.float64()) for name in ("execution_ms", "low", "likely", "high", "measured", "laid_out_s")),
        ("partitions", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Asking:
    """One recorded condition: the statement that it came from, and the query that counts what it finds in the copy."""

    asked: Asked
    restriction: Restriction
    condition: str
    query: str


def collect_proof(week: Week, target: Target, judgement: Judgement) -> Measurement | None:
    """The measurement 'clustering-proof': proof.parquet, 1 row per key laid out and condition run, with the share of partitions predicted (low,
    likely, high) and measured. Laid out are the chosen key, the checklist's proposal and each single column.

    None for a target without an embedded database: on Snowflake the change's verify script tries the order on a copy. Raises WarehouseError.
    """
    if not is_embedded(target) or not target.warehouse.database:
        return None
    source, keys = database_path(target), rivals(judgement)
    inputs = {
        "table": judgement.table.name,
        "keys": [one.name for one in keys],
        "rows": judgement.table.rows,
        "sampled": judgement.sample.rows,
        "conditions": [asking.query for asking in askings(judgement)],
    }
    return evidence.collect(week, PROOF, inputs, lambda folder: pq.write_table(prove(source, judgement, folder), folder / "proof.parquet"))


def rivals(judgement: Judgement) -> list[Candidate]:
    """The chosen key, the proposal where it was judged, and the single columns, the best first."""
    advice = judgement.advice
    single = sorted((one for one in advice.candidates if len(one.keys) == 1 and not one.keys[0].form), key=lambda one: one.overall.likely)
    proposal = advice.candidate(tuple(map(Key, PROPOSAL)))
    return list({one.keys: one for one in (advice.chosen, proposal, *single) if one}.values())[: 1 + MOST_RIVALS]


def askings(judgement: Judgement) -> list[Asking]:
    """The distinct conditions of the history, those of each template in turn, the costliest first; at most MOST_CONDITIONS."""
    by_template: dict[tuple[str, str], list[Asking]] = {}
    seen: set[str] = set()
    for asked in sorted(judgement.use.statements, key=lambda one: -one.execution_ms):
        for asking in _of_statement(judgement, asked):
            if asking.query not in seen:
                seen.add(asking.query)
                by_template.setdefault((asked.endpoint, asked.template), []).append(asking)
    turns = [group[place] for place in range(MOST_CONDITIONS) for group in by_template.values() if place < len(group)]
    return turns[:MOST_CONDITIONS]


def prove(source: Path, judgement: Judgement, folder: Path) -> pa.Table:
    """Lay out and run, in a scratch file below `folder` that is removed again; columns of SCHEMA. Raises WarehouseError.

    On one thread: how much a scan that stops at a limit leaves unread depends on which of several threads is ahead.
    """
    wanted, rows = askings(judgement), []
    try:
        for one in rivals(judgement):
            with tempfile.TemporaryDirectory(dir=folder) as scratch, step(f"laying out {judgement.use.name} by {one.name}", 5):
                rows += list(_of_key(source, judgement, one, wanted, Path(scratch)))
    except duckdb.Error as error:
        raise WarehouseError(
            f"the table cannot be laid out: {str(error).splitlines()[0]}", str(source), "Free some space, then try again."
        ) from error
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _of_key(source: Path, judgement: Judgement, one: Candidate, wanted: Sequence[Asking], scratch: Path) -> Iterator[dict[str, object]]:
    layout = lay_out(judgement.sample, one.keys)
    role = "chosen" if one is judgement.advice.chosen else "single column" if len(one.keys) == 1 else "proposal"
    with duckdb.connect(config={"memory_limit": "1GB", "threads": 1}) as connection:
        took_s = _copy(connection, source, judgement, one.keys, scratch)
        watch(connection)
        for asking in wanted:
            connection.execute(asking.query).fetchall()
            profile = last_profile(connection)
            total = sum(profile.totals)
            if total:
                yield {
                    **{"key": one.name, "role": role, "endpoint": asking.asked.endpoint, "condition": asking.condition},
                    **_predicted(layout, judgement, asking),
                    **{"measured": sum(profile.scanned) / total, "partitions": total // len(profile.totals), "laid_out_s": took_s},
                }


def _predicted(layout: Layout, judgement: Judgement, asking: Asking) -> dict[str, float]:
    """Of a statement that returned rows one partition was scanned at least."""
    counts = layout.scanned(judgement.sample.question(asking.restriction), stops=True)
    least = 1.0 if asking.asked.rows > 0 else 0.0
    low, likely, high = (max(least, count) / judgement.sample.partitions for count in counts)
    return {"execution_ms": asking.asked.execution_ms, "low": low, "likely": likely, "high": high}


def _copy(connection: duckdb.DuckDBPyConnection, source: Path, judgement: Judgement, keys: Sequence[Key], scratch: Path) -> float:
    """Write the ordered copy; returns the seconds it took. Afterwards the connection reaches nothing but the two files."""
    began = perf_counter()
    size = max(2048, judgement.table.partition_rows // 2048 * 2048)
    connection.execute(f"attach {_literal(source)} as source_ (read_only)")
    connection.execute(f"attach {_literal(scratch / 'ordered.duckdb')} as scratch_ (row_group_size {size})")
    connection.execute(f"set temp_directory = {_literal(scratch)}")
    columns = [quoted_column(judgement.use.columns.get(name, name)).sql("duckdb") for name in judgement.sample.columns]
    table = quoted_table(("source_", *judgement.table.name[-2:])).sql("duckdb")
    order = ", ".join(_in_duckdb(key, judgement) for key in keys)
    connection.execute(f"create table scratch_.main.{_COPY} as select {', '.join(columns)} from {table} order by {order}")
    connection.execute("checkpoint scratch_; detach source_; use scratch_; set enable_external_access = false")
    return perf_counter() - began


def _of_statement(judgement: Judgement, asked: Asked) -> Iterator[Asking]:
    text, _, bound = asked.values.rpartition("\n")
    for template in templates_of(text):
        if template.table != judgement.use.table or template.where is None or asked.restriction.never:
            continue
        where = _with_values(template, bound)
        named = {column.name.lower() for column in where.find_all(exp.Column)}
        if named <= set(judgement.sample.columns) and not where.find(exp.Query, exp.Placeholder) and asked.restriction.ranges:
            query = exp.select("count(*)").from_(_COPY).where(where)
            if asked.restriction.limit and asked.restriction.order in judgement.sample.columns:
                first = exp.Ordered(this=exp.column(asked.restriction.order, quoted=True), desc=asked.restriction.descending, nulls_first=False)
                query = exp.select("*").from_(_COPY).where(where).order_by(first).limit(asked.restriction.limit)
            yield Asking(asked, asked.restriction, where.sql("snowflake"), query.sql("duckdb"))


def _with_values(template: Template, bound: str) -> exp.Expr:
    """The condition on the bare columns of one table, with its bound values as literals."""
    assert template.where is not None
    values = bound_values(bound)

    def written(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and str(node.this) in values:
            value = values[str(node.this)]
            return exp.Null() if value is None else exp.Literal.string(value) if isinstance(value, str) else exp.convert(value)
        return exp.column(exp.to_identifier(node.name, quoted=True)) if isinstance(node, exp.Column) else node

    return template.where.transform(written)


def _in_duckdb(key: Key, judgement: Judgement) -> str:
    name = quoted_column(judgement.use.columns.get(key.column, key.column)).sql("snowflake")
    return exp.maybe_parse(key.sql(name), dialect="snowflake").sql("duckdb")


def _literal(path: Path) -> str:
    return exp.Literal.string(str(path)).sql("duckdb")
