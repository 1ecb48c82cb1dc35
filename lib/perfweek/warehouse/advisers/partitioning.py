"""Tables to divide: external tables by the columns that statements restrict, and very large ones whose statements read recent rows only.

Snowflake divides its own tables into micro-partitions itself, and clustering orders them; what can be divided by hand are the files of an
external table (docs.snowflake.com/en/user-guide/tables-external-intro), and a table whose old rows nobody reads, into two.
"""

import re

import numpy as np

from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.clustering.candidates import coarser, distinct, filter_columns
from perfweek.warehouse.clustering.judgements import sample_of
from perfweek.warehouse.clustering.keys import Key, key_values
from perfweek.warehouse.clustering.layouts import Sample
from perfweek.warehouse.conditions import Restriction, Value
from perfweek.warehouse.names import literal, slug, written_name, written_table
from perfweek.warehouse.tableuse import TableUse, table_uses
from perfweek.wording import listed, percent

LARGE_BYTES, LARGE_PARTITIONS = 1e12, 50_000
MOST_SHARE = 0.8
"""A time column is shared where so much of the execution time restricts it."""
MOST_READ = 0.5
"""Dividing is worth it where at most so many of the rows are read."""
MOST_FOLDERS = 10_000
_EXTERNAL = re.compile(r"create\s+(?:or\s+replace\s+)?external\s+table\s+(?:if\s+not\s+exists\s+)?([\w$.\"]+)", re.IGNORECASE)
_DIVIDED = re.compile(r"\bpartition\s+by\s*\(", re.IGNORECASE)


def advise(material: Material) -> list[Finding]:
    """A finding for each external table without partition columns that statements restrict, and for each very large table whose old rows are not
    read. The embedded engine has neither."""
    if material.statements.empty:
        return []
    uses = [use for use in table_uses(material.statements, material.schema) if use.weights]
    external = _external(material)
    found = [_of_external(use, material.tables.get(use.name)) for use in uses if external.get(use.name.rpartition(".")[2]) is False]
    found += [_of_large(use, table) for use in uses if (table := material.tables.get(use.name)) and _is_large(use, table)]
    return [finding for finding in found if finding]


def read_share(sample: Sample, use: TableUse, key: Key) -> float:
    """The share of rows in the folders of `key` that a statement opens, weighted by execution time."""
    values = key_values(sample.columns[key.column], key)
    _, places, sizes = np.unique(values, return_inverse=True, return_counts=True)
    codes = sample.columns[key.column].values
    least, greatest = np.full(len(sizes), np.inf), np.full(len(sizes), -np.inf)
    np.minimum.at(least, places, codes)
    np.maximum.at(greatest, places, codes)
    total = opened = 0.0
    for asked in use.statements:
        limits = [limit for leaf, limit in sample.question(Restriction(asked.restriction.condition)).limits.items() if leaf.column == key.column]
        inside = np.ones(len(sizes), dtype=bool)
        if asked.restriction.ranges.get(key.column):
            for limit in limits[:2]:
                inside &= (least <= limit.high) & (greatest >= limit.low)
        opened += asked.execution_ms * float(sizes[inside].sum()) / max(1, sample.rows)
        total += asked.execution_ms
    return opened / total if total else 1.0


def _external(material: Material) -> dict[str, bool]:
    """Last part of an external table's name -> whether its definition, where the history has it, divides its files."""
    found = {table.name[-1].lower(): False for table in material.tables.values() if table.kind.upper() == "EXTERNAL TABLE"}
    texts = material.statements["query_text"].dropna().drop_duplicates()
    for text in texts[texts.map(lambda text: bool(_EXTERNAL.search(text)))]:
        for name in _EXTERNAL.findall(text):
            found[name.replace('"', "").rpartition(".")[2].lower()] = bool(_DIVIDED.search(text))
    return found


def _of_external(use: TableUse, table: KnownTable | None) -> Finding | None:
    seconds = use.execution_ms / 1000
    columns = sorted(use.weights, key=lambda name: -use.weights[name])[:2]
    title = f"divide the files of {use.name} by {listed(columns)}"
    likely, how = 0.0, "how much would be left unread: nobody could look at its rows"
    if table is not None and table.sample.num_rows:
        key, share = _best_folder(use, sample_of(table, use))
        title, likely = f"divide the files of {use.name} by {key}", seconds * (1 - share)
        how = f"small files, which slow an external table down: {key} has {distinct(sample_of(table, use), key):,} values in the sample"
    return Finding(
        adviser="partitioning",
        title=title,
        low=0.0,
        likely=likely,
        high=seconds,
        unit="s",
        confidence="simulated" if likely else "estimated",
        evidence=f"an external table without partition columns; statements restrict it by {listed(columns)} and took {seconds:,.1f} s",
        assumes="a statement's time is in proportion to the rows in the folders that it opens",
        cannot_judge=f"{how}; the files have to be written into folders by it first, and the table created anew with columns from their paths",
    )


