"""What a view is worth over the time that the history spans: runs x (cost on the tables - cost on the view) - refreshing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from perfweek.warehouse.advisers.finding import Unit
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.fingerprint import fingerprint
from perfweek.warehouse.shapes import read_shape
from perfweek.warehouse.views.members import Member
from perfweek.warehouse.views.reading import Template, kind_of
from perfweek.warehouse.views.sizing import Groups

_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE_TABLE", "CREATE_TABLE_AS_SELECT", "MULTI_STATEMENT")


@dataclass(frozen=True)
class Writes:
    """Statements that changed the tables over the time of the history (or hours in which any did), and the rows that they changed; `source` says
    where that is known from."""

    statements: float
    rows: float
    source: str = "the texts of the statements"


@dataclass(frozen=True)
class Worth:
    """The saving without refreshing, and what refreshing costs for `writes`, in `unit` over the time of the history. `now`: what the statements
    take; `each_ms`: what one of them takes on average, and is expected to take then: now, low, likely, high."""

    low: float
    likely: float
    high: float
    refresh: float
    now: float
    unit: Unit
    writes: Writes
    each_ms: tuple[float, float, float, float]

    @property
    def net(self) -> float:
        return self.likely - self.refresh


@dataclass(frozen=True)
class Prices:
    """`unit`: credits where they may be ranked by, else seconds of execution; `by_id`: units per second of a fingerprint's statements;
    `floor_s`: what the shortest statement that reads a table takes, which no view saves, and `usual_floor_s`: the median of the shortest shape;
    `stand_for`: statements of the history that each kept one stands for."""

    unit: Unit
    by_id: Mapping[str, float]
    floor_s: float
    usual_floor_s: float
    stand_for: float

    def rate(self, template: Template) -> float:
        return self.by_id.get(template.id, 1.0 if self.unit == "s" else 0.0)


def prices_of(material: Material) -> Prices:
    """From the look's costs and the statements' times."""
    statements, look = material.statements, material.look
    reads = statements[(statements["partitions_total"].fillna(0) > 0) & (statements["execution_time"].fillna(0) > 0)]
    floor = float(reads["execution_time"].min()) / 1000 if len(reads) else 0.0
    kinds = {text: kind_of(str(text)) for text in reads["query_text"].dropna().unique()}
    usual = float(reads.groupby(reads["query_text"].map(kinds))["execution_time"].median().min()) / 1000 if kinds else 0.0
    stand_for = max(1.0, look.queries / max(1, len(statements)))
    if not look.cost.ranked:
        return Prices("s", {}, floor, usual, stand_for)
    rows = look.fingerprints[look.fingerprints["execution_ms"] > 0]
    rates = rows["credits"].astype(float).fillna(0) / (rows["execution_ms"].astype(float) / 1000)
    return Prices("credits", dict(zip(rows["id"], rates, strict=True)), floor, usual, stand_for)


def writes_of(material: Material, tables: Sequence[str]) -> Writes:
    """What changed in the tables (qualified names, any case): from TABLE_DML_HISTORY where it was read, which knows the writes of everybody; else
    what the history's own statements changed, as far as they tell rows."""
    known = material.look.answers.get("table_dml", pd.DataFrame())
    return _from_dml(known, tables) if len(known) else _from_texts(material, tables)


def _from_dml(known: pd.DataFrame, tables: Sequence[str]) -> Writes:
    names = known[["database_name", "schema_name", "table_name"]].fillna("").astype(str).agg(".".join, axis=1).str.lower()
    wanted = tuple(f".{name.lower()}" for name in tables)
    rows = known[("." + names).str.endswith(wanted)]
    changed = float(rows[["rows_added", "rows_removed", "rows_updated"]].fillna(0).to_numpy().sum())
    return Writes(float(rows["hours"].fillna(0).sum()), changed, "TABLE_DML_HISTORY")


def _from_texts(material: Material, tables: Sequence[str]) -> Writes:
    statements = material.statements
    changed = statements[statements["query_type"].fillna("").str.upper().isin(_CHANGES) & statements["query_text"].notna()]
    wanted = {name.lower() for name in tables}
    texts = {text: bool(wanted & written_by(str(text))) for text in changed["query_text"].unique()[:5000]}
    rows = changed[changed["query_text"].map(texts).fillna(False).astype(bool)]
    stand_for = max(1.0, material.look.queries / max(1, len(statements)))
    return Writes(stand_for * len(rows), stand_for * float(rows["rows_produced"].fillna(0).sum()))


def written_by(text: str) -> set[str]:
    """The tables that a text changes, in lower case; a shard by its own number."""
    shape = read_shape(fingerprint(text))
    shards = {word.strip('";,()').lower() for word in text.split() if "_" in word}
    return {name for name in shape.written if not name.endswith("_0")} | {
        word for word in shards if any(_shard(word, name) for name in shape.written)
    }


def worth_of(members: Sequence[Member], groups: Groups, writes: Writes, prices: Prices) -> Worth:
    """A statement's time beyond the floor is taken to be in proportion to the rows that it reads. `likely`: the view is read whole and has as many
    rows as estimated; `low`: the most rows, the usual floor, and a statement of several blocks keeps its time; `high`: the fewest, no floor."""
    runs = [(member.template.count * prices.stand_for, prices.rate(member.template), _each(member, groups, prices)) for member in members]
    low, likely, high = (sum(count * rate * each.saved[place] for count, rate, each in runs) for place in range(3))
    now = sum(count * rate * each.now for count, rate, each in runs)
    per_row = max((rate * each.now / each.read for _, rate, each in runs), default=0.0)
    rate = max((rate for _, rate, _ in runs), default=0.0)
    refresh = writes.statements * prices.floor_s * rate + writes.rows * per_row
    total = sum(count for count, _, _ in runs) or 1.0
    mean, *saved = (1000 * sum(count * value for count, value in pairs) / total for pairs in _columns(runs))
    return Worth(low, likely, high, refresh, now, prices.unit, writes, (mean, mean - saved[2], mean - saved[1], mean - saved[0]))


@dataclass(frozen=True)
class Each:
    """One statement of a member, in seconds: what it takes `now` to read so many rows, and what is `saved` of that: low, likely, high."""

    now: float
    read: float
    saved: tuple[float, float, float]


def _each(member: Member, groups: Groups, prices: Prices) -> Each:
    template = member.template
    each = template.execution_ms / 1000 / max(1, template.count)
    read = max(1.0, groups.rows * (template.scanned / template.total if template.total else 1.0))
    whole = alone(member)
    low = max(0.0, each - prices.usual_floor_s) * _left(groups.high / read) * (1.0 if whole else 0.0)
    likely = max(0.0, each - prices.floor_s) * _left(groups.likely / read) * (1.0 if whole else 0.5)
    return Each(each, read, (low, likely, each * _left(groups.low / read)))


def _columns(runs: Sequence[tuple[float, float, Each]]) -> list[list[tuple[float, float]]]:
    """Pairs of (statements, seconds): what they take now, then what is saved of it: low, likely, high."""
    return [[(count, each.now) for count, _, each in runs], *([(count, each.saved[place]) for count, _, each in runs] for place in range(3))]


def alone(member: Member) -> bool:
    """Whether the block is all that its statement reads."""
    return len(list(member.template.marked.find_all(type(member.block.select)))) == 1


def _left(ratio: float) -> float:
    return max(0.0, 1.0 - ratio)


def _shard(word: str, name: str) -> bool:
    stem, _, number = word.rpartition("_")
    return number.isdigit() and name == f"{stem}_0"
