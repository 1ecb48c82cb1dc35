"""An operation declares what it promises, and keeps it (SRE workbook, chapter 2; the extension `x-slo-p95` holds milliseconds)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import Operation, Spec
from perfweek.wording import bracketed, number

NAMES = ("x-slo-p95", "x-slo-p95-ms", "x-latency-budget-p95-ms")
_TIME = re.compile(r"\s*(?P<number>\d+(\.\d+)?)\s*(?P<unit>ms|s)?\s*")


def declared_ms(operation: Operation) -> float | None:
    """The p95 that an operation promises, in ms: a number, '250ms' or '0.25s'; None where it says nothing that can be read."""
    told = next((operation.content[name] for name in NAMES if name in operation.content), None)
    match = _TIME.fullmatch(str(told)) if isinstance(told, str | int | float) and not isinstance(told, bool) else None
    return float(match["number"]) * (1000 if match["unit"] == "s" else 1) if match else None


def declared_budgets(spec: Spec) -> Mapping[str, float | None]:
    """Route that callers use -> its p95 budget in ms, None where the document has none."""
    return {operation.route: declared_ms(operation) for operation in spec.checked}


def _not_declared(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        if declared_ms(operation) is None:
            stated: Any = next((operation.content[name] for name in NAMES if name in operation.content), None)
            what = "promises no p95" if stated is None else f"promises a p95 that cannot be read: {str(stated)[:40]!r}"
            service = f"; until then the service's budget of {number(material.budget_ms)} ms holds" if material.budget_ms else ""
            do = f"add `x-slo-p95` in milliseconds{service}"
            yield Finding(NOT_DECLARED.id, operation.route, what, do, operation.pointer, material.touched(operation, "requests"))


def _missed(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        promised, seen = declared_ms(operation), material.seen(operation)
        if promised is not None and seen is not None and seen.p95_ms.low > promised:
            what = f"breaks its promise of {number(promised)} ms: p95 {bracketed(seen.p95_ms, 'ms')}"
            do = "see Monday's bottlenecks of this route; change the promise only with its callers"
            yield Finding(MISSED.id, operation.route, what, do, operation.pointer, material.touched(operation, "ms"))


NOT_DECLARED = Check("no-declared-budget", "An operation declares its p95", _not_declared)
MISSED = Check("declared-budget-missed", "A declared p95 is kept", _missed)
