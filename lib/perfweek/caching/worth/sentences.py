"""Sentences on designs: each answers one question with its interval."""

import math
from dataclasses import replace

import numpy as np

from perfweek.caching.redis_memory import USUAL, memory_usage_misses
from perfweek.caching.tiers.replay import TIERS
from perfweek.caching.worth.designs import described, levels, megabytes, seconds
from perfweek.caching.worth.marginal import Step
from perfweek.caching.worth.outcome import Outcome
from perfweek.caching.worth.whole import Worth
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, listed, number

NAMES = {"l1": "L1, in the process", "l2": "L2, Redis", "l3": "L3, result cache", "l4": "L4, Workers KV", "origin": "origin"}
QUANTILES = (0.5, 0.95, 0.99)
PATH = (
    "A request meets L4 at the edge first, though it is numbered last, then L1 of its instance, L2, L3 and the warehouse; what misses fills them on "
    "the way back."
)
_LIMIT = (
    "Not in it: eviction by sampling, by which Redis misses up to 0.3 points more, and failures of a tier. Without single flight a read that comes "
    "while its key is being fetched is one more fetch, and counts so."
)


def note(worth: Worth) -> str:
    """How designs were tried."""
    n = worth.designed.n
    part = (
        ""
        if len(worth.workload.trace.requests) <= 2_000_000
        else " Comparisons of many designs use a sample of the keys, with caches as much smaller."
    )
    return (
        f"{PATH} n = {n:,} reads, from empty caches; intervals: moving-block bootstrap over 60 windows of time, the same draws for all designs."
        f"{part} {_LIMIT}"
    )


def tiers_sentence(worth: Worth) -> str:
    """Who answers what in the design, and what reaches the origin."""
    outcome = worth.designed
    there = [level for level in TIERS[:-1] if level in levels(outcome.design)]
    parts = [f"{level.upper()} {bracketed(outcome.share(level), '%')}" for level in there]
    return (
        f"As designed ({described(outcome.design)}, {count(outcome.design.instances, 'instance')}) {listed(parts)} of the reads would be answered; "
        f"{bracketed(outcome.share('origin'), '%')} reach the origin."
    )


def instances_sentence(worth: Worth) -> str:
    """What spreading requests over instances takes from L1."""
    if not worth.instances:
        return "The design has no cache in the process."
    (_, alone, _), (many, random, keyed) = worth.instances[0], worth.instances[-1]
    return (
        f"One instance's L1 alone would answer {100 * alone:.1f} % of the reads, which is what a plain curve says; {many} instances reached at "
        f"random answer {100 * random:.1f} %, and {100 * keyed:.1f} % where a key always goes to the same one."
    )


def instances_note(worth: Worth) -> str:
    """How L1 was tried by instances."""
    return f"L1 alone at its designed size and time to live, each instance with its own; n = {worth.designed.n:,} reads, spread by chance or by key."


def age_sentence(outcome: Outcome) -> str:
    """How old answers are, and how many are from before a write."""
    ages, design = outcome.answered.ages_s, outcome.design
    cached = outcome.tiers <= TIERS.index("l2")
    if not cached.any() or not ages.size:
        return "No cache answers, so no answer is old."
    median, most = float(np.median(ages[cached])), float(ages[cached].max())
    stale = int(outcome.answered.stale.sum())
    inherited = "copies inherit what is left of them" if design.inherits else "they add up along the path that fills the tiers"
    written = (
        f"{count(stale, 'answer')} ({100 * stale / outcome.n:.2g} % of the reads) came from before a write to their key"
        if outcome.workload.trace.requests.kinds is not None and not outcome.workload.reads.all()
        else "the log has no write, so how many were out of date is unknown"
    )
    return (
        f"Answers from caches are {seconds(round(median, 1))} old in the middle and {seconds(round(most, 1))} at most, where times to live allow "
        f"{seconds(design.worst_age_s)}: {inherited}. Up to {seconds(design.worst_stale_s)} after a write an old answer may come; {written}."
    )


def stampede_sentence(outcome: Outcome) -> str:
    """Misses that come while the same key is being fetched."""
    joined = int(outcome.answered.joined.sum())
    fetched = int((outcome.tiers == TIERS.index("origin")).sum())
    if not joined:
        return "No read came while its key was being fetched, so requests need not wait for each other."
    return (
        f"{count(joined, 'read')} came while their key was being fetched ({100 * joined / max(1, fetched):.1f} % of all fetches, a fetch taking "
        f"{number(1000 * outcome.design.fetch_s)} ms): with single flight they wait for it instead of asking the origin again."
    )


def edge_sentence(outcome: Outcome) -> str:
    """What Workers KV refused."""
    answered = outcome.answered
    if not outcome.design.edge:
        return ""
    return (
        f"Workers KV took {count(answered.edge_writes, 'write')} and refused {answered.edge_refused:,}, a key being written once a second at most; "
        f"{count(answered.edge_too_large, 'answer')} were over 25 MiB or 512 bytes of key."
    )


