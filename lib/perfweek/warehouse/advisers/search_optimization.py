"""Which searches for few rows a search access path could answer.

A search is worth it where statements run for seconds, return few rows and read many partitions (docs.snowflake.com/en/user-guide/
search-optimization/queries-that-benefit); at best each row that is found lies in a partition of its own, and no other is read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.clustering.change import last_hour
from perfweek.warehouse.names import literal, slug, written_table
from perfweek.warehouse.searches import Search, native_search, searches_of
from perfweek.warehouse.tableuse import Asked, TableUse, table_uses
from perfweek.warehouse.templates import templates_of
from perfweek.wording import count, listed, number

FEWEST_SECONDS = 1.0
"""Faster statements are hardly helped."""
MOST_ROWS = 1000
FEWEST_VALUES = 100_000
"""A column should have about so many distinct values."""
_KINDS = ("", "TABLE", "BASE TABLE")
_APPROXIMATE = ("FLOAT", "DOUBLE", "REAL")
_TEXTS = ("TEXT", "VARCHAR", "CHAR", "STRING", "VARIANT")
NONE_EMBEDDED = "the embedded engine has no search access paths: nothing can be tried here"


@dataclass(frozen=True)
class Searched:
    """What statements of one table search for, and the seconds that run for it: `likely_s` of them for partitions that hold no row found."""

    table: tuple[str, ...]
    searches: tuple[Search, ...]
    statements: float
    seconds: float
    likely_s: float
    source: str


def advise(material: Material) -> list[Finding]:
    """A finding for each table that slow searches for few rows read; by Snowflake's own column where it is granted, else by the texts."""
    uses = {use.name: use for use in (table_uses(material.statements, material.schema) if len(material.statements) else [])}
    found = _native(material.look.answers) or [one for use in uses.values() if (one := _from_texts(use, material))]
    return [_finding(one, material) for one in found if one.likely_s > 0]


def _from_texts(use: TableUse, material: Material) -> Searched | None:
    table = material.tables.get(use.name)
    totals: dict[Search, float] = {}
    statements = seconds = likely = 0.0
    for asked in use.statements:
        found = [search for search in _searches(asked, use, material) if _can_be_optimized(search, table)]
        if not found or not _is_slow_search(asked, material.engine):
            continue
        best = found[0]
        totals[best] = totals.get(best, 0.0) + asked.execution_ms
        statements += asked.count
        seconds += asked.execution_ms / 1000
        likely += asked.execution_ms / 1000 * max(0.0, 1 - max(1.0, asked.rows) / asked.scanned)
    ranked = tuple(sorted(totals, key=lambda search: -totals[search]))
    return Searched(use.table, ranked, statements, seconds, likely, "the texts of the statements") if ranked else None


def _searches(asked: Asked, use: TableUse, material: Material) -> Iterator[Search]:
    for template in templates_of(asked.values.rpartition("\n")[0], material.schema):
        if template.table == use.table:
            yield from searches_of(template.where)


def _is_slow_search(asked: Asked, engine: str) -> bool:
    mean_s = asked.execution_ms / 1000 / max(1.0, asked.count)
    return asked.alone and asked.scanned > 1 and asked.rows <= MOST_ROWS and (mean_s >= FEWEST_SECONDS or engine == "embedded")


def _can_be_optimized(search: Search, table: KnownTable | None) -> bool:
    return _is_supported(search, table) and _has_many_values(search, table) and not _leads_key(search, table)


def _is_supported(search: Search, table: KnownTable | None) -> bool:
    """No external table, no view, no approximate number, no part of what is no text (docs.snowflake.com/en/user-guide/search-optimization/
    queries-that-benefit); a path of a variant is taken at its word, and so is a column that nobody could ask for its type."""
    if table is None:
        return True
    if table.kind.upper() not in _KINDS:
        return False
    kind = {name.lower(): kind.upper() for name, kind in table.types.items()}.get(search.column, "")
    if not kind or ":" in search.target:
        return True
    return kind.startswith(_TEXTS) if search.method == "SUBSTRING" else not kind.startswith(_APPROXIMATE)


