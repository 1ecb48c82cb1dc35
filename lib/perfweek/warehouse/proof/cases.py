"""Tables made to tell two statements apart: none, single, doubled and missing rows, values at the edge of every condition.

Made from a seed, so that a counter-example is found again. A sample of real rows rarely holds a NULL in each column or a value exactly at
the end of a range; most wrong rewritings differ just there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from perfweek.warehouse.proof.pools import Constant, around, as_numbers, beyond, generic, joining, no_numbers

_ROWS = {1: 240, 2: 48}
_FEW = 14
"""Rows of each table: of three and more tables few, for they multiply."""
Place = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """Tables by qualified name in capitals."""

    name: str
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Known:
    """What cases are made from: tables' columns with their types, constants that conditions compare a column with, columns that joins compare,
    columns that hold no NULL; `met`: a few real rows of each table that meet the conditions together. Places are (table, column), as stored."""

    schemas: Mapping[str, pa.Schema]
    constants: Mapping[Place, Collection[Constant]]
    joined: Collection[Place] = ()
    never_null: Collection[Place] = ()
    met: Mapping[str, pa.Table] = field(default_factory=dict)


def cases(known: Known, seed: int = 1) -> list[Case]:
    """About ten cases."""
    rng = np.random.default_rng(seed)
    count = _ROWS.get(len(known.schemas), _FEW)
    edges = {place: _edges(known, place) for place in _places(known)}
    outside = {place: beyond(known.constants[place], _type(known, place)) if place in known.constants else [] for place in edges}
    made = [
        Case("no row at all", _tables(known, lambda _table: [])),
        Case("one row", _tables(known, lambda table: _draw(known, table, edges, 1, 0.0, rng))),
        Case("one row of NULLs", _tables(known, lambda table: _draw(known, table, edges, 1, 1.0, rng))),
        Case("a NULL in each column", _tables(known, lambda table: _one_null_each(known, table, edges, rng))),
        Case("values at and beside the constants", _tables(known, lambda table: _draw(known, table, edges, count, 0.0, rng))),
        Case("the same with NULLs", _tables(known, lambda table: _draw(known, table, edges, count, 0.2, rng))),
        Case("mostly NULLs", _tables(known, lambda table: _draw(known, table, edges, count, 0.7, rng))),
        Case("rows that meet no condition", _tables(known, lambda table: _draw(known, table, edges | _some(outside), count // 2, 0.1, rng))),
    ]
    odd = _some({place: no_numbers(_type(known, place)) for place in edges})
    if odd:
        made.append(Case("fractions that are no numbers", _tables(known, lambda table: _draw(known, table, edges | odd, 12, 0.1, rng))))
    doubled = _tables(known, lambda table: 2 * _draw(known, table, edges, count // 2, 0.1, rng))
    return [*made, Case("every row twice", doubled), *_of_met(known, edges, rng)]


def _of_met(known: Known, edges: Mapping[Place, list[object]], rng: np.random.Generator) -> list[Case]:
    """Real rows that meet the conditions, each twice: as they are, with values at the edges, with NULLs. Joins still meet."""
    if not known.met or not any(rows.num_rows for rows in known.met.values()):
        return []
    free = {place: pool for place, pool in edges.items() if place not in known.joined}
    rows = {name: 2 * table.to_pylist() for name, table in known.met.items()}
    nothing: dict[Place, list[object]] = {place: [None] for place in edges if place not in known.never_null}
    return [
        Case("rows that meet the conditions, twice", _tables(known, lambda table: rows[table])),
        Case("the same at the edges", _tables(known, lambda table: _changed(rows[table], table, free, 0.2, rng))),
        Case("the same with NULLs", _tables(known, lambda table: _changed(rows[table], table, nothing, 0.12, rng))),
    ]


def _changed(
    rows: list[dict[str, object]], table: str, pools: Mapping[Place, list[object]], share: float, rng: np.random.Generator
) -> list[dict[str, object]]:
    """Each value that has a pool is, with this chance, one of it."""

    def value(column: str, old: object) -> object:
        pool = pools.get((table, column), [])
        return pool[int(rng.integers(len(pool)))] if pool and rng.random() < share else old

    return [{column: value(column, old) for column, old in row.items()} for row in rows]


def _edges(known: Known, place: Place) -> list[object]:
    kind = _type(known, place)
    if place in known.joined:
        return joining(kind)
    near = around(known.constants.get(place, ()), kind)
    if near and as_numbers(known.constants[place], kind):
        return near  # a text that is compared with numbers: other texts would be refused by both
    return [*near, *generic(kind)[: 3 if near else 5]]


def _some(pools: Mapping[Place, list[object]]) -> dict[Place, list[object]]:
    return {place: pool for place, pool in pools.items() if pool}


def _draw(
    known: Known, table: str, pools: Mapping[Place, Sequence[object]], count: int, nulls: float, rng: np.random.Generator
) -> list[dict[str, object]]:
    columns = known.schemas[table].names
    return [{column: _value(known, (table, column), pools, nulls, rng) for column in columns} for _ in range(count)]


def _one_null_each(known: Known, table: str, pools: Mapping[Place, Sequence[object]], rng: np.random.Generator) -> list[dict[str, object]]:
    whole = _draw(known, table, pools, 2 * len(known.schemas[table]), 0.0, rng)
    holes = [column for column in known.schemas[table].names for _ in range(2)]
    return [row if (table, hole) in known.never_null else row | {hole: None} for row, hole in zip(whole, holes, strict=True)]


def _value(known: Known, place: Place, pools: Mapping[Place, Sequence[object]], nulls: float, rng: np.random.Generator) -> object:
    pool = pools[place]
    if not pool or (rng.random() < nulls and place not in known.never_null):
        return None
    return pool[int(rng.integers(len(pool)))]


def _tables(known: Known, rows_of: object) -> dict[str, pa.Table]:
    return {name: pa.Table.from_pylist(rows_of(name), schema=schema) for name, schema in known.schemas.items()}  # type: ignore[operator]


def _places(known: Known) -> list[Place]:
    return [(table, column) for table, schema in known.schemas.items() for column in schema.names]


def _type(known: Known, place: Place) -> pa.DataType:
    return known.schemas[place[0]].field(place[1]).type
