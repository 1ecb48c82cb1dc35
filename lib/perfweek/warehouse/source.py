"""What `perfweek history` was given: a file, or the name of a connection to Snowflake."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from perfweek.errors import EvidenceError, WarehouseError
from perfweek.warehouse.connection import EMBEDDED
from perfweek.warehouse.export import kind_of
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.look import EVER, Hear
from perfweek.warehouse.spool import opened_history

DAYS = 7
"""How far back a connection's history is read."""


@contextmanager
def history_of(given: str, hear: Hear | None = None) -> Iterator[tuple[Warehouse, datetime, int]]:
    """The warehouse whose history it is, from when on, and how many lines of a file were left out.

    Raises EvidenceError for a file (see `read_export`) and WarehouseError for a connection.
    """
    path = Path(given)
    if path.exists() or kind_of(path) or "/" in given:
        with opened_history(path, told=hear and (lambda share: hear("reading the file", share))) as (embedded, torn):
            yield embedded, EVER, torn
        return
    if given == EMBEDDED:
        raise WarehouseError(
            "the embedded warehouse keeps its history in a file",
            given,
            "Give that file: weeks/<week>/evidence/load-monday/query_history.ndjson",
        )
    from perfweek.warehouse.snowflake import SnowflakeWarehouse  # the connector takes a second to import

    with SnowflakeWarehouse(given, hear=hear and (lambda what: hear(what, None))) as warehouse:
        try:
            yield warehouse, datetime.now(UTC) - timedelta(days=DAYS), 0
        except EvidenceError as error:
            remedy = f"Only the last {DAYS} days are read, and ACCOUNT_USAGE is up to 45 minutes late."
            raise EvidenceError(error.what, f"connection {given}", remedy) from error


@contextmanager
def told(console: Console) -> Iterator[Hear | None]:
    """What to call with what is being done and how much is done: it moves a bar on a terminal; None elsewhere."""
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("reading the history", total=1.0)
        yield lambda what, share: progress.update(task, description=what, completed=share)
