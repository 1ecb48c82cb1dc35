"""What `perfweek history` finds: a look at any history, and what all advisers make of it and of its statements."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from perfweek.warehouse.advisers import findings_of
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.history import bound_for
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.look import EVER, Hear, Look, look_at
from perfweek.warehouse.plan import ranked
from perfweek.warehouse.source import history_of
from perfweek.warehouse.spool import opened_history
from perfweek.warehouse.sql import read_sql
from perfweek.warehouse.tableuse import STANDS_FOR
from perfweek.warehouse.unread import taken_up_sentence
from perfweek.wording import count, number

MOST_READ = 50_000
"""So many statements are read one by one; of a longer history a sample of SAMPLED by the hash of their ids."""
SAMPLED = 10_000
_SURELY_MS, _OTHER_UNIT = 10, 100
MOST_READ_CHARACTERS = 20_000_000
"""Fewer where their texts are long: those of a sample have to fit into memory."""


def look_and_findings(given: Sequence[str], hear: Hear | None = None) -> tuple[Look, list[Finding], int]:
    """The look, the findings in order of net benefit, and the lines of files that were left out. `given`: a connection, a file, or several
    files and folders of one history. Raises EvidenceError and WarehouseError."""
    with _history(given, hear) as (warehouse, since, torn):
        look = look_at(warehouse, since, hear, ", ".join(given))
        statements = statements_of(warehouse, since, look.queries, _mean_characters(look))
        if warehouse.taken_up:
            look = replace(look, notes=(*look.notes, taken_up_sentence(warehouse.taken_up)))
        repeated = warehouse.repeated if isinstance(warehouse, EmbeddedWarehouse) else 0
    look = replace(look, notes=(*look.notes, *_notes(statements, repeated)))
    if hear:
        hear("advice", 0.95)
    return look, ranked(findings_of(Material(look, statements, "export"))), torn


@contextmanager
def _history(given: Sequence[str], hear: Hear | None) -> Iterator[tuple[Warehouse, datetime, int]]:
    if len(given) == 1:
        with history_of(given[0], hear) as found:
            yield found
        return
    with opened_history([Path(one) for one in given], told=hear and (lambda share: hear("reading the files", share))) as (warehouse, torn):
        yield warehouse, EVER, torn


def _notes(statements: pd.DataFrame, repeated: int) -> Iterator[str]:
    """What casts doubt on the rows themselves."""
    if repeated:
        yield f"{count(repeated, 'row')} left out: of each query_id one counts."
    lasted_ms = (statements["end_time"] - statements["start_time"]).dt.total_seconds() * 1000
    said_ms = statements["total_elapsed_time"].astype(float)
    ratios = (lasted_ms / said_ms)[(said_ms > 0) & (lasted_ms >= _SURELY_MS)]
    if len(ratios) and not 1 / _OTHER_UNIT < float(ratios.median()) < _OTHER_UNIT:
        yield (
            f"From start to end statements take {number(float(ratios.median()))} times their TOTAL_ELAPSED_TIME, which is to be in milliseconds: "
            "if the export has another unit, all times and costs here are off by as much."
        )


def statements_of(warehouse: Warehouse, since: datetime, among: int, characters: float = 0.0) -> pd.DataFrame:
    """Columns of sql/history/statements.sql: all of them, or a sample of the `among` that there are; `characters` is the mean of their texts."""
    most = MOST_READ if among <= MOST_READ else SAMPLED
    share = min(1.0, most / max(1, among), MOST_READ_CHARACTERS / max(1.0, among * characters))
    values = {"since": since, "below": bound_for(share)}
    rows = warehouse.query(read_sql("history/statements"), values, {"route": "perfweek history"}).to_pandas()
    rows.attrs[STANDS_FOR] = max(1.0, among / max(1, len(rows)))
    return rows


def _mean_characters(look: Look) -> float:
    texts = look.answers["texts"]
    return float(texts["all_characters"].max()) / max(1.0, float(texts["all_statements"].max())) if len(texts) else 0.0
