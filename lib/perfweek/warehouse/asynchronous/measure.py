"""Measuring the three ways on the target's own warehouse; the embedded engine has threads, but nothing asynchronous.

On Snowflake the statements start the connection's warehouse: the measurement is billed for a minute of it, or two.
"""

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.files import write_atomic
from perfweek.stats import Estimate, mean_of_windows
from perfweek.steps import step
from perfweek.target import Target
from perfweek.warehouse.asynchronous import example
from perfweek.warehouse.connection import connect, is_embedded
from perfweek.warehouse.interface import Warehouse
from perfweek.week import Week

NAME = "async-patterns"
ROUNDS = 7
TAG = {"route": "perfweek async patterns"}
EMBEDDED_WAYS = tuple(example.WAYS)[:2]


@dataclass(frozen=True)
class Way:
    """`seconds` of a round, and `ratio` to one after the other in the same round."""

    name: str
    seconds: Estimate
    ratio: Estimate


@dataclass(frozen=True)
class Ways:
    """`blocks`: whether the server runs a statement to its end before `execute_async` returns; None where there is no such call."""

    engine: str
    statements: int
    ways: tuple[Way, ...]
    blocks: bool | None
    source: str


def has_warehouse(target: Target) -> bool:
    """Whether there is anything to measure on: a connection, or an embedded database."""
    return not is_embedded(target) or bool(target.warehouse.database)


def measure_ways(week: Week, target: Target, connections_file: Path | None = None) -> Measurement:
    """The measurement 'async-patterns': rounds.parquet (way, round, seconds) and about.json. Raises WarehouseError and TargetError."""
    inputs = {"connection": target.warehouse.connection, "rounds": ROUNDS, "statements": list(example.STATEMENTS)}
    taken = _embedded if is_embedded(target) else lambda one, folder: _snowflake(one, folder, connections_file)
    return evidence.collect(week, NAME, inputs, lambda folder: taken(target, folder))


def read_ways(week: Week, measurement: Measurement) -> Ways:
    """What `measure_ways` took."""
    about = json.loads(measurement.path("about.json").read_text())
    rounds = pd.read_parquet(measurement.path("rounds.parquet")).pivot_table(index="round", columns="way", values="seconds")
    first = rounds[next(iter(example.WAYS))]
    ways = tuple(Way(name, mean_of_windows(rounds[name]), mean_of_windows(rounds[name] / first)) for name in example.WAYS if name in rounds)
    source = evidence.relative(week, measurement.path("rounds.parquet"))
    return Ways(about["engine"], about["statements"], ways, about["blocks"], source)


def _embedded(target: Target, folder: Path) -> None:
    with step("running statements in threads", 5), connect(target) as warehouse:
        rounds = [row for number in range(-1, ROUNDS) for row in _embedded_round(warehouse, number)]
        _write(folder, [row for row in rounds if row["round"] >= 0], warehouse.engine, None)


def _embedded_round(warehouse: Warehouse, number: int) -> list[dict[str, Any]]:
    def run(statement: str) -> None:
        warehouse.query(statement, tag=TAG)

    def in_threads() -> None:
        with ThreadPoolExecutor(len(example.STATEMENTS)) as pool:
            list(pool.map(run, example.STATEMENTS))

    def one_after_the_other() -> None:
        for statement in example.STATEMENTS:
            run(statement)

    calls = zip(EMBEDDED_WAYS, (one_after_the_other, in_threads), strict=True)
    return [{"way": name, "round": number, "seconds": _timed(call)} for name, call in calls]


def _snowflake(target: Target, folder: Path, connections_file: Path | None) -> None:
    import snowflake.connector  # takes a second to import

    from perfweek.warehouse.patience import PATIENCE_S, tried_for
    from perfweek.warehouse.refusals import Session, refused, refused_login

    where: dict[str, Any] = {"connections_file_path": connections_file} if connections_file else {}
    name, settings = target.warehouse.connection, {"QUERY_TAG": json.dumps(TAG), "USE_CACHED_RESULT": False}
    patience: dict[str, Any] = {"login_timeout": PATIENCE_S, "backoff_policy": tried_for(PATIENCE_S)}

    def opened() -> Any:
        try:
            return snowflake.connector.connect(connection_name=name, session_parameters=settings, **patience, **where)
        except (snowflake.connector.errors.Error, OSError, ValueError, TypeError) as error:
            raise refused_login(name, error) from None  # the connector's own text may quote the connection

    with step("running statements one after the other, in threads and asynchronously", 60):
        try:
            rounds = example.compare(opened, rounds=ROUNDS)
            connection = opened()
            blocks = _blocks(connection)
            version = connection.cursor().execute("select current_version()").fetchone()[0]
            connection.close()
        except snowflake.connector.errors.Error as error:
            raise refused(example.STATEMENTS[0], error, Session()) from error
    _write(folder, rounds, f"Snowflake {version}", blocks)


def _blocks(connection: Any) -> bool:
    """Whether sending takes more than half as long as running."""
    sent, ran = [], []
    for _ in range(3):
        with connection.cursor() as cursor:
            sent.append(_timed(lambda cursor=cursor: cursor.execute_async(example.STATEMENTS[0])))  # type: ignore[misc]
            cursor.get_results_from_sfqid(cursor.sfqid)
            cursor.fetchall()
            ran.append(_timed(lambda cursor=cursor: cursor.execute(example.STATEMENTS[0]).fetchall()))  # type: ignore[misc]
    return statistics.median(sent) > statistics.median(ran) / 2


def _timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _write(folder: Path, rounds: list[dict[str, Any]], engine: str, blocks: bool | None) -> None:
    pd.DataFrame(rounds).to_parquet(folder / "rounds.parquet")
    about = {"engine": engine, "statements": len(example.STATEMENTS), "blocks": blocks}
    write_atomic(folder / "about.json", json.dumps(about, indent=2) + "\n")
