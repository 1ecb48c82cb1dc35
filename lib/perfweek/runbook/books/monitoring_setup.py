"""Set up monitoring: the loopback stack, started and verified, or stopped again; and whether every panel has data."""

from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from perfweek.monitoring import loopback
from perfweek.monitoring.__main__ import FOLDER
from perfweek.monitoring.loopback import Ports
from perfweek.monitoring.panels import BOARDS
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.service import answering
from perfweek.runbook.step import Answer, Change, Read, Step, failed, ok, skipped, unverifiable
from perfweek.wording import count, listed

PARTS = loopback.NODES + 3


class MonitoringParameters(Parameters):
    pass


def _steps(context: Context) -> tuple[Step, ...]:
    return (
        Read("programs", "The programs are there", _programs),
        Read("service", "The service answers, so that there is something to scrape", partial(answering, context.target)),
        Change(
            id="stack",
            title="Start Prometheus, the Redis Cluster and their exporters on loopback",
            state=lambda: {"running": sorted(loopback.running(_folder(context)))},
            precheck=_ready,
            plan=lambda state: [f"runs now: {listed(state['running']) or 'nothing'}", *_would(context)],
            apply=lambda: _start(context),
            verify=lambda _: _verified(context),
            rollback=lambda _: _stop(context),
            undo="Stops all parts and removes their folder; what was scraped is gone.",
            blast_radius="This machine: ten ports on loopback and some hundred megabytes of memory. The service is scraped twice a second a metric.",
            idempotency="A stack that runs is left alone.",
            timeout_s=120,
        ),
        Read("panels", "Every panel has data", partial(_panels, context), after=("stack",)),
    )


def _programs() -> Answer:
    missing = loopback.missing_programs()
    return (
        failed(f"Not on PATH: {listed(sorted(missing))}. On Debian: apt-get install {' '.join(missing.values())}")
        if missing
        else ok("All are on PATH.")
    )


def _ready(state: Any) -> Answer:
    running = state["running"]
    if len(running) == PARTS:
        return skipped(f"All {PARTS} parts run already.")
    return failed(f"Only {listed(running)} of {PARTS} parts run: roll back first.") if running else ok("Nothing runs.")


def _would(context: Context) -> list[str]:
    at = Ports()
    return [
        f"Prometheus on 127.0.0.1:{at.prometheus}, scraping {_service(context)}",
        f"six Redis nodes on 127.0.0.1:{at.nodes[0]} to {at.nodes[-1]}, three masters with a replica each",
        f"redis_exporter on 127.0.0.1:{at.exporter}, the week's facts on 127.0.0.1:{at.facts}",
    ]


def _start(context: Context) -> None:
    loopback.start(_folder(context), _service(context), context.target.service.latency_budget_p95_ms / 1000, context.target.weeks)


def _stop(context: Context) -> None:
    loopback.stop(_folder(context))


def _verified(context: Context) -> Answer:
    running = loopback.running(_folder(context))
    return ok(f"All {PARTS} parts run.") if len(running) == PARTS else failed(f"Only {listed(sorted(running))} run.")


def _panels(context: Context) -> Answer:
    """Each query of each panel, as Grafana would ask it."""
    if not loopback.running(_folder(context)):
        return unverifiable("Nothing runs yet.")
    queries = [(panel.question, query.expr) for board in BOARDS for panel in board.panels for query in panel.queries]
    empty = [question for question, expr in queries if not _series(expr.replace("$__rate_interval", "1m").replace("$job", "service"))]
    if not empty:
        return ok(f"All {len(queries)} queries have data.")
    return unverifiable(f"{count(len(empty), 'query has', 'queries have')} no data yet, the first: {empty[0]} Load the service, then look again.")


def _series(expression: str) -> list[Any]:
    try:
        answer = httpx.get(f"http://127.0.0.1:{Ports().prometheus}/api/v1/query", params={"query": expression}, timeout=10)
        return list(answer.json()["data"]["result"])
    except (httpx.HTTPError, ValueError, KeyError):
        return []


def _service(context: Context) -> str:
    address = urlsplit(context.target.service.url)
    return f"{address.hostname}:{address.port or 80}"


def _folder(context: Context) -> Path:
    return (context.target.root / FOLDER).resolve()


MONITORING_SETUP = Runbook("monitoring-setup", "Set up monitoring", "low", MonitoringParameters, _steps, packages=("monitoring",))
