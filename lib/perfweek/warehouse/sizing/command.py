"""What `perfweek history --sizes` prints: what each size did to the statements of several histories, and what others would do."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from perfweek.terminal import show
from perfweek.warehouse.shown import plain
from perfweek.warehouse.sizing import shown
from perfweek.warehouse.sizing.curves import Step, Total
from perfweek.warehouse.sizing.forecast import Forecast, Range
from perfweek.warehouse.sizing.histories import scaling
from perfweek.warehouse.sizing.runs import Run
from perfweek.warehouse.sizing.study import Sizing


def print_sizes(given: Sequence[str], at: str, as_json: bool, console: Console) -> None:
    """`given`: histories, each a run of one workload; `at`: sizes to forecast, with commas between. Raises EvidenceError and WarehouseError."""
    found = scaling(given, [one for one in at.split(",") if one.strip()])
    if as_json:
        print(json_of(found))
        return
    sizings = [found] if found else []
    sentences = [shown.sizing_sentence(sizings)]
    sentences += [shown.forecast_sentence(sizings), shown.sizing_note(sizings)] if found and found.steps else []
    for sentence in sentences:
        show(Text(plain(sentence)), console)
    tables = [shown.step_table(sizings), shown.forecast_table(sizings), shown.median_table(sizings)] if found and found.steps else []
    for table in tables:
        if len(table):
            console.print()
            show(shown.rich_table(table), console)


def json_of(found: Sizing | None) -> str:
    """One line: sizes, totals, steps, forecasts; empty lists where nothing is known. `template` is the id of perfweek history --json."""
    content = {
        "warehouse": found.warehouse if found else None,
        "sizes": [_run(run) for run in found.runs] if found else [],
        "totals": [_total(total) for total in found.totals] if found else [],
        "steps": [_step(step) for step in found.steps] if found else [],
        "forecasts": [_forecast(one) for one in found.others] if found else [],
    }
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def _run(run: Run) -> dict[str, Any]:
    about = {"size": run.size, "credits_per_hour": run.rate, "statements": len(run.starts_s), "total_s": float(run.elapsed_s.sum())}
    return about | {"p95_s": float(np.quantile(run.elapsed_s, 0.95))}


def _total(total: Total) -> dict[str, Any]:
    return _between(total) | {"times_as_fast": _finite(total.gain), "low": _finite(total.low), "high": _finite(total.high)}


def _step(step: Step) -> dict[str, Any]:
    ratio = step.ratio
    bounds = {"low": _finite(1 / ratio.high if ratio.high else math.nan), "high": _finite(1 / ratio.low if ratio.low else math.nan)}
    medians = {"median_before_s": step.medians[0], "median_after_s": step.medians[1]}
    about = {"template": step.template, "statements": ratio.n, "times_as_fast": _finite(step.gain), "verdict": step.verdict}
    return _between(step) | about | bounds | medians


def _between(step: Step | Total) -> dict[str, Any]:
    return {"from": step.smaller.size, "to": step.larger.size}


def _forecast(one: Forecast) -> dict[str, Any]:
    known = "seen" if one.rate in one.known else "beyond" if one.beyond else "between"
    ranges = {name: _range(getattr(one, attribute)) for name, attribute in _RANGES.items()}
    templates = [{name: _finite(value) for name, value in row.items()} for row in one.templates.to_dict("records")]
    return {"size": one.size, "credits_per_hour": one.rate, "known": known, **ranges, "templates": templates}


_RANGES = {"total_s": "total", "p95_s": "p95", "waiting_for_a_connection_s": "waiting", "credits": "credits", "utilisation": "utilisation"}


def _range(found: Range) -> dict[str, float | None]:
    return {name: _finite(getattr(found, name)) for name in ("low", "likely", "high")}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
