"""Histories whose credits are known: warehouses that start for a statement, run at a rate, and stop after a time without any."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from perfweek.warehouse.prices import credits_per_hour

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Truth:
    """The rows of the views, and per (warehouse, hour) what was used and idle, in credits."""

    views: dict[str, list[dict[str, object]]]
    used: dict[tuple[str, int], float]
    idle: dict[tuple[str, int], float]

    def tables(self) -> dict[str, pa.Table]:
        return {view: pa.Table.from_pylist(rows) for view, rows in self.views.items()}


def generate(seed: int, warehouses: tuple[tuple[str, str], ...], statements: int = 40, hours: int = 5, suspend_ms: int = 300_000) -> Truth:
    """`warehouses`: (size, type). Statements run one after the other, overlapping in places, over hours too; credits are counted per ms."""
    random = np.random.default_rng(seed)
    views: dict[str, list[dict[str, object]]] = {"query_history": [], "warehouse_metering_history": [], "query_attribution_history": []}
    used: dict[tuple[str, int], float] = {}
    idle: dict[tuple[str, int], float] = {}
    for place, (size, kind) in enumerate(warehouses):
        name, rate = f"W{place}", credits_per_hour(size, kind) / HOUR_MS
        starts = np.sort(random.integers(0, hours * HOUR_MS, statements))
        lengths = np.minimum(random.exponential(120_000, statements).astype(int) + 1, 2 * HOUR_MS)
        running = np.zeros((hours + 3) * HOUR_MS // 1000)
        on = np.zeros_like(running)
        for start, length in zip(starts // 1000, -(-lengths // 1000), strict=True):
            running[start : start + length] += 1
            on[start : start + length + suspend_ms // 1000] = 1
        for number, (start, length) in enumerate(zip(starts // 1000, -(-lengths // 1000), strict=True)):
            share = float((1 / running[start : start + length]).sum()) * 1000 * rate
            row = _statement(f"{name}-{number}", name, size, kind, int(start), int(length), f"text {number % 4}")
            views["query_history"].append(row)
            views["query_attribution_history"].append(
                {key: row[key] for key in ("query_id", "warehouse_name", "query_parameterized_hash", "start_time", "end_time")}
                | {"credits_attributed_compute": share}
            )
        for hour in range(hours + 3):
            second = slice(hour * 3600, (hour + 1) * 3600)
            busy, up = float((running[second] > 0).sum()) * 1000 * rate, float(on[second].sum()) * 1000 * rate
            if up:
                used[name, hour], idle[name, hour] = busy, up - busy
                begin = BEGIN + timedelta(hours=hour)
                views["warehouse_metering_history"].append(
                    {
                        "start_time": begin,
                        "end_time": begin + timedelta(hours=1),
                        "warehouse_name": name,
                        "credits_used": up,
                        "credits_used_compute": up,
                        "credits_used_cloud_services": 0.0,
                        "credits_attributed_compute_queries": busy,
                    }
                )
    return Truth(views, used, idle)


def _statement(query_id: str, warehouse: str, size: str, kind: str, start_s: int, length_s: int, text: str) -> dict[str, object]:
    start = BEGIN + timedelta(seconds=start_s)
    return {
        "query_id": query_id,
        "query_text": text,
        "query_parameterized_hash": text,
        "query_type": "SELECT",
        "execution_status": "SUCCESS",
        "warehouse_name": warehouse,
        "warehouse_size": size,
        "warehouse_type": kind,
        "start_time": start,
        "end_time": start + timedelta(seconds=length_s),
        "execution_time": 1000.0 * length_s,
        "total_elapsed_time": 1000.0 * length_s,
        "bytes_scanned": 10,
    }