def _has_many_values(search: Search, table: KnownTable | None) -> bool:
    """By the sample: distinct values among the rows, grown by the share sampled where nearly each row has its own. Paths are not sampled."""
    exact = {str(name).lower(): str(name) for name in table.sample.column_names} if table else {}
    if table is None or search.column not in exact or ":" in search.target:
        return True
    values = table.sample.column(exact[search.column]).unique()
    rows = max(1, table.sample.num_rows)
    return (len(values) / max(table.share, 1e-9) if len(values) > rows / 2 else len(values)) >= FEWEST_VALUES


def _leads_key(search: Search, table: KnownTable | None) -> bool:
    key = "".join((table.key_now if table else "").split()).removeprefix("LINEAR").strip("()").lower()
    return key.split(",")[0] == search.column


def _native(answers: Mapping[str, pd.DataFrame]) -> list[Searched]:
    rows = answers.get("column_pruning", pd.DataFrame())
    if rows.empty or "expressions" not in rows:
        return []
    rows = rows[rows["expressions"].notna() & (rows["rows_matched"] <= MOST_ROWS * rows["queries"])]
    return [
        found for name, part in rows.groupby(["database_name", "schema_name", "table_name"]) if (found := _of_native(tuple(map(str, name)), part))
    ]


def _of_native(name: tuple[str, ...], rows: pd.DataFrame) -> Searched | None:
    searches: list[Search] = []
    seconds = likely = statements = 0.0
    for row in rows.sort_values("execution_ms", ascending=False).to_dict("records"):
        found = [search for text in _listed(row["expressions"]) if (search := native_search(text))]
        if not found or row["execution_ms"] / 1000 < FEWEST_SECONDS * row["queries"]:
            continue
        searches += found
        statements += float(row["queries"])
        seconds += float(row["execution_ms"]) / 1000
        needed = max(float(row["queries"]), float(row["rows_matched"])) / max(1.0, float(row["partitions_scanned"]))
        likely += float(row["execution_ms"]) / 1000 * max(0.0, 1 - needed)
    return Searched(name, tuple(dict.fromkeys(searches)), statements, seconds, likely, "COLUMN_QUERY_PRUNING_HISTORY") if searches else None


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _finding(one: Searched, material: Material) -> Finding:
    name, targets = written_table(one.table), ", ".join(map(str, one.searches))
    embedded = material.engine == "embedded"
    cannot = "what building and keeping the access path costs: ask Snowflake for its estimate (in the verify script); credits"
    return Finding(
        adviser="search optimization",
        title=f"{'on Snowflake: ' if embedded else ''}optimize searches of {'.'.join(one.table).lower()}: {targets}",
        low=0.0,
        likely=0.0 if embedded else one.likely_s,
        high=one.seconds,
        unit="s",
        confidence="estimated",
        evidence=f"{count(round(one.statements), 'statement')} that look for at most {MOST_ROWS:,} rows took {number(one.seconds)} s, "
        f"{number(one.likely_s)} s of it for partitions that hold none of them; known from {one.source}",
        assumes="each row that is found lies in a partition of its own, and a statement's time is in proportion to the partitions that it reads",
        cannot_judge=f"{NONE_EMBEDDED}; {cannot}" if embedded else cannot,
        change=None if embedded else _change(one, name, targets),
    )


def _change(one: Searched, name: str, targets: str) -> Change:
    estimates = [f"select system$estimate_search_optimization_costs({literal(name)}, {literal(str(search))}) as estimate" for search in one.searches]
    return Change(
        name=slug(f"search-{one.table[-1]}"),
        apply=(f"alter table {name} add search optimization on {targets}",),
        verify=(last_hour(one.table), *estimates, f"describe search optimization on {name}"),
        rollback=(f"alter table {name} drop search optimization on {targets}",),
        costs="Storage of the access path and serverless compute to build and keep it; Enterprise edition. The verify script asks for an estimate.",
        grants=(f"ownership on table {name}", "add search optimization on its schema"),
        session=("alter session set use_cached_result = false",),
        former=f"without search optimization on {listed([str(search) for search in one.searches])}, as far as the history tells",
        warning="What is optimized already, by another statement, is dropped by the rollback too: see what describe says first.",
    )
