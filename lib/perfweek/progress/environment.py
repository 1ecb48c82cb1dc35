"""Whether two runs asked the same of the service: what may differ between them, and what makes them incomparable."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

UNKNOWN = "unknown"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> pd.DataFrame:
    """One row a property of the runs (the content of their run.json): property, monday, friday, same, decides.

    Runs that differ in what `decides` cannot be compared.
    """
    read = {
        "load script": (lambda run: run.get("script_sha256", UNKNOWN)[:12], True),
        "profile": (lambda run: run.get("profile", UNKNOWN), True),
        "arrivals a second": (lambda run: f"{run['rate']:g}" if "rate" in run else UNKNOWN, True),
        "stages": (_stages, True),
        "k6": (lambda run: run.get("k6", {}).get("version", UNKNOWN), False),
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


def _stages(run: Mapping[str, Any]) -> str:
    phases = run.get("stages") or []
    return ", ".join(f"{phase['start_s']:g} to {phase['end_s']:g} s {phase['kind']}" for phase in phases) or UNKNOWN
