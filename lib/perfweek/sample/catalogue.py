"""The catalogue in the warehouse: each question is a file of `sql/`, each statement carries the route and the request."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

from perfweek.errors import WarehouseError
from perfweek.sample.cursor import Position
from perfweek.sample.journal import Trace
from perfweek.sample.models import NewAsset
from perfweek.sample.search import rank
from perfweek.sample.settings import Settings
from perfweek.warehouse.dialect import translate
from perfweek.warehouse.interface import Warehouse

CANDIDATES = 300
Row = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A source system (None for all) and a time, `created_to` exclusive; both without a zone, in UTC."""

    source_system: str | None
    created_from: datetime
    created_to: datetime

    @property
    def key(self) -> str:
        return f"{self.source_system or '*'}:{self.created_from.isoformat()}:{self.created_to.isoformat()}"

    def parameters(self) -> Row:
        return {"source_system": self.source_system, "created_from": self.created_from, "created_to": self.created_to}


class Gate:
    """Counts what is under way, so that an end can be orderly: once stopped, nothing new begins."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._under_way = 0
        self._stopped = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self._change:
            if self._stopped:
                raise WarehouseError("the service is stopping")
            self._under_way += 1
        try:
            yield
        finally:
            with self._change:
                self._under_way -= 1
                self._change.notify_all()

    def stop(self) -> None:
        with self._change:
            self._stopped = True

    def wait(self, timeout_s: float) -> None:
        """Until nothing is under way, at most `timeout_s`."""
        with self._change:
            self._change.wait_for(lambda: not self._under_way, timeout_s)


class Catalogue:
    """Questions to the warehouse. Each notes in `trace` its statements and the time that the caller waited for them.

    Once stopped, it refuses with WarehouseError; statements under way still end.
    """

    def __init__(self, warehouse: Warehouse, settings: Settings) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._gate = Gate()
        for name in ("item", "page_ids", "page", "page_wide", "daily", "candidates", "add"):
            translate(_sql(name))  # reading a statement the first time takes longer than running it
        extent = warehouse.query(_sql("extent"), tag={"route": "start", "request_id": ""}).to_pylist()[0]
        self.assets: int = extent["assets"]
        self._numbers = count(extent["last_id"] + 1)

    def item(self, asset_id: int, trace: Trace) -> Row | None:
        """One asset with its attributes, or None."""
        rows = self._ask("item", {"asset_id": asset_id}, trace)
        return _with_attributes(rows[0]) if rows else None

    def page(self, span: Span, start: Position, limit: int, trace: Trace) -> list[Row]:
        """At most `limit` assets of `span` behind `start`, newest first."""
        asked = span.parameters() | {"before": start.created_at, "before_id": start.asset_id, "row_limit": limit}
        wide = self._settings.attributes_in_lists
        if self._settings.batch_lists:
            rows = self._ask("page_wide" if wide else "page", asked, trace)
            return [_with_attributes(row) for row in rows] if wide else rows
        found = [self.item(row["asset_id"], trace) for row in self._ask("page_ids", asked, trace)]
        return [row if wide else {**row, "attributes": None} for row in found if row]

    def daily(self, span: Span, trace: Trace) -> list[Row]:
        """One row per day that has assets: day, assets, size_bytes (sum), quality_score (mean)."""
        return self._ask("daily", span.parameters(), trace)

    def search(self, query: list[str], span: Span, limit: int, trace: Trace) -> list[Row]:
        """The best of the newest 300 assets whose description has the longest word of the query."""
        asked = span.parameters() | {"word": max(query, key=len), "row_limit": CANDIDATES}
        return rank(query, self._ask("candidates", asked, trace), limit)

    def add(self, asset: NewAsset, trace: Trace) -> Row:
        """Store an asset under the next number, made now; returns it as `item` would."""
        row = {"asset_id": next(self._numbers), **asset.model_dump(), "created_at": datetime.now(UTC).replace(tzinfo=None)}
        self._ask("add", row, trace)
        return _with_attributes(row)

    def stop(self) -> None:
        self._gate.stop()

    def close(self) -> None:
        """Stop, and wait a second for the statements under way, because the warehouse must not be closed under them."""
        self._gate.stop()
        self._gate.wait(1)

    def _ask(self, name: str, parameters: Mapping[str, object], trace: Trace) -> list[Row]:
        clock = time.perf_counter()
        try:
            with self._gate.passing():
                return self._warehouse.query(_sql(name), parameters, {"route": trace.route, "request_id": trace.request_id}).to_pylist()
        finally:
            trace.queries += 1
            trace.database_ms += (time.perf_counter() - clock) * 1000


@cache
def _sql(name: str) -> str:
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _with_attributes(row: Row) -> Row:
    return {**row, "attributes": json.loads(row["attributes"])}
