"""What is said of warming."""

import math

from perfweek.caching.logged import Logged
from perfweek.caching.warming.cold import SHARE, STEADY, ColdStart
from perfweek.caching.warming.plan import Plan
from perfweek.wording import bracketed, count, number, percent


def plan_sentence(plan: Plan) -> str:
    """How few keys bring how much."""
    if not plan.chosen:
        return "Nothing to warm: no key of the first half of the log was read in its second half."
    size = f"{number(plan.bytes / 1e6)} MB of answers"
    return (
        f"Warming {count(plan.chosen, 'key')} of {plan.keys.size:,} ({size}) reaches {bracketed(plan.covered, '%')} of the reads that follow; "
        "chosen from the first half of the log by reads times the origin's time a byte, judged on the second half."
    )


def course_sentence(start: ColdStart) -> str:
    """How long a cold cache takes, with and without, and what the origin gets."""
    cold, warmed = _after(start.to_steady_s, start.span_s), _after(start.warmed_to_steady_s, start.span_s)
    return (
        f"From cold, {percent(STEADY)} of the steady hits are back {cold}, warmed {warmed}; the origin gets up to {start.cold.peak:,.0f} calls in a "
        f"second from cold, {start.warmed.peak:,.0f} warmed and {start.steady.peak:,.0f} steady, "
        f"{start.cold.misses:,}, {start.warmed.misses:,} and {start.steady.misses:,} in all."
    )


def rate_sentence(start: ColdStart) -> str:
    """The rate that the origin allows, and whether it can carry a cold start at all."""
    if math.isnan(start.origin_limit):
        return (
            f"Cannot tell which rate the origin allows: Monday has measured no capacity and target.toml gives no cache.origin_limit. "
            f"Replayed here at {number(start.rate)} a second."
        )
    if start.cold.peak > start.origin_limit:
        return (
            f"The origin takes {number(start.origin_limit)} calls a second and a cold start asks for {start.cold.peak:,.0f}: warm before "
            "callers come, or let them in step by step."
        )
    seconds = start.plan.chosen / start.rate if start.rate else math.nan
    return (
        f"The origin takes {number(start.origin_limit)} calls a second and a cold start asks for up to {start.cold.peak:,.0f}: warming may take "
        f"{percent(SHARE)} of the rest, {number(start.allowed)} a second, and is done in {number(seconds)} s."
    )


def run_sentence(start: ColdStart, file: str) -> str:
    """The command."""
    if not file:
        return (
            "The log does not say which paths to ask for (url); the runbook cache-warm-up takes those that it can make of routes and keys: "
            "perfweek runbook plan cache-warm-up"
        )
    rate = f" -p rate={max(0.1, min(1000.0, start.rate)):.3g}"
    return f"`perfweek runbook plan cache-warm-up -p paths={file}{rate} -p count={start.plan.chosen}` plans it; it goes on where it was stopped."


def warming_note(logged: Logged, start: ColdStart) -> str:
    return (
        f"n = {len(logged.frame):,} requests of the log, replayed from its middle through one shared LRU cache in which writes delete; windows of "
        f"{number(start.span_s / len(start.cold.ends_s))} s. One replay of one log: no interval, since windows follow each other."
    )


def _after(seconds: float, span_s: float) -> str:
    if math.isnan(seconds):
        return f"not within the {number(span_s)} s of the log"
    return f"after {number(round(seconds, 1))} s" if seconds else "at once"
