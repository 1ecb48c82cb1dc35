"""Cache cold start: ask for what is asked for most, at a limited rate, until the caches have it. Where it was stopped it goes on."""

import statistics
import time
from collections.abc import Sequence
from functools import partial

import httpx
from pydantic import Field

from perfweek.errors import MeasurementError
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.hot_paths import hot_paths
from perfweek.runbook.books.service import healthy, where
from perfweek.runbook.books.warm_up_progress import Progress
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Change, Read, Step, failed, ok, unverifiable
from perfweek.wording import number

ASKED_AGAIN, FASTER = 20, 0.8
_MOST_FAILURES = 5


class WarmUpParameters(Parameters):
    rate: float = Field(10, gt=0, le=1000, description="requests a second at most")
    count: int = Field(100, ge=1, le=100_000, description="how many paths to ask for, the most requested first")
    paths: str = Field("", description="file with one path a line; '' for those of Monday's access log, or the target's requests")
    resume_s: float = Field(900, ge=0, description="leave out what an interrupted warm-up has asked for in so many seconds; 0 to begin anew")
    slowest_ms: float = Field(0, ge=0, description="an answer slower than this stops the warm-up; 0 for ten times the budget")


def _steps(context: Context) -> tuple[Step, ...]:
    asked = context.parameters
    spent_ms: dict[str, float] = {}
    return (
        Read("health", "The service answers", partial(healthy, context.target)),
        Read("cold", "What do the caches answer in a normal week?", partial(_normal, context)),
        Read("paths", "There is something to ask for", partial(_paths_known, context)),
        Change(
            id="warm",
            title=f"Ask {where(context.target)} for its most requested paths",
            state=lambda: {"asked before": str(len(_progress(context).asked))},
            precheck=lambda _: ok("Ready."),
            plan=lambda _: _would(context),
            apply=lambda: _warm(context, spent_ms),
            verify=lambda _: _verified(context, spent_ms),
            rollback=None,
            undo="Entries expire by themselves: there is nothing to undo.",
            blast_radius="The service and its warehouse, at the limited rate; entries that callers use may be pushed out by warmed ones.",
            idempotency="What is cached already is answered by the cache; after an interruption it goes on behind what was asked for.",
            timeout_s=2 * asked.count / asked.rate + 60,
        ),
    )


def _normal(context: Context) -> Answer:
    rows = measured(context.week, "thursday", "cache.hit_ratio").rows
    if rows.empty:
        return unverifiable("No data: Thursday has not measured a cache.")
    return ok(", ".join(f"{name}: {number(value)} % of the requests" for name, value in zip(rows["name"], rows["value"], strict=True)) + ".")


def _paths_known(context: Context) -> Answer:
    paths = _paths(context)
    return ok(f"{len(paths):,} paths, the first is {paths[0]}.") if paths else failed("No path is known: give a file with -p paths=FILE.")


def _paths(context: Context) -> Sequence[str]:
    return hot_paths(context, context.parameters.paths)[: context.parameters.count]


def _progress(context: Context) -> Progress:
    return Progress.of(context.week, _paths(context), context.parameters.resume_s)


def _would(context: Context) -> list[str]:
    progress, rate = _progress(context), context.parameters.rate
    left = progress.left
    before = len(progress.paths) - len(left)
    behind = f"; {before:,} were asked for before" if before else ""
    return [f"GET {len(left):,} paths once, {rate:g} a second at most: {len(left) / rate:.0f} s{behind}", *(f"GET {path}" for path in left[:5])]


def _warm(context: Context, spent_ms: dict[str, float]) -> None:
    """Never faster than the rate; stopped by a slow answer or by failures in a row. Raises MeasurementError."""
    slowest_ms = context.parameters.slowest_ms or 10 * context.target.service.latency_budget_p95_ms
    failures, progress = 0, _progress(context)
    with httpx.Client(base_url=context.target.service.url.rstrip("/"), timeout=slowest_ms / 1000 + 1) as client:
        for path in progress.left:
            started = time.monotonic()
            took_ms, well = _ask(client, path)
            failures = 0 if well else failures + 1
            if failures >= _MOST_FAILURES or took_ms > slowest_ms:
                why = f"{failures} requests in a row failed" if failures >= _MOST_FAILURES else f"{path} took {took_ms:.0f} ms"
                raise MeasurementError(
                    f"the warm-up was stopped: {why}", where(context.target), "Let the service recover, then warm at a lower rate."
                )
            if well:
                spent_ms[path] = took_ms
                progress.note(path)
            time.sleep(max(0.0, 1 / context.parameters.rate - (time.monotonic() - started)))
    progress.finish()


def _verified(context: Context, spent_ms: dict[str, float]) -> Answer:
    """Ask again for some: from a cache they come faster."""
    again = list(spent_ms)[-ASKED_AGAIN:]
    if not again:
        return failed("Nothing was answered.")
    with httpx.Client(base_url=context.target.service.url.rstrip("/"), timeout=10) as client:
        now = [_ask(client, path)[0] for path in again]
    before = statistics.median(spent_ms[path] for path in again)
    told = (
        f"{len(spent_ms):,} paths answered; asked again, {len(again)} of them took {statistics.median(now):.1f} ms, before {before:.1f} ms (medians)"
    )
    return ok(f"{told}.") if statistics.median(now) < FASTER * before else unverifiable(f"{told}: no cache shows.")


def _ask(client: httpx.Client, path: str) -> tuple[float, bool]:
    started = time.perf_counter()
    try:
        well = client.get(path).status_code < 400
    except httpx.HTTPError:
        well = False
    return (time.perf_counter() - started) * 1000, well


CACHE_WARM_UP = Runbook("cache-warm-up", "Cache cold start", "medium", WarmUpParameters, _steps)
