"""Triage a slow endpoint: only reads, each of which rules a cause in or out and names the runbook that treats it."""

from functools import partial

from pydantic import Field

from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.books.service import answering
from perfweek.runbook.graphs import measured
from perfweek.runbook.step import Answer, Read, Step, ok, unverifiable
from perfweek.wording import number

MANY = 5


class SlowEndpointParameters(Parameters):
    endpoint: str = Field("", description="such as GET /assets; '' for the slowest one")


def _steps(context: Context) -> tuple[Step, ...]:
    return (
        Read("health", "The service answers", partial(answering, context.target)),
        Read("budget", "Is it slower than its budget, or only reported so?", partial(_budget, context)),
        Read("errors", "Does it fail as well?", partial(_share, context, "monday", "http.errors", 1.0, "Errors come first: read the service's log.")),
        Read("statements", "Do its statements take the time?", partial(_statements, context)),
        Read(
            "partitions",
            "Do its statements read partitions that they need not?",
            partial(_share, context, "wednesday", "warehouse.query.partitions_scanned_share", 50.0, "Next: runbook warehouse-change."),
        ),
        Read("cache", "Does a cache answer?", partial(_cache, context)),
    )


def _endpoint(context: Context) -> str:
    """The one that was asked for, or the slowest that was measured; '' where nothing was."""
    rows = measured(context.week, "monday", "http.latency.p95").rows
    named = rows[rows["name"] != "all"]
    return context.parameters.endpoint or ("" if named.empty else str(named["name"].iloc[0]))


def _budget(context: Context) -> Answer:
    endpoint, budget = _endpoint(context), context.target.service.latency_budget_p95_ms
    rows = measured(context.week, "monday", "http.latency.p95").rows
    found = rows[rows["name"] == endpoint]
    if not endpoint or found.empty:
        known = ", ".join(name for name in rows["name"] if name != "all")
        return unverifiable(f"Monday has not measured {endpoint or 'any endpoint'}." + (f" It has: {known}." if known else ""))
    low, value, high = (float(found[column].iloc[0]) for column in ("low", "value", "high"))
    told = f"{endpoint}: 95 of 100 answers within {number(value)} ms ({number(low)} to {number(high)}), the budget is {number(budget)} ms"
    if low > budget:
        return ok(f"Slow. {told}.")
    return ok(f"Not slow. {told}.") if high <= budget else unverifiable(f"Cannot tell: the interval holds the budget. {told}.")


def _share(context: Context, day: str, metric: str, much: float, then: str) -> Answer:
    """A share of the endpoint, and what to do where it is larger than `much` per cent."""
    value = measured(context.week, day, metric).value(_endpoint(context))
    if value is None:
        return unverifiable(f"No data: {day.capitalize()} has not measured it.")
    return ok(f"Yes, {number(value)} %. {then}" if value > much else f"No, {number(value)} %.")


def _statements(context: Context) -> Answer:
    """How many statements a request sends, and what they take of a usual answer."""
    endpoint = _endpoint(context)
    count = measured(context.week, "wednesday", "warehouse.query.count").value(endpoint)
    median = measured(context.week, "wednesday", "warehouse.query.duration.p50").value(endpoint)
    answers = measured(context.week, "monday", "http.latency.p50")
    usual, requests = answers.value(endpoint), answers.value(endpoint, "n")
    if not count or not median or not usual or not requests:
        return unverifiable("No data: the query history does not say which statements are this endpoint's.")
    each = count / requests
    told = f"about {number(round(each, 1))} statements a request of {number(median)} ms each; a usual answer takes {number(usual)} ms"
    if each > MANY:
        return ok(f"Yes, there are many: {told}. See Monday's report for the ones that repeat.")
    return ok(f"Yes: {told}." if each * median > usual / 2 else f"Hardly: {told}.")


def _cache(context: Context) -> Answer:
    rows = measured(context.week, "thursday", "cache.hit_ratio").rows
    if rows.empty:
        return unverifiable("No data: Thursday has not measured a cache.")
    tiers = ", ".join(f"{name} {number(value)} %" for name, value in zip(rows["name"], rows["value"], strict=True))
    return ok(f"Share of requests answered by a tier: {tiers}. After a restart: runbook cache-warm-up.")


SLOW_ENDPOINT = Runbook("slow-endpoint", "Triage a slow endpoint", "medium", SlowEndpointParameters, _steps)
