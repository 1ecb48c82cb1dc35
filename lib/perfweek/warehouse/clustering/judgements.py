"""The tables of a history and the clustering key that is best for each: what the adviser, the report and the proof share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.clustering.cost import ClusteringCost, cost_of_clustering, version_of
from perfweek.warehouse.clustering.judgement import Advice, Share, advise
from perfweek.warehouse.clustering.layouts import Sample
from perfweek.warehouse.fingerprint import digest, fingerprint
from perfweek.warehouse.look import Look
from perfweek.warehouse.tableuse import TableUse, table_uses

NATIVE, TEXTS = "COLUMN_QUERY_PRUNING_HISTORY", "the texts of the statements"
FEWEST_PARTITIONS = 2


@dataclass(frozen=True)
class Judgement:
    """One table: what is known of it, how it is used, the keys that were judged, what the chosen one costs; `columns_from`: where it is known from
    which columns restrict it; `credits_per_s`: what a second of its statements costs, NaN where nothing is metered; `scale`: all
    statements' time over that of the statements judged; `fingerprints` of those that it helps."""

    table: KnownTable
    use: TableUse
    sample: Sample
    advice: Advice
    cost: ClusteringCost
    columns_from: str
    credits_per_s: float
    scale: float
    fingerprints: tuple[str, ...]

    @property
    def spared_s(self) -> Share:
        """Seconds of execution that the chosen key spares over the history."""
        saved = self.advice.saved
        return Share(*(part / 1000 * self.scale for part in (saved.low, saved.likely, saved.high)))


def judgements(material: Material) -> list[Judgement]:
    """One for each table that was asked, that statements restrict and that has more than one partition; the most time first."""
    uses = table_uses(material.statements, material.schema) if len(material.statements) else []
    asked = [(use, material.tables[use.name]) for use in uses if use.name in material.tables]
    return [judge(material, use, table) for use, table in asked if _can_be(use, table)]


def judge(material: Material, use: TableUse, table: KnownTable) -> Judgement:
    """The best key of one table."""
    weighted, source = with_native_weights(use, material.look.answers)
    sample = sample_of(table, weighted)
    weighted = replace(weighted, partitions=partitions_of(table, weighted))
    advice = advise(weighted, sample, material.statements, version_of(table), stops=material.engine == "embedded")
    cost = cost_of_clustering(table, advice.chosen.keys, material.look.answers, span_days(material.look))
    ids = _fingerprints(weighted)
    credits_per_s, scale = _paid(material.look, weighted, ids)
    return Judgement(table, weighted, sample, advice, cost, source, credits_per_s, scale, ids)


def sample_of(table: KnownTable, use: TableUse) -> Sample:
    """The sample as the simulation wants it, with the columns that statements restrict or join by."""
    frame = table.sample.to_pandas(date_as_object=False)
    frame.columns = [str(name).lower() for name in frame.columns]
    wanted = [name for name in frame.columns if name in use.weights or name in use.joined]
    bounds = {name.lower(): ends for name, ends in table.bounds.items()}
    return Sample.of(frame[wanted], bounds, table.share, partitions_of(table, use), table.partition_rows)


def partitions_of(table: KnownTable, use: TableUse) -> int:
    """How many it has when it is written anew: as stored some may be filled in part only. On Snowflake what scans of the table found."""
    if table.partition_rows:
        return -(-table.rows // table.partition_rows)
    return table.partitions or use.partitions


def with_native_weights(use: TableUse, answers: Mapping[str, pd.DataFrame]) -> tuple[TableUse, str]:
    """The execution time by column as Snowflake counted it from its plans, where it did; else as the texts tell."""
    rows = answers.get("column_pruning", pd.DataFrame())
    for column, part in zip(("table_name", "schema_name", "database_name"), reversed(use.table), strict=False):
        rows = rows[rows[column].str.lower() == part.lower()] if len(rows) else rows
    if rows.empty:
        return use, TEXTS
    names = {str(name).lower(): str(name) for name in rows["column_name"]}
    weights, joined = (_times(rows[rows["access_type"] == kind]) for kind in ("WHERE", "JOIN"))
    return replace(use, weights=weights, joined=joined, columns=names | dict(use.columns)), NATIVE


def _times(rows: pd.DataFrame) -> dict[str, float]:
    """Execution time by column in lower case."""
    return {str(name): float(ms) for name, ms in rows.groupby(rows["column_name"].str.lower())["execution_ms"].sum().items()}


def span_days(look: Look) -> float:
    """How many days the history spans."""
    load = look.answers["load_by_hour"]
    last = load["last_end"].max()
    span = (load["hour_start"].max() if pd.isna(last) else last) - load["first_start"].min()
    return float(max(span.total_seconds(), 1.0) / 86_400)


def _can_be(use: TableUse, table: KnownTable) -> bool:
    sampled = {str(name).lower() for name in table.sample.column_names}
    restricted = (set(use.weights) | set(use.joined)) & sampled
    return bool(restricted) and (table.partitions or use.partitions) >= FEWEST_PARTITIONS and table.sample.num_rows > 0 and _is_table(table)


def _is_table(table: KnownTable) -> bool:
    return table.kind.upper() in ("", "TABLE", "BASE TABLE", "TRANSIENT TABLE")


def _fingerprints(use: TableUse) -> tuple[str, ...]:
    texts = {asked.values.rpartition("\n")[0] for asked in use.statements if asked.restriction.ranges}
    return tuple(sorted({digest(fingerprint(text)) for text in texts}))


def _paid(look: Look, use: TableUse, ids: tuple[str, ...]) -> tuple[float, float]:
    """Credits a second of these fingerprints' statements, and how much time all of them took beside those that were judged."""
    rows = look.fingerprints[look.fingerprints["id"].isin(ids)]
    time_ms = float(rows["execution_ms"].sum())
    judged_ms = sum(asked.execution_ms for asked in use.statements if asked.restriction.ranges)
    scale = max(1.0, time_ms / judged_ms) if judged_ms > 0 and time_ms > 0 else 1.0
    paid = float(rows["credits"].sum(min_count=1)) if look.cost.ranked else float("nan")
    return (paid / (time_ms / 1000) if time_ms > 0 else float("nan")), scale
