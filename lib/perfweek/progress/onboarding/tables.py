"""The team's numbers as tables, for the guide and for the report."""

import math

import pandas as pd

from perfweek.progress.onboarding.checks import Point
from perfweek.progress.onboarding.limits import Limits
from perfweek.progress.onboarding.numbers import TOP, Endpoint, Numbers
from perfweek.wording import bracketed, number, percent


def endpoints_table(numbers: Numbers) -> pd.DataFrame:
    """The five routes with most of the time: share, p95 against the budget, headroom, statements."""
    columns = ["route", "share of all time", "p95 (95 % interval)", "headroom", "statements a request", "for each further item"]
    return pd.DataFrame([_endpoint(one, numbers.budget_ms) for one in numbers.endpoints[:TOP]], columns=columns)


def _endpoint(one: Endpoint, budget_ms: float) -> tuple[str, ...]:
    left = 1 - one.p95.value / budget_ms
    headroom = f"{percent(round(left, 2))} of {number(budget_ms)} ms" if left >= 0 else f"over by {number(round(one.p95.value - budget_ms))} ms"
    growth = "cannot tell" if math.isnan(one.for_each_item.value) else bracketed(one.for_each_item)
    return one.route, bracketed(one.time_share, "%"), bracketed(one.p95, "ms"), headroom, bracketed(one.statements), growth


def limits_table(numbers: Numbers) -> pd.DataFrame:
    """One row a dependency: time limit, in flight, how many at once, bulkhead, and the values of its breaker."""
    columns = ["dependency", "time limit", "in flight", "at once", "bulkhead", "breaker opens at", "stays open", "calls"]
    return pd.DataFrame([_limits(one, numbers) for one in numbers.limits], columns=columns)


def _limits(one: Limits, numbers: Numbers) -> tuple[object, ...]:
    timeout = f"{number(numbers.budget_ms)} ms, the budget" if one.capped else bracketed(one.timeout, "ms")
    if not one.usable:
        timeout = f"cannot tell; p{100 * one.quantile:g} is {bracketed(one.timeout, 'ms')}"
    opens = f"half of {one.fewest_calls} calls or more"
    bulkhead = f"{one.bulkhead} of {numbers.assumed.workers} workers (assumed)"
    return (
        one.dependency,
        timeout,
        bracketed(one.in_flight),
        f"{one.concurrency} at most",
        bulkhead,
        opens,
        f"{number(round(one.open_s, 1))} s",
        f"{one.calls:,}",
    )


def checklist_table(points: list[Point]) -> pd.DataFrame:
    """One row a point: whether it is kept, and what was seen."""
    return pd.DataFrame([(one.title, one.sign, one.seen.replace("`", "")) for one in points], columns=["point", "kept", "seen"])
