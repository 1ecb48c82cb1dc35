"""What a warehouse's own catalog says of a table: columns and types, rows, bytes, partitions, its clustering key and that key's version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from perfweek.errors import PerfweekError, UnreachableError
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.names import literal, quoted_table
from perfweek.warehouse.storage import column_sizes

TAG = {"route": "perfweek wednesday"}
_OF_TABLE = "where lower(table_name) = %(name)s and (%(schema)s = '' or lower(table_schema) = %(schema)s)"
_SEGMENTS = """
    select lower(column_name) as column_name, column_id, row_group_id, count, block_id, block_offset, segment_type,
        coalesce(array_size(additional_block_ids), 0) as long_strings
    from pragma_storage_info({table}) where persistent and block_id is not null
"""


@dataclass(frozen=True)
class Described:
    """`types`: Snowflake types by exact column name; `rows`, `bytes`, `partitions`: 0 where the catalog does not say; `partition_rows`: rows of a
    full partition where all full ones have as many (row groups); `key`: as the catalog states it, '' for none; `version`: OPTIMA or CLASSIC
    where the warehouse says it; `kind`: BASE TABLE, EXTERNAL TABLE, VIEW, ..."""

    types: Mapping[str, str]
    rows: int = 0
    bytes: int = 0
    partitions: int = 0
    partition_rows: int = 0
    key: str = ""
    version: str = ""
    kind: str = "BASE TABLE"


def describe(warehouse: Warehouse, table: Sequence[str], *, embedded: bool) -> Described | None:
    """The table's entry; None where there is no such table, or the role may not see it. Raises UnreachableError."""
    try:
        types = _types(warehouse, table, embedded=embedded)
        if not types:
            return None
        return _embedded(warehouse, table, types) if embedded else _snowflake(warehouse, table, types)
    except UnreachableError:
        raise
    except PerfweekError:
        return None


def _types(warehouse: Warehouse, table: Sequence[str], *, embedded: bool) -> dict[str, str]:
    sql = f"select column_name, data_type from {_catalog(table)}information_schema.columns {_OF_TABLE} order by ordinal_position"
    rows = warehouse.query(sql, _values(table), TAG).to_pylist()
    if embedded:
        return {_stored(row["column_name"]): _snowflake_type(row["data_type"]) for row in rows}
    return {row["column_name"]: row["data_type"] for row in rows}


def _embedded(warehouse: Warehouse, table: Sequence[str], types: Mapping[str, str]) -> Described:
    where = literal(quoted_table(table).sql("snowflake"))
    segments = warehouse.query(_SEGMENTS.format(table=where), tag=TAG).to_pylist()
    sizes = column_sizes((row["column_name"], row["block_id"], row["block_offset"], row["long_strings"]) for row in segments)
    groups: dict[int, int] = {}
    for row in segments:
        if row["column_id"] == 0 and row["segment_type"] != "VALIDITY":
            groups[row["row_group_id"]] = groups.get(row["row_group_id"], 0) + row["count"]
    full = max(groups.values(), default=0)
    return Described(types, sum(groups.values()), sum(sizes.values()), len(groups), full)


def _snowflake(warehouse: Warehouse, table: Sequence[str], types: Mapping[str, str]) -> Described:
    sql = f"select row_count, bytes, table_type, clustering_key from {_catalog(table)}information_schema.tables {_OF_TABLE}"
    rows = warehouse.query(sql, _values(table), TAG).to_pylist()
    found = rows[0] if rows else {}
    key = str(found.get("clustering_key") or "")
    version = _version(warehouse, table) if key else ""
    return Described(types, int(found.get("row_count") or 0), int(found.get("bytes") or 0), 0, 0, key, version, str(found.get("table_type") or ""))


def _version(warehouse: Warehouse, table: Sequence[str]) -> str:
    """OPTIMA or CLASSIC; '' where the warehouse does not say: an older one, or a role without the right to ask."""
    try:
        rows = warehouse.query(f"select system$clustering_information({literal(quoted_table(table).sql('snowflake'))}) as found", tag=TAG).to_pylist()
        return str(json.loads(rows[0]["found"]).get("version", "")).upper()
    except (PerfweekError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""


def _catalog(table: Sequence[str]) -> str:
    return f"{exp.to_identifier(table[-3], quoted=True).sql('snowflake')}." if len(table) > 2 else ""


def _values(table: Sequence[str]) -> dict[str, object]:
    return {"name": table[-1].lower(), "schema": table[-2].lower() if len(table) > 1 else ""}


def _stored(name: str) -> str:
    """A plain name as Snowflake would store it: in capitals."""
    return name.upper() if name == name.lower() and name.isidentifier() else name


def _snowflake_type(kind: str) -> str:
    try:
        return exp.DataType.build(kind, dialect="duckdb").sql("snowflake")
    except SqlglotError:
        return kind
