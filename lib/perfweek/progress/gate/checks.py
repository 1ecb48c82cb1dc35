"""What the gate says of each count and each budget.

Counts and failures are exact: one more blocks. A wall time is noisy: beyond the budget with its whole interval it blocks, with a part of it it
warns; so it does while other work has the machine, whatever the interval. A waiver takes a block away until its last day, and is listed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from perfweek.load.latency import EndpointLatency
from perfweek.progress.gate.counters import EXACT, Counter
from perfweek.target import Waiver

Outcome = Literal["block", "warn", "waived", "pass", "no baseline"]
ORDER: tuple[Outcome, ...] = ("block", "warn", "waived", "no baseline", "pass")
MOST_OTHERS = 0.25
"""With more of the machine's cores than that in the hands of other work, a wall time says nothing of the version."""
_SMALLEST = 1e-6


@dataclass(frozen=True)
class Check:
    """`before`: the baseline or the budget; `note`: why the outcome is what it is, where that is not plain."""

    name: str
    before: float
    after: float
    outcome: Outcome
    note: str = ""


def counter_checks(counters: Sequence[Counter], baseline: Mapping[str, Counter], bytes_tolerance: float) -> Iterator[Check]:
    """One a count of this version, and one for each of the baseline's that is gone."""
    for counter in counters:
        known = baseline.get(counter.check)
        if known is None:
            yield Check(counter.check, math.nan, counter.value, "no baseline")
            continue
        allowed = known.value if counter.name in EXACT else known.value * (1 + bytes_tolerance)
        more = counter.value > allowed + _SMALLEST * max(1.0, allowed)
        note = f"{counter.value - known.value:+.4g}, {_times(known.value, counter.value)}" if more else ""
        yield Check(counter.check, known.value, counter.value, "block" if more else "pass", note)
    for name in baseline.keys() - {counter.check for counter in counters}:
        yield Check(name, baseline[name].value, math.nan, "warn", "no longer asked for, or no longer counted")


def budget_checks(latencies: Sequence[EndpointLatency], budget_ms: float, others: float = 0.0) -> Iterator[Check]:
    """One an endpoint: its 95th percentile against the budget. `others`: share of the cores that neither service nor load kept busy."""
    for latency in latencies:
        p95, known = latency.p95, not math.isnan(latency.p95.low)
        highest = p95.high if known else p95.value
        outcome: Outcome = "block" if p95.low > budget_ms else "pass" if highest <= budget_ms else "warn"
        bounds = f"{p95.low:.3g} to {p95.high:.3g} ms" if known else "no interval: too few requests"
        if outcome == "block" and others > MOST_OTHERS:
            outcome, bounds = "warn", f"{bounds}; other work had {100 * others:.0f} % of the cores: measure on a quiet machine"
        yield Check(f"{latency.endpoint}: p95 within its budget", budget_ms, p95.value, outcome, bounds)


def waived(checks: Sequence[Check], waivers: Sequence[Waiver], today: date) -> list[Check]:
    """The checks in order of their outcome; those that block and are waived today no longer do, and waivers that have run out are named."""
    by_name = {waiver.check: waiver for waiver in waivers}
    found = [_waived(check, by_name.get(check.name), today) for check in checks]
    return sorted(found, key=lambda check: (ORDER.index(check.outcome), check.name))


def unused(checks: Sequence[Check], waivers: Sequence[Waiver]) -> list[Waiver]:
    """Waivers of checks that do not fail, or that there are not: to be taken out."""
    needed = {check.name for check in checks if check.outcome in ("block", "waived")}
    return [waiver for waiver in waivers if waiver.check not in needed]


def _waived(check: Check, waiver: Waiver | None, today: date) -> Check:
    if check.outcome != "block" or waiver is None:
        return check
    if today > waiver.until:
        return replace(check, note=f"{check.note}; the waiver of {waiver.approver} ran out on {waiver.until}".removeprefix("; "))
    return replace(
        check, outcome="waived", note=f"{check.note}; allowed by {waiver.approver} until {waiver.until}: {waiver.reason}".removeprefix("; ")
    )


def _times(before: float, after: float) -> str:
    return f"{after / before:.3g} times" if before else "from none"