def _best_folder(use: TableUse, sample: Sample) -> tuple[Key, float]:
    keys = [key for column in filter_columns(use, sample) for key in (Key(column), *coarser(sample, column))]
    few = [key for key in keys if distinct(sample, key) <= MOST_FOLDERS] or keys
    shares = {key: read_share(sample, use, key) for key in few}
    best = min(few, key=lambda key: (round(shares[key], 2), distinct(sample, key)))
    return best, shares[best]


def _is_large(use: TableUse, table: KnownTable) -> bool:
    partitions = table.partitions or use.partitions
    return table.kind.upper() in ("", "TABLE", "BASE TABLE") and (table.bytes >= LARGE_BYTES or partitions >= LARGE_PARTITIONS)


def _of_large(use: TableUse, table: KnownTable) -> Finding | None:
    """Where nearly all time restricts one time column, from some time on, and few rows are that new."""
    sample = sample_of(table, use)
    times = [name for name in filter_columns(use, sample) if sample.columns[name].time and use.weights[name] >= MOST_SHARE * use.execution_ms]
    if not times:
        return None
    column = times[0]
    lows = {asked.restriction.ranges[column].low for asked in use.statements if column in asked.restriction.ranges}
    starts = [low for low in lows if low is not None and not np.isnan(sample.columns[column].of(low))]
    if not starts or None in lows:
        return None
    cut: Value = min(starts, key=sample.columns[column].of)
    values = sample.columns[column].values
    read = float((values >= sample.columns[column].of(cut)).sum()) / max(1, len(values))
    spared = sum(asked.execution_ms * max(0.0, asked.scanned / asked.total - read) for asked in use.statements if asked.alone) / 1000
    if read > MOST_READ or spared <= 0:
        return None
    return Finding(
        adviser="partitioning",
        title=f"keep rows of {use.name} from before {cut} apart",
        low=0.0,
        likely=spared,
        high=use.execution_ms / 1000,
        unit="s",
        confidence="estimated",
        evidence=f"{percent(use.weights[column] / use.execution_ms)} of its statements' time restricts {column}, never to before {cut}; "
        f"{percent(read)} of the sampled rows are that new; the table has {table.bytes / 1e12:,.2f} TB in "
        f"{table.partitions or use.partitions:,} partitions",
        assumes="a statement's time is in proportion to the partitions that it scans",
        cannot_judge="statements that the history does not hold, such as those of a month's or a year's end; what clustering would spare of the same",
        change=_divided(table, use.columns[column], str(cut)),
    )


def _divided(table: KnownTable, column: str, cut: str) -> Change:
    name, old, every = (written_table((*table.name[:-1], f"{table.name[-1]}{end}")) for end in ("", "__OLD", "__ALL"))
    before = f"{written_name(column)} < {literal(cut)}"
    return Change(
        name=slug(f"divide-{table.name[-1]}"),
        apply=(
            f"create table if not exists {old} like {name}",
            "begin",
            f"insert into {old} select * from {name} where {before}",
            f"delete from {name} where {before}",
            "commit",
            f"create view if not exists {every} as select * from {name} union all select * from {old}",
        ),
        verify=(f"select count(*) as rows_left, count_if({before}) as rows_too_old from {name}", f"select count(*) as rows_of_both from {every}"),
        rollback=(
            f"create table if not exists {old} like {name}",
            "begin",
            f"insert into {name} select * from {old}",
            f"delete from {old}",
            "commit",
            f"drop view if exists {every}",
            f"drop table if exists {old}",
        ),
        costs="Both parts are written once on a warehouse of your own, and kept twice as long as Time Travel and Fail-safe keep what was deleted.",
        grants=(f"insert and delete on table {name}", "create table and create view on its schema"),
        former="all rows in one table",
        warning="Stop what writes rows from before that time first: one that comes in between copying and deleting is lost. Statements that ask "
        "for older rows must name the view; rows come back in another order, with the clustering to be paid again.",
    )
