"""A look at a history: its fingerprints, what they cost, the scorecard, and what would help.

Only answers to sql/history/ are read; the texts come one to a hash, so that little leaves the warehouse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pandas as pd

from perfweek.errors import EvidenceError, UnreadableError
from perfweek.warehouse.cost import Cost, cost_of
from perfweek.warehouse.fingerprint import fingerprint
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.scorecard import Score, scorecard
from perfweek.warehouse.shapes import Shape, read_shape
from perfweek.warehouse.sql import read_sql

EVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_TEXTS = 200_000
"""So many of the costliest texts are fingerprinted; the others are counted."""
MOST_ESTIMATED = 500_000
"""Working time is added up from so many statements where nothing is metered: it is shown beside a ranking, not ranked by."""
MOST_CHARACTERS = 1_000_000_000
"""Of all texts together, likewise."""
_TOO_LONG = f"More than {MOST_ESTIMATED:,} statements, or {MOST_CHARACTERS // 10**9} GB of texts: nothing is replayed in order."
ALWAYS = ("load_by_hour", "texts", "queueing", "failures", "written")
WORK = ("cost", "cost_of_texts")
IN_ORDER = ("runs", "executions")
"""Asked of histories of at most MOST_ESTIMATED statements and MOST_CHARACTERS: a replay needs every one."""
GRANTED = (
    *("metering", "attribution", "attribution_of_texts", "adaptive", "table_pruning", "column_pruning"),
    *("acceleration", "table_dml", "clustering_spent"),
)
"""Questions to views beside QUERY_HISTORY: asked where they are granted, else done without or derived from the texts."""
_SUMS = ("statements", "failed", "cut", "elapsed_ms", "execution_ms", "compilation_ms", "queued_ms")
_AMOUNTS = ("bytes_scanned", "partitions_scanned", "partitions_total", "spilled_local", "spilled_remote", "credits")
Hear = Callable[[str, float | None], None]
"""Told what is done, and how much of it (0 to 1; None: as much as before)."""
UNREAD = "unread"
"""Among the answers: question, remedy; 1 row per question that the role may not ask, or that there is no view for."""


@dataclass(frozen=True)
class Look:
    """`origin`: the file or connection; `fingerprints`: 1 row per fingerprint, costliest first (`shapes` has their parts by id);
    `unparsed`, `cut`, `several`: statements whose text cannot be parsed, is as long as Snowflake lets it be, holds several statements;
    `left_out`: statements whose text was too cheap, or too long, to be fingerprinted; `native`: questions that views beside QUERY_HISTORY answered;
    `unread`: those whose views are not there or not granted, with what grants them, where that is known."""

    origin: str
    queries: int
    fingerprints: pd.DataFrame
    shapes: Mapping[str, Shape]
    unparsed: int
    cut: int
    several: int
    left_out: int
    cost: Cost
    scores: list[Score]
    tables: pd.DataFrame
    answers: Mapping[str, pd.DataFrame] = field(repr=False)
    native: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def look_at(warehouse: Warehouse, since: datetime = EVER, hear: Hear | None = None, origin: str = "") -> Look:
    """Ask, fingerprint, add up. `hear` is told what is done and how much of it is (0 to 1). Raises EvidenceError for an empty history
    and WarehouseError where it cannot be read."""
    tell = hear or (lambda _what, _share: None)
    answers = ask(warehouse, since, tell)
    if answers["load_by_hour"].empty:
        raise EvidenceError("the query history holds no statement", origin or warehouse.engine, f"Its range begins {since:%Y-%m-%d}.")
    tell("fingerprints", 0.9)
    return look_of(answers, origin or warehouse.engine)


def look_of(answers: Mapping[str, pd.DataFrame], origin: str) -> Look:
    """The look that these answers of `ask` give; load_by_hour must not be empty."""
    load = answers["load_by_hour"]
    cost = cost_of(answers)
    texts = answers["texts"].merge(cost.of_texts, on="text_key", how="left")
    shapes = {key: read_shape(fingerprint(text or "")) for key, text in zip(texts["text_key"], texts["query_text"], strict=True)}
    known = texts.assign(id=texts["text_key"].map({key: shape.id for key, shape in shapes.items()}))
    rows = known.groupby("id")[[*_SUMS, *_AMOUNTS]].sum(min_count=1).reset_index()
    rows = rows.sort_values(["credits", "execution_ms", "id"] if cost.ranked else ["execution_ms", "id"], ascending=False, ignore_index=True)
    by_id = {shape.id: shape for shape in shapes.values()}
    counts = dict(zip(rows["id"], rows["statements"], strict=True))
    return Look(
        origin=origin,
        queries=int(load["statements"].sum()),
        fingerprints=rows,
        shapes=by_id,
        unparsed=int(sum(counts[name] for name, shape in by_id.items() if shape.problem)),
        cut=int(rows["cut"].sum()),
        several=int(sum(counts[name] for name, shape in by_id.items() if shape.statements > 1)),
        left_out=int(load["statements"].sum() - rows["statements"].sum()),
        cost=cost,
        scores=scorecard(answers["load_by_hour"], cost),
        tables=_tables(answers, rows, by_id),
        answers=answers,
        native=tuple(name for name in GRANTED if len(answers[name])),
        unread=dict(answers[UNREAD].itertuples(index=False)) if UNREAD in answers else {},
        notes=(*_notes(load), *_cut(answers)),
    )


def ask(warehouse: Warehouse, since: datetime, tell: Hear) -> dict[str, pd.DataFrame]:
    """The answers by name; one that is not granted is empty, and a row of UNREAD. Raises WarehouseError for any other failure."""
    answers: dict[str, pd.DataFrame] = {}
    unread: dict[str, str] = {}
    questions = (*ALWAYS, *GRANTED, *WORK, *IN_ORDER)
    for place, name in enumerate(questions):
        tell(name.replace("_", " "), 0.9 * place / len(questions))
        if (name in WORK and not _needs_work(answers)) or (name in IN_ORDER and not _is_short(answers)):
            continue
        values = {"since": since, "top": MOST_TEXTS}
        try:
            answers[name] = warehouse.query(read_sql(f"history/{name}"), values, {"route": "perfweek history"}).to_pandas()
        except UnreadableError as error:
            if name not in GRANTED:
                raise
            answers[name], unread[name] = pd.DataFrame(), error.remedy
    answers["warehouses"] = _settings(warehouse)
    answers[UNREAD] = pd.DataFrame({"question": list(unread), "remedy": list(unread.values())})
    return answers


def _settings(warehouse: Warehouse) -> pd.DataFrame:
    """What each warehouse is set to (name, size, type, auto_suspend, ...) where there is one to ask; an export and the embedded engine have none."""
    try:
        return warehouse.query("show warehouses", tag={"route": "perfweek history"}).to_pandas()
    except UnreadableError:
        return pd.DataFrame()


def _needs_work(answers: Mapping[str, pd.DataFrame]) -> bool:
    if answers["metering"].empty:
        return _is_short(answers)
    return answers["attribution"].empty


def _is_short(answers: Mapping[str, pd.DataFrame]) -> bool:
    """Whether every statement and its text can be gone through once more."""
    return _count(answers) <= MOST_ESTIMATED and not float(answers["texts"]["all_characters"].max()) > MOST_CHARACTERS


def _count(answers: Mapping[str, pd.DataFrame]) -> int:
    return int(answers["load_by_hour"]["statements"].sum())


def _tables(answers: Mapping[str, pd.DataFrame], rows: pd.DataFrame, shapes: Mapping[str, Shape]) -> pd.DataFrame:
    """table_name, queries, execution_ms, partitions_scanned, partitions_total: from TABLE_QUERY_PRUNING_HISTORY where it was read, else
    from the texts of statements that read one table alone."""
    native = answers["table_pruning"]
    if len(native):
        names = native["database_name"] + "." + native["schema_name"] + "." + native["table_name"]
        total = native["partitions_scanned"] + native["partitions_pruned"]
        return native.assign(table_name=names, partitions_total=total)[_TABLE_COLUMNS]
    alone = rows[[len(shapes[name].tables) == 1 for name in rows["id"]]]
    named = alone.assign(table_name=[shapes[name].tables[0] for name in alone["id"]], queries=alone["statements"])
    found = named.groupby("table_name")[_TABLE_COLUMNS[1:]].sum(min_count=1).reset_index()
    return found.sort_values("execution_ms", ascending=False, ignore_index=True)


_TABLE_COLUMNS = ["table_name", "queries", "execution_ms", "partitions_scanned", "partitions_total"]


def _notes(load: pd.DataFrame) -> list[str]:
    last = load["last_end"].max()
    span = (load["hour_start"].max() if pd.isna(last) else last) - load["first_start"].min()
    if span.total_seconds() >= 2 * 3600:
        return []
    return [f"The history spans {span.total_seconds() / 60:,.0f} minutes: less than two hours give no intervals, and no picture of a week."]


def _cut(answers: Mapping[str, pd.DataFrame]) -> list[str]:
    """What replays do not see."""
    if len(answers.get("executions", ())) == MOST_TEXTS:
        return [f"Replays of warehouses, pools and requests see the first {MOST_TEXTS:,} statements only."]
    return [] if "executions" in answers else [_TOO_LONG]
