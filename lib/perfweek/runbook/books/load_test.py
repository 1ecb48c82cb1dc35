"""Run a load test safely: on a service that is well, with those told who should know, up in steps, and stopped by its own thresholds."""

import ipaddress
import json
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from perfweek.files import make_folder, write_atomic
from perfweek.load import k6
from perfweek.load.script import bundled_script, environment_of
from perfweek.project import project_folder
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.service import healthy, where
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Change, Read, State, Step, failed, ok, unverifiable
from perfweek.wording import number

SCRIPT, RESULTS = "careful.js", "load_tests.json"
_STEPS = 5


class LoadTestParameters(Parameters):
    rate: float = Field(10, gt=0, le=100_000, description="arrivals a second on the last step")
    step_s: float = Field(10, ge=0.2, le=3600, description="seconds on each of the five steps")
    most_failed: float = Field(0.05, gt=0, lt=1, description="share of failures that ends the test")
    slowest_ms: float = Field(0, ge=0, description="95th percentile that ends the test; 0 for five times the budget")
    tell: str = Field("", description="who was told; needed for a service that is not on this machine")


def is_local(url: str) -> bool:
    """Whether the service is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _steps(context: Context) -> tuple[Step, ...]:
    asked = context.parameters
    return (
        Read("health", "The service answers", partial(healthy, context.target)),
        Read("told", "Those who should know were told", partial(_told, context)),
        Read("script", "The script stops itself", partial(_stops_itself, context)),
        Read("capacity", "The rate is one that the service is known to carry", partial(_carried, context)),
        Change(
            id="load",
            title=f"Load {where(context.target)} with up to {asked.rate:g} requests a second",
            state=lambda: {"tests": len(_results(context))},
            precheck=lambda _: ok("Ready."),
            plan=lambda _: _would(context),
            apply=lambda: _load(context),
            verify=lambda before: _verified(context, before),
            rollback=None,
            undo="The load ends with the test: there is nothing to undo. What it wrote into the service stays there.",
            blast_radius="The service, its warehouse and its caches, and everybody who uses them meanwhile.",
            idempotency="Each run is a test of its own, with a result of its own.",
            timeout_s=_STEPS * asked.step_s + 90,
        ),
        Read("after", "The service still answers", partial(healthy, context.target), after=("load",)),
    )


def _told(context: Context) -> Answer:
    if context.parameters.tell:
        return ok(f"Told: {context.parameters.tell}.")
    if is_local(context.target.service.url):
        return ok("The service is on this machine: nobody else is affected.")
    return failed(f"{where(context.target)} is not this machine. Tell its owner and who is on call, then name them: -p tell=NAMES.")


def _stops_itself(context: Context) -> Answer:
    """The thresholds, as k6 reads them from the script, must end the test."""
    options = k6.inspect(k6.find_k6(), _script(context), _environment(context))
    ending = [name for name, rules in (options.get("thresholds") or {}).items() if any(rule.get("abortOnFail") for rule in _rules(rules))]
    if not {"http_req_failed", "http_req_duration"} <= set(ending):
        return failed("No threshold of the script ends the test.")
    return ok(f"More than {100 * context.parameters.most_failed:g} % failures or a 95th percentile over {_slowest_ms(context):g} ms ends it.")


def _rules(rules: Any) -> list[dict[str, Any]]:
    return [rule for rule in rules if isinstance(rule, dict)]


def _carried(context: Context) -> Answer:
    rows = measured(context.week, "monday", "http.capacity.rate").rows
    if rows.empty:
        return unverifiable("No data: Monday has not measured the capacity. Begin low.")
    low = float(rows["low"].iloc[0])
    if context.parameters.rate <= low:
        return ok(f"It kept its budget at {number(low)} requests a second.")
    return unverifiable(f"It is known to keep its budget up to {number(low)} requests a second: this is beyond, and may end early.")


def _would(context: Context) -> list[str]:
    steps = ", ".join(f"{max(1, round(context.parameters.rate * share))}" for share in (0.1, 0.25, 0.5, 0.75, 1))
    return [
        f"k6 run {SCRIPT} for {_STEPS * context.parameters.step_s:g} s: {steps} requests a second, {context.parameters.step_s:g} s each",
        f"tell: {context.parameters.tell or 'nobody, it is this machine'}",
    ]


def _load(context: Context) -> None:
    with tempfile.TemporaryDirectory(prefix="perfweek-load-") as name:
        folder = Path(name)
        run = k6.run_k6(k6.find_k6(), _script(context), _environment(context), folder, lambda: None)
        metrics = json.loads((folder / k6.SUMMARY).read_text())["metrics"]
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rate": context.parameters.rate,
        "kept": run.exit_code == 0,
        "requests": metrics.get("http_reqs", {}).get("count", 0),
        "p95_ms": metrics.get("http_req_duration", {}).get("p(95)"),
        "failed": metrics.get("http_req_failed", {}).get("value"),
        "seconds": round(run.finished - run.started, 1),
    }
    make_folder(_file(context).parent)
    write_atomic(_file(context), json.dumps([*_results(context), result], indent=2) + "\n")


def _verified(context: Context, before: State) -> Answer:
    results = _results(context)
    if len(results) != before["tests"] + 1:
        return failed("The test has left no result.")
    last = results[-1]
    told = f"{last['requests']:,.0f} requests in {last['seconds']:g} s, 95 of 100 within {last['p95_ms']:.0f} ms, {100 * last['failed']:.1f} % failed"
    return ok(f"The ramp was climbed: {told}.") if last["kept"] else failed(f"Its thresholds ended it: {told}.")


def _results(context: Context) -> list[dict[str, Any]]:
    return json.loads(_file(context).read_text()) if _file(context).is_file() else []


def _file(context: Context) -> Path:
    return context.week.artifacts / RESULTS


def _script(context: Context) -> Path:
    return bundled_script(context.target, SCRIPT)


def _slowest_ms(context: Context) -> float:
    return context.parameters.slowest_ms or 5 * context.target.service.latency_budget_p95_ms


def _environment(context: Context) -> dict[str, str]:
    asked = context.parameters
    told = {"RATE": f"{asked.rate:.10g}", "STEP_S": f"{asked.step_s:.10g}", "MOST_FAILED": f"{asked.most_failed:.10g}"}
    return environment_of(context.target) | told | {"SLOWEST_MS": f"{_slowest_ms(context):.10g}"}


def _inputs(_context: Context) -> list[Path]:
    return sorted(project_folder("k6").glob("*.js"))


LOAD_TEST = Runbook("load-test", "Run a load test safely", "medium", LoadTestParameters, _steps, ("load",), _inputs)
