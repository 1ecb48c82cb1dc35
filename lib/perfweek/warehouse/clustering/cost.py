"""What clustering a table costs: once, and for keeping it in order while rows come in.

Optima is billed by volume: uncompressed gigabytes ingested x rate x overlap, and once for the table as it is when a key is set or changed;
Classic by serverless compute hours (docs.snowflake.com/en/user-guide/tables-auto-reclustering). The credits for a gigabyte are, the first
that is known: what this account paid for reclustering; the published rate; what its own writes take, times the serverless multiplier.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.clustering.keys import Key, Version
from perfweek.warehouse.prices import PRICES, Prices, credits_per_hour
from perfweek.warehouse.reuse.replay import written_tables

SPREAD_DAYS = 90.0
"""What is paid once is spread over so many days: a key that is not kept for a quarter is not worth judging by more."""
_GB, _HOUR_MS, _DAY_S = 1e9, 3_600_000.0, 86_400.0
_TIMES = ("DATE", "TIMESTAMP", "DATETIME", "TIME")


@dataclass(frozen=True)
class Rate:
    """Credits for a gigabyte, NaN where nothing tells; `basis` says what it was taken from; `uncompressed`: of bytes before compression."""

    credits_per_gb: float
    basis: str
    uncompressed: bool = False


@dataclass(frozen=True)
class ClusteringCost:
    """Credits: `once` for the whole table, `kept` for the rows that come in over the history's days; NaN where they cannot be told.
    `rows_changed`: rows added and updated over those days, NaN where nothing tells; `overlap`: which part of them has to be put in order,
    at most."""

    version: Version
    once: float
    kept: float
    rows_changed: float
    overlap: float
    days: float
    rate: Rate

    @property
    def over_the_history(self) -> float:
        """What the history's days bear: a part of `once`, and `kept`; 0 for what cannot be told."""
        parts = (self.once * self.days / SPREAD_DAYS, self.kept)
        return sum(part for part in parts if not math.isnan(part))


def version_of(table: KnownTable) -> Version:
    """Which clustering a new key would have: a table that is clustered stays with its own, any other gets Optima (since September 2026)."""
    return "CLASSIC" if table.key_now and table.version != "OPTIMA" else "OPTIMA"


def cost_of_clustering(
    table: KnownTable,
    keys: tuple[Key, ...],
    answers: Mapping[str, pd.DataFrame],
    days: float,
    prices: Prices = PRICES,
) -> ClusteringCost:
    """`answers`: of a look at the history (clustering_spent, table_dml, written; missing ones count as empty); `days` that it spans."""
    version = version_of(table)
    rate = _rate(answers, version, prices)
    changed = rows_changed(table, answers)
    overlap = _overlap(table, keys, answers)
    gigabytes = _gigabytes(table, rate)
    once = gigabytes * rate.credits_per_gb
    kept = 0.0 if changed == 0 else once * changed / max(1, table.rows) * overlap
    return ClusteringCost(version, once, kept, changed, overlap, days, rate)


def rows_changed(table: KnownTable, answers: Mapping[str, pd.DataFrame]) -> float:
    """Rows added and updated over the history: from TABLE_DML_HISTORY, else from the statements that name the table; NaN without either."""
    known = answers.get("table_dml", pd.DataFrame())
    if len(known):
        rows = _of_table(known, table)
        return float((rows["rows_added"] + rows["rows_updated"]).sum())
    written = answers.get("written", pd.DataFrame())
    if written.empty:
        return 0.0 if "written" in answers else math.nan
    here = written["query_text"].map(lambda text: table.name[-1].lower() in written_tables([text or ""]))
    return float(written.loc[here, "rows_changed"].fillna(0).sum())


def _rate(answers: Mapping[str, pd.DataFrame], version: Version, prices: Prices) -> Rate:
    spent = answers.get("clustering_spent", pd.DataFrame())
    if len(spent):
        spent = spent[spent["version"].fillna("CLASSIC").str.upper() == version]
    if len(spent) and float(spent["bytes_reclustered"].sum()) > 0:
        paid = float(spent["credits"].sum()) / (float(spent["bytes_reclustered"].sum()) / _GB)
        return Rate(paid, f"what this account paid for {version.title()} clustering")
    if version == "OPTIMA" and not math.isnan(prices.optima_credits_per_gb):
        return Rate(prices.optima_credits_per_gb, f"the rate published on {prices.as_of}", uncompressed=True)
    return _by_own_writes(answers.get("written", pd.DataFrame()), prices)


def _by_own_writes(written: pd.DataFrame, prices: Prices) -> Rate:
    if written.empty:
        return Rate(math.nan, "nothing tells what rewriting a gigabyte takes")
    rates = [credits_per_hour(size, kind) for size, kind in zip(written["warehouse_size"], written["warehouse_type"], strict=True)]
    credits = written["execution_ms"].astype(float) / _HOUR_MS * rates
    known = credits.notna() & (written["bytes_written"].fillna(0) > 0)
    if not known.any():
        return Rate(math.nan, "no write says how many bytes it wrote on a warehouse of a known rate")
    paid = float(credits[known].sum()) / (float(written.loc[known, "bytes_written"].sum()) / _GB)
    return Rate(paid * prices.clustering_multiplier, f"what this account's own writes take, times {prices.clustering_multiplier:g}")


def _overlap(table: KnownTable, keys: tuple[Key, ...], answers: Mapping[str, pd.DataFrame]) -> float:
    """At most 1. Where rows are only added and the key begins with a time, they come in about in order: Snowflake names a factor near 0, and
    half is taken, for it is not seen which times come in."""
    known = answers.get("table_dml", pd.DataFrame())
    rows = _of_table(known, table) if len(known) else known
    only_added = len(rows) > 0 and not float((rows["rows_updated"] + rows["rows_removed"]).sum())
    kinds = {name.lower(): kind.upper() for name, kind in table.types.items()}
    return 0.5 if only_added and kinds.get(keys[0].column, "").startswith(_TIMES) else 1.0


def _gigabytes(table: KnownTable, rate: Rate) -> float:
    if not rate.uncompressed or not table.sample.num_rows or not table.sample.num_columns:
        return table.bytes / _GB
    per_row = table.sample.nbytes / table.sample.num_rows * len(table.types) / table.sample.num_columns
    return table.rows * per_row / _GB


def _of_table(rows: pd.DataFrame, table: KnownTable) -> pd.DataFrame:
    wanted = [part.lower() for part in table.name]
    names = ("table_name", "schema_name", "database_name")
    here = pd.Series(True, index=rows.index)
    for column, part in zip(names, reversed(wanted), strict=False):
        here &= rows[column].str.lower() == part
    return rows[here]
