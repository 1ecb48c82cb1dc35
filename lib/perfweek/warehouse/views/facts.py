"""What a proof is made from: the tables that statements name, the constants that they compare columns with, the columns that joins compare."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.constants import constant, is_constant
from perfweek.warehouse.proof.cases import Known, Place
from perfweek.warehouse.proof.engine import CannotRun, Engine, engine, text_of
from perfweek.warehouse.proof.pools import Constant
from perfweek.warehouse.views.blocks import Block, read_from
from perfweek.warehouse.views.members import Member

_MET_RUNS, _MET_ROWS = 4, 5
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.Contains, exp.StartsWith)


def qualified_name(table: exp.Table) -> str:
    """Its parts with dots, as they are stored."""
    return ".".join(part.name for part in table.parts)


def tables_of(query: exp.Expr, tables: Mapping[str, KnownTable]) -> dict[str, KnownTable]:
    """The known tables that the query names, by qualified name in capitals."""
    names = {qualified_name(table) for table in query.find_all(exp.Table)}
    return {name.upper(): tables[name.lower()] for name in sorted(names) if name.lower() in tables}


def known_of(members: Sequence[Member], tables: Mapping[str, KnownTable], queries: Iterable[exp.Query]) -> tuple[Known, dict[str, pa.Table]]:
    """What cases are made from, and the samples, both with the columns alone that the queries name."""
    known, samples = facts_of([run.qualified for member in members for run in member.template.runs], tables, queries)
    return replace(known, met=_met([run for member in members for run in member.runs], samples)), samples


def facts_of(qualified: Sequence[exp.Query], tables: Mapping[str, KnownTable], queries: Iterable[exp.Query]) -> tuple[Known, dict[str, pa.Table]]:
    """The same from queries whose names are resolved."""
    named = {column.name.upper() for query in [*queries, *qualified] for column in query.find_all(exp.Column)}
    samples = {name: _columns(table.sample, named) for name, table in tables.items()}
    constants: dict[Place, set[Constant]] = defaultdict(set)
    joined: set[Place] = set()
    for query in qualified:
        owners = {table.alias_or_name: qualified_name(table).upper() for table in query.find_all(exp.Table)}
        for column, value in _compared(query):
            constants[_place(column, owners, samples)].add(value)
        joined |= {_place(side, owners, samples) for pair in _joins(query) for side in pair}
    known = Known({name: rows.schema for name, rows in samples.items()}, dict(constants), joined)
    return known, samples


def _met(blocks: Sequence[Block], samples: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Rows of each table that meet the conditions of some of the blocks; none where a block asks what the engine does not understand."""
    found: dict[str, list[pa.Table]] = {name: [rows.slice(0, 0)] for name, rows in samples.items()}
    few = blocks[:: -(-len(blocks) // _MET_RUNS)] if blocks else []
    with engine(samples) as runner:
        for block, table in ((one, table) for one in few for table in one.tables):
            name = qualified_name(table).upper()
            if name in found:
                found[name].append(_rows_of(block, table, samples[name], runner, samples))
    return {name: pa.concat_tables(rows) for name, rows in found.items()}


def _rows_of(block: Block, table: exp.Table, sample: pa.Table, runner: Engine, samples: Mapping[str, pa.Table]) -> pa.Table:
    columns = [exp.column(exp.to_identifier(name, quoted=True), table.alias_or_name) for name in sample.column_names]
    query = read_from(block.select).select(*columns, append=False)
    query = (query.where(*(one.copy() for one in block.conditions)) if block.conditions else query).limit(_MET_ROWS)
    try:
        rows = runner.run(text_of(query, samples)).rows
        return pa.Table.from_pylist([dict(zip(sample.column_names, row, strict=True)) for row in rows], schema=sample.schema)
    except (CannotRun, pa.ArrowException):
        return sample.slice(0, 0)


def unnamed_columns(query: exp.Query) -> tuple[int, ...]:
    """Places of the result's columns that have no name in the text."""
    return tuple(place for place, one in enumerate(query.selects) if not one.alias_or_name)


def _columns(sample: pa.Table, named: set[str]) -> pa.Table:
    kept = [name for name in sample.column_names if name.upper() in named]
    return sample.select(kept or sample.column_names[:1])


def _compared(query: exp.Query) -> Iterator[tuple[exp.Column, Constant]]:
    for node in query.find_all(*_COMPARED, exp.Between, exp.In):
        sides = [node.this, node.args.get("expression"), node.args.get("low"), node.args.get("high"), *node.expressions]
        given = [side for side in sides if isinstance(side, exp.Expr) and not side.find(exp.Query)]
        values = [constant(side, {}) for side in given if is_constant(side)]
        columns = {column.sql(): column for side in given for column in side.find_all(exp.Column)}
        for column in columns.values():
            yield from ((column, value) for value in values if isinstance(value, str) or (isinstance(value, float) and not math.isnan(value)))


def _joins(query: exp.Query) -> Iterator[tuple[exp.Column, exp.Column]]:
    for node in query.find_all(exp.EQ):
        left, right = node.this, node.expression
        if isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.table != right.table:
            yield left, right


def _place(column: exp.Column, owners: Mapping[str, str], samples: Mapping[str, pa.Table]) -> Place:
    """The table by the column's own prefix, else the first that has such a column."""
    having = [name for name, rows in samples.items() if column.name in rows.column_names]
    owner = owners.get(column.table, "")
    return (owner if owner in having else having[0] if having else owner, column.name)
