"""Whether two runs asked the same of the service: what may differ between them, and what makes them incomparable."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

UNKNOWN = "unknown"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """One row a property of the runs: property, monday, friday, same, decides. Runs that differ in what `decides` cannot be compared.

    A run is the content of its run.json, with `rows_lost` (damaged rows of its results), `scripts` (file name -> hash, of all that the load
    script may import) and `asked` (what the target asks for) of the measurement's inputs.
    """
    read = {
        "load script": (_scripts, True),
        "requests": (_requests, True),
        "load model": (lambda run: run.get("model", UNKNOWN), True),
        "profile": (lambda run: run.get("profile", UNKNOWN), True),
        "arrivals a second": (lambda run: f"{run['rate']:g}" if "rate" in run else UNKNOWN, True),
        "stages": (_stages, True),
        "k6": (lambda run: run.get("k6", {}).get("version", UNKNOWN), False),
        "machine": (_machine, False),
        "rows of results lost": (lambda run: f"{run['rows_lost']:,}" if "rows_lost" in run else UNKNOWN, False),
        "service": (lambda run: run.get("service", {}).get("command") or UNKNOWN, False),
    }
    rows = [(name, of(before), of(after), of(before) == of(after), decides) for name, (of, decides) in read.items()]
    return pd.DataFrame(rows, columns=["property", "monday", "friday", "same", "decides"])


def refusal(table: pd.DataFrame) -> str:
    """Why the runs cannot be compared, in a sentence; '' where they can."""
    wrong = table[table["decides"] & ~table["same"]]
    if wrong.empty:
        return ""
    named = "; ".join(f"{row.property} {row.monday}, then {row.friday}" for row in wrong.itertuples())
    return f"The runs cannot be compared, because they did not ask the same of the service: {named}. Measure again with Monday's load."


def _scripts(run: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {digest[:8]}" for name, digest in sorted((run.get("scripts") or {}).items())) or UNKNOWN


def _machine(run: Mapping[str, Any]) -> str:
    known = [str(run["host"])] if run.get("host") else []
    return ", ".join([*known, *([f"{run['cores']} cores"] if run.get("cores") else [])]) or UNKNOWN


def _requests(run: Mapping[str, Any]) -> str:
    asked = run.get("asked")
    if asked is None:
        return UNKNOWN
    requests = [f"{one['method']} {one['path']} {one['weight']:g}" for one in json.loads(asked.get("REQUESTS") or "[]")]
    sessions = [f"the sessions of the {asked['SESSION']}"] if asked.get("SESSION") else []
    return ", ".join([*requests, *sessions]) or "the script's own"


def _stages(run: Mapping[str, Any]) -> str:
    phases = run.get("stages") or []
    return ", ".join(f"{phase['start_s']:g} to {phase['end_s']:g} s {phase['kind']}" for phase in phases) or UNKNOWN
