"""What the tables of a script are like: rows, content and order on the embedded engine, rows and clustering key on Snowflake."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp

from perfweek.runbook.books.sql_script import Script
from perfweek.runbook.step import State
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.interface import Warehouse

TAG = {"route": "perfweek runbook warehouse-change"}
_KEY = "select row_count as n, clustering_key as key from {catalog}information_schema.tables where table_name = %(name)s"


def states(warehouse: Warehouse, script: Script) -> dict[str, dict[str, Any] | None]:
    """table -> its state, None for one that is not there."""
    return {name: _state(warehouse, name) for name in script.tables}


def problems(warehouse: Warehouse, script: Script, before: State, now: State) -> list[str]:
    """What is not as the script leaves it, in sentences; none where all is well."""
    found = [f"{name} is not there." for name in script.tables if now[name] is None]
    if found:
        return found
    if script.keeps_rows and script.changed:
        first = before[script.changed[0]] or {}
        for name in (*script.changed, *script.made):
            found += _lost(name, (before[name] or {}) if name in script.changed else first, now[name] or {})
    for name, order in script.orders.items():
        if isinstance(warehouse, EmbeddedWarehouse) and (wrong := _out_of_order(warehouse, name, order)):
            found.append(f"{name} has {wrong:,} rows out of order.")
    for name, key in script.keys.items():
        stated = (now[name] or {}).get("key") or ""
        if normal_key(stated) != normal_key(f"({', '.join(key)})"):
            found.append(f"{name} has the clustering key {stated or 'none'}.")
    return found


def normal_key(stated: str) -> str:
    """A clustering key as Snowflake states it ('LINEAR(a, to_date(b))') or as a script writes it, for comparison."""
    return re.sub(r"\s+", "", stated).removeprefix("LINEAR").lower()


def _lost(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Rows or content that are not those of before."""
    if before.get("rows") != now.get("rows"):
        return [f"{name} has {now.get('rows') or 0:,} rows, before {before.get('rows') or 0:,}."]
    return [f"{name} has other rows than before."] if before.get("content") != now.get("content") else []


def _state(warehouse: Warehouse, name: str) -> dict[str, Any] | None:
    return _embedded_state(warehouse, name) if isinstance(warehouse, EmbeddedWarehouse) else _snowflake_state(warehouse, name)


def _embedded_state(warehouse: Warehouse, name: str) -> dict[str, Any] | None:
    """`content` is the same in any order of the rows, `placed` in this order only."""
    *schema, table = _parts(name)
    condition = "lower(table_name) = lower(%(name)s)" + (" and lower(table_schema) = lower(%(schema)s)" if schema else "")
    asked = f"select table_name from information_schema.tables where {condition}"
    known = warehouse.query(asked, {"name": table, "schema": "".join(schema[-1:])}, TAG)
    if not known.num_rows:
        return None
    digests = "cast(sum(hash(row_)) as varchar) as content, cast(sum(hash(row_, rowid)) as varchar) as placed"
    row = warehouse.query(f"select count(*) as n, {digests} from {name} as row_", tag=TAG).to_pylist()[0]
    return {"rows": row["n"], "content": row["content"], "placed": row["placed"]}


def _snowflake_state(warehouse: Warehouse, name: str) -> dict[str, Any] | None:
    *schema, table = _parts(name)
    catalog = f"{exp.to_identifier(schema[-2], quoted=True).sql('snowflake')}." if len(schema) > 1 else ""
    sql = _KEY.format(catalog=catalog) + (" and table_schema = %(schema)s" if schema else "")
    rows = warehouse.query(sql, {"name": table, "schema": "".join(schema[-1:])}, TAG).to_pylist()
    return {"rows": rows[0]["n"], "key": rows[0]["key"] or ""} if rows else None


def _parts(name: str) -> list[str]:
    """The parts of a table's name as the catalogue spells them: in capitals, unless they were quoted."""
    table = sqlglot.parse_one(name, read="snowflake", into=exp.Table)
    return [part.name if part.args.get("quoted") else part.name.upper() for part in table.parts]


def _out_of_order(warehouse: Warehouse, name: str, order: Sequence[str]) -> int:
    """How many rows come before the row that lies before them. Rows with a null in the order are not judged."""
    columns = ", ".join(f"{term} as k{place}, lag({term}) over (order by rowid) as b{place}" for place, term in enumerate(order))
    equal = [" and ".join(f"k{before} = b{before}" for before in range(place)) or "true" for place in range(len(order))]
    wrong = " or ".join(f"({same} and k{place} < b{place})" for place, same in enumerate(equal))
    return int(warehouse.query(f"select count(*) as n from (select {columns} from {name}) where {wrong}", tag=TAG)["n"][0].as_py())
