"""What `perfweek history` finds: a look at any history, and what all advisers make of it and of its statements."""

from dataclasses import replace
from datetime import datetime

import pandas as pd

from perfweek.warehouse.advisers import findings_of
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.history import ALL
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.look import Hear, Look, look_at
from perfweek.warehouse.plan import ranked
from perfweek.warehouse.source import history_of
from perfweek.warehouse.sql import read_sql
from perfweek.warehouse.tableuse import STANDS_FOR
from perfweek.warehouse.unread import taken_up_sentence

MOST_READ = 50_000
"""So many statements are read one by one; of a longer history a sample of SAMPLED by the hash of their ids."""
SAMPLED = 10_000
MOST_READ_CHARACTERS = 20_000_000
"""Fewer where their texts are long: those of a sample have to fit into memory."""


def look_and_findings(source: str, hear: Hear | None = None) -> tuple[Look, list[Finding], int]:
    """The look, the findings in order of net benefit, and the lines of a file that were left out. Raises EvidenceError and WarehouseError."""
    with history_of(source, hear) as (warehouse, since, torn):
        look = look_at(warehouse, since, hear, source)
        statements = statements_of(warehouse, since, look.queries, _mean_characters(look))
        if warehouse.taken_up:
            look = replace(look, notes=(*look.notes, taken_up_sentence(warehouse.taken_up)))
    if hear:
        hear("advice", 0.95)
    return look, ranked(findings_of(Material(look, statements, "export"))), torn


def statements_of(warehouse: Warehouse, since: datetime, among: int, characters: float = 0.0) -> pd.DataFrame:
    """Columns of sql/history/statements.sql: all of them, or a sample of the `among` that there are; `characters` is the mean of their texts."""
    most = MOST_READ if among <= MOST_READ else SAMPLED
    share = min(1.0, most / max(1, among), MOST_READ_CHARACTERS / max(1.0, among * characters))
    below = ALL if share == 1 else f"{max(1, round(share * 65536)):04x}"
    rows = warehouse.query(read_sql("history/statements"), {"since": since, "below": below}, {"route": "perfweek history"}).to_pandas()
    rows.attrs[STANDS_FOR] = max(1.0, among / max(1, len(rows)))
    return rows


def _mean_characters(look: Look) -> float:
    texts = look.answers["texts"]
    return float(texts["characters"].sum()) / max(1.0, float(texts["statements"].sum()))