def memory_sentence(worth: Worth) -> str:
    """Bytes of an entry in each tier."""
    process, shared = worth.workload.largest
    keys = worth.workload.keys
    sizes = worth.workload.trace.sizes
    low = memory_usage_misses(24, int(np.median(sizes)) if sizes.size else 0, max(1, int(keys)), True, USUAL)
    return (
        f"An entry takes {process / keys:,.0f} bytes in the process and {shared / keys:,.0f} in Redis (as {USUAL.name} lays it out, with a time to "
        f"live): all {keys:,.0f} keys are {megabytes(process)} and {megabytes(shared)}. `MEMORY USAGE` would show {100 * low:.0f} % less of the "
        f"middle one; it leaves out table cells and the expiry, up to 41 % of a small entry."
    )


def percentile_sentence(worth: Worth) -> str:
    """Which percentiles a hit answers: the q-th is the time of a miss as long as more than 1 - q of the reads miss."""
    miss = worth.designed.share("origin")
    parts = []
    for q in QUANTILES:
        kind = "a hit" if miss.high <= 1 - q else "a miss" if miss.low > 1 - q else "one or the other"
        parts.append(f"p{100 * q:.0f} ({number(worth.designed.quantile(q).value)} ms) is {kind}")
    rule = "a percentile is the time of a miss while more reads miss than lie beyond it"
    return f"{bracketed(miss, '%')} of the reads miss every tier, so {listed(parts)}: {rule}."


def worth_sentences(worth: Worth) -> list[str]:
    """What each tier is worth, added one after the other."""
    return [_verdict(step) for step in worth.tiers]


def _verdict(step: Step) -> str:
    mean, p95 = (_effect(step.saved(figure), f"{name}") for figure, name in (("mean", "the mean response time"), ("p95", "p95")))
    money = step.saved("dollars")
    paid = "costs nothing" if not money.value else f"{'saves' if money.value > 0 else 'costs'} {bracketed(_size(money), 'dollars')} a month"
    return f"{step.change} is {step.verdict}: it {mean}, {p95}, and {paid}."


def _effect(saved: Estimate, what: str) -> str:
    if not saved.value:
        return f"leaves {what} as it is"
    return f"takes {bracketed(saved, 'ms')} from {what}" if saved.value > 0 else f"adds {bracketed(_size(saved), 'ms')} to {what}"


def _size(saved: Estimate) -> Estimate:
    """A loss as a gain of the other side."""
    return saved if saved.value > 0 else replace(saved, value=-saved.value, low=-saved.high, high=-saved.low)


def beside_sentence(worth: Worth) -> str:
    """Which tiers the others make superfluous."""
    spare = [step.level.upper() for step in worth.beside if step.verdict == "not worth it"]
    if not spare:
        return "None of the tiers is made superfluous by the others."
    adds = "adds" if len(spare) == 1 else "add"
    return f"With all the other tiers there, {listed(spare)} {adds} nothing that is worth the price: tiers answer the same reads."


def front_sentence(worth: Worth) -> str:
    """The cheapest design that reaches the target."""
    front = worth.front
    target = f"p95 of {number(front.target_ms)} ms"
    if not front.chosen:
        point = front.proposed
        return (
            f"None of {len(front.points)} designs reaches a {target}; the fastest, {described(point.design)}, has {bracketed(point.p95, 'ms')} for "
            f"{_dollars(point.dollars)}. Beyond it misses themselves must be faster."
        )
    point = front.chosen
    return (
        f"The cheapest of {len(front.points)} designs that reaches a {target} is {described(point.design)}: p95 {bracketed(point.p95, 'ms')} for "
        f"{_dollars(point.dollars)}, against {_dollars(worth.designed.dollars())} as designed and {_dollars(worth.bare.dollars())} without any cache."
    )


def _dollars(estimate: Estimate) -> str:
    return f"{bracketed(estimate, 'dollars')} a month"


def cold_sentence(worth: Worth) -> str:
    """Whether the origin survives a start with empty caches."""
    cold = worth.cold
    said = (
        f"At {number(cold.rate, 1)} reads a second an empty start of the proposed tiers sends {number(cold.empty, 1)} a second to the origin, "
        f"{number(cold.steady, 1)} once they are full"
    )
    deploy = "" if math.isnan(cold.deploy) else f", {number(cold.deploy, 1)} when all L1 start anew behind a full L2"
    if cold.verdict == "cannot tell":
        return f"{said}{deploy}. Whether it carries them cannot be told: its limit is unknown."
    end = (
        "it carries them"
        if cold.verdict == "safe"
        else "more than it takes: warm up first, admit slowly, and let reads of one key wait for each other"
    )
    return f"{said}{deploy}; the origin takes {number(cold.limit, 1)}, so a cold start is {cold.verdict}: {end}."


def stress_sentence(worth: Worth) -> str:
    """How the proposal holds when things change."""
    (_, now), *others = worth.stressed.items()
    parts = [f"{name} {bracketed(outcome.quantile(0.95), 'ms')}" for name, outcome in others]
    return f"The proposed design has a p95 of {bracketed(now.quantile(0.95), 'ms')}; with {listed(parts)}."
