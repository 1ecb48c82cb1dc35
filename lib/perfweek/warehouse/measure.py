"""Taking Wednesday's evidence: answers to the questions of sql/history/ from a recorded file, an export or Snowflake."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from perfweek import evidence
from perfweek.errors import EvidenceError
from perfweek.evidence import Measurement
from perfweek.files import sha256, write_atomic
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.connection import connect, is_embedded
from perfweek.warehouse.history import ALL, EVER, FILE, bound_for, opened
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.kept_look import keep_look
from perfweek.warehouse.sql import read_sql, sql_folder
from perfweek.week import Week

HISTORY, MONDAY, STATEMENTS = "warehouse-history", "load-monday", "statements.parquet"
DAYS = 7
"""How far back Snowflake's history is read."""
MOST_STATEMENTS = 200_000
"""Snowflake's statements beyond this number are sampled by the hash of their id."""


def collect_history(week: Week, target: Target, slow_ms: int | None = None, top: int = 100) -> Measurement:
    """The measurement 'warehouse-history': Parquet answers (slow, slowest, extent, endpoints, templates, kinds, checklist), those
    that a look is made of (see kept_look.py), and about.json.

    The history is the target's export, else Snowflake's own (the last 7 days), else what the embedded warehouse recorded
    during Monday's load. The statements stay where they were recorded; those of an export or of Snowflake are kept as
    statements.parquet. `slow_ms` is the threshold in milliseconds, the target's by default; at most `top` slow ones are
    kept. Raises EvidenceError and WarehouseError.
    """
    asked = {"slow_ms": target.warehouse.slow_query_ms if slow_ms is None else slow_ms, "top": top, "questions": _questions()}
    if target.warehouse.history or is_embedded(target):
        path = history_file(week, target)
        if not path.is_file():
            raise EvidenceError(
                "there is no query history", str(path), "Run Monday first (perfweek run monday), or name an export in [warehouse] history."
            )
        inputs = asked | {"file": path.name, "sha256": sha256(path)}
        return evidence.collect(week, HISTORY, inputs, lambda folder: _from_file(week, path, folder, asked))
    inputs = asked | {"connection": target.warehouse.connection, "days": DAYS}
    return evidence.collect(week, HISTORY, inputs, lambda folder: _from_snowflake(target, folder, asked))


def collect_statements(week: Week, target: Target, name: str, since: datetime) -> Measurement:
    """The measurement `name`: statements.parquet, what Snowflake's history has from `since` on, sampled beyond MOST_STATEMENTS.

    Raises EvidenceError where it has nothing yet, and WarehouseError.
    """
    inputs = {"connection": target.warehouse.connection, "since": since.isoformat()}
    return evidence.collect(week, name, inputs, lambda folder: _statements_since(target, folder, since))


def has_history(week: Week, target: Target) -> bool:
    """Whether there is anything to read. Without an export and a warehouse of its own a target has what Monday's run left, if
    anything; a target that names a database must have left some."""
    if target.warehouse.history or not is_embedded(target) or target.warehouse.database:
        return True
    return evidence.read(week, MONDAY).has(FILE)


def history_file(week: Week, target: Target) -> Path:
    """The exported history that the target names, or what the embedded warehouse recorded on Monday."""
    return target.resolve(target.warehouse.history) if target.warehouse.history else evidence.read(week, MONDAY).folder / FILE


def _from_file(week: Week, path: Path, folder: Path, asked: Mapping[str, Any]) -> None:
    with step("reading the query history", 2 + path.stat().st_size / 100e6), opened(path) as (warehouse, torn):
        _answer(warehouse, folder, asked, EVER)
        recorded = path.is_relative_to(week.evidence)
        if not recorded:
            _keep_statements(warehouse, folder, EVER, ALL)
        keep_look(warehouse, folder, EVER)
        kept = evidence.relative(week, path) if recorded else f"evidence/{HISTORY}/{STATEMENTS}"
        version = pq.read_table(folder / "extent.parquet")["release_version"][0].as_py()
    engine = f"DuckDB {version}, embedded, as it recorded itself during Monday's load" if recorded else "an export"
    _write_about(folder, {"engine": engine, "origin": path.name, "statements": kept, "torn": torn, "share": 1.0})


def _from_snowflake(target: Target, folder: Path, asked: Mapping[str, Any]) -> None:
    since = datetime.now(UTC) - timedelta(days=DAYS)
    with step("asking Snowflake for its query history", 60), connect(target) as warehouse:
        share = _keep_some(warehouse, folder, since, _answer(warehouse, folder, asked, since))
        keep_look(warehouse, folder, since)
        engine, taken_up = warehouse.engine, warehouse.taken_up
    about = {"engine": engine, "origin": f"connection {target.warehouse.connection}, the last {DAYS} days", "torn": 0, "share": share}
    about |= {"taken_up": taken_up}
    _write_about(folder, about | {"statements": f"evidence/{HISTORY}/{STATEMENTS}"})


def _statements_since(target: Target, folder: Path, since: datetime) -> None:
    with step("asking Snowflake for the statements after the change", 30), connect(target) as warehouse:
        extent = warehouse.query(read_sql("history/extent"), {"threshold_ms": 0, "since": since}, {"route": "perfweek friday"})
        count = extent["statements"][0].as_py()
        if not count:
            raise EvidenceError("the query history holds no statement", "snowflake.account_usage.query_history", f"Its range begins {since:%c}.")
        _keep_some(warehouse, folder, since, count)


def _keep_some(warehouse: Warehouse, folder: Path, since: datetime, count: int) -> float:
    """Keep all of `count` statements, or so many that they can be looked at one by one; the share that was kept."""
    share = min(1.0, MOST_STATEMENTS / max(1, count))
    _keep_statements(warehouse, folder, since, bound_for(share))
    return share


def _answer(warehouse: Warehouse, folder: Path, asked: Mapping[str, Any], since: datetime) -> int:
    """Write each answer; returns the number of statements. Raises EvidenceError where there is none."""
    values = {"threshold_ms": asked["slow_ms"], "top": asked["top"], "since": since}
    questions = {
        "slow": ("slow_statements", values),
        "slowest": ("slow_statements", values | {"threshold_ms": -1, "top": 10}),
        **{name: (name, values) for name in ("extent", "endpoints", "templates", "kinds", "checklist")},
    }
    for name, (question, parameters) in questions.items():
        pq.write_table(warehouse.query(read_sql(f"history/{question}"), parameters, {"route": "perfweek wednesday"}), folder / f"{name}.parquet")
    count = pq.read_table(folder / "extent.parquet")["statements"][0].as_py()
    if not count:
        raise EvidenceError("the query history holds no statement", "snowflake.account_usage.query_history", f"Its range is the last {DAYS} days.")
    return count


def _keep_statements(warehouse: Warehouse, folder: Path, since: datetime, below: str) -> None:
    found = warehouse.query(read_sql("history/statements"), {"since": since, "below": below}, {"route": "perfweek wednesday"})
    pq.write_table(found, folder / STATEMENTS, compression="zstd")


def _questions() -> str:
    """A change of a question asks it anew."""
    return "".join(sha256(path)[:8] for path in sorted((sql_folder() / "history").glob("*.sql")))


def _write_about(folder: Path, about: Mapping[str, Any]) -> None:
    write_atomic(folder / "about.json", json.dumps(dict(about), indent=2) + "\n")
