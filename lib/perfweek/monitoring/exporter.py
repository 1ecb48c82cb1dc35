"""The newest week's facts as Prometheus metrics, so that dashboards show them beside what is live.

`http.latency.p95` of the catalogue becomes the gauge `perfweek_http_latency_p95`, with the fact's labels, its day and its week.
"""

import argparse
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from perfweek import facts
from perfweek.errors import PerfweekError
from perfweek.metrics import CATALOGUE
from perfweek.week import DAYS, Week

PREFIX = "perfweek_"
AGE = "perfweek_week_age_seconds"
PORT = 19464


def metric_name(metric: str) -> str:
    """The catalogue's name as Prometheus takes it."""
    return PREFIX + re.sub(r"[^a-zA-Z0-9_]", "_", metric)


class Facts(Collector):
    """What a scrape reads: the newest week of a folder that has facts, anew each time."""

    def __init__(self, weeks: Path) -> None:
        self._weeks = weeks

    def collect(self) -> Iterator[GaugeMetricFamily]:
        week = newest_week(self._weeks)
        if week is None:
            return
        age = GaugeMetricFamily(AGE, "Seconds since the newest fact of the newest week was measured.", labels=["week"])
        measured = [at for day in DAYS for at in _read(week, day)["at"]]
        if measured:
            age.add_metric([week.name], (datetime.now(UTC) - max(measured).to_pydatetime()).total_seconds())
        yield age
        yield from _families(week)


def newest_week(weeks: Path) -> Week | None:
    """The last week with facts; None where there is none."""
    names = sorted((path.parent.parent.name for path in weeks.glob("????-W??/facts/*.parquet")), reverse=True)
    return Week(names[0], weeks / names[0]) if names else None


def _families(week: Week) -> Iterator[GaugeMetricFamily]:
    rows: dict[str, list[tuple[dict[str, str], float]]] = {}
    for day in DAYS:
        frame = _read(week, day)
        for metric, labels, value in zip(frame["metric"], frame["labels"], frame["value"], strict=True):
            if metric in CATALOGUE:
                rows.setdefault(metric, []).append(({**labels, "day": day, "week": week.name}, value))
    for metric, found in rows.items():
        names = sorted({name for labels, _ in found for name in labels})
        family = GaugeMetricFamily(
            metric_name(metric), f"{CATALOGUE[metric].title}, {CATALOGUE[metric].unit}", labels=[_label(name) for name in names]
        )
        for labels, value in found:
            family.add_metric([str(labels.get(name, "")) for name in names], value)
        yield family


def _read(week: Week, day: str) -> pd.DataFrame:
    try:
        return facts.read(week, day)
    except PerfweekError:
        return facts.SCHEMA.empty_table().to_pandas()


def _label(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def main() -> None:
    """Serve until stopped."""
    from prometheus_client import start_http_server

    parser = argparse.ArgumentParser(prog="python -m perfweek.monitoring.exporter", description=__doc__)
    parser.add_argument("--weeks", type=Path, default=Path("weeks"), help="folder of the weeks (default: weeks)")
    parser.add_argument("--port", type=int, default=PORT, help=f"port on 127.0.0.1 (default: {PORT})")
    options = parser.parse_args()
    registry = CollectorRegistry()
    registry.register(Facts(options.weeks.resolve()))
    start_http_server(options.port, "127.0.0.1", registry)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
