"""Monday's sentences about load: each answers one question of the notebook with its interval, or says that there is no data."""

import math
from collections import Counter
from typing import Literal

from perfweek.load.baseline import Baseline
from perfweek.load.latency import EndpointLatency
from perfweek.load.run import LoadRun
from perfweek.load.warmup import Level
from perfweek.wording import bracketed, count, listed, number, percent, sentence, with_interval

CLOSED_MODEL = "Closed model: callers wait for answers before they ask again, so latencies omit what was not asked meanwhile (coordinated omission)."


def budget_sentence(baseline: Baseline) -> str:
    """How many endpoints meet the budget, and the 95th percentile of all of them taken together."""
    verdicts = Counter(baseline.verdict(latency) for latency in baseline.endpoints)
    unknown = verdicts["cannot tell"] + verdicts["no data"]
    order: tuple[Literal["missed", "met"], ...] = ("missed", "met") if verdicts["missed"] else ("met", "missed")
    objects = (f"the budget of {number(baseline.budget_ms)} ms", "it")
    said = [f"{_that(verdicts[verdict], verdict)} {object_}" for verdict, object_ in zip(order, objects, strict=True)]
    said += [f"for {unknown} the data cannot tell"] if unknown else []
    together = with_interval(baseline.overall.p95, "ms")
    tail = f"p95 of all requests together is {together}." if baseline.overall.n else "No request was answered as expected."
    return f"Of {count(len(baseline.endpoints), 'endpoint')} {listed(said)}. {tail}{dropped_clause(baseline)}"


def _that(n: int, verdict: str) -> str:
    """'none misses', '1 meets', '3 meet'."""
    verb = {"missed": "miss", "met": "meet"}[verdict]
    return f"{n or 'none'} {verb if n > 1 else verb + ('es' if verdict == 'missed' else 's')}"


def endpoint_sentence(baseline: Baseline, latency: EndpointLatency) -> str:
    """'p95 of `GET /assets` is 84 ms, 80 to 90; the budget of 200 is met.'"""
    verdict = baseline.verdict(latency)
    if math.isnan(latency.p95.value):
        return f"`{latency.endpoint}` has no answered request: {count(latency.failed, 'request')} failed; the budget is missed."
    said = f"whether the budget of {number(baseline.budget_ms)} is met, the data cannot tell"
    if verdict != "cannot tell":
        said = f"the budget of {number(baseline.budget_ms)} is {verdict}"
    failed = f", {count(latency.failed, 'request')} failed" if latency.failed else ""
    return f"p95 of `{latency.endpoint}` is {with_interval(latency.p95, 'ms')}; {said}{failed}."


def slowest_sentence(baseline: Baseline) -> str:
    """The endpoint with the largest 95th percentile."""
    known = [latency for latency in baseline.endpoints if not math.isnan(latency.p95.value)]
    if not known:
        return "No request was answered as expected."
    slowest = max(known, key=lambda latency: latency.p95.value)
    return f"The slowest: {endpoint_sentence(baseline, slowest)}"


def dropped_clause(baseline: Baseline) -> str:
    """What was not even asked, what failed, and p95 where both count as slower than any answer; '' where there is neither."""
    arrivals, dropped = baseline.run.arrivals
    overall, parts = baseline.overall, []
    if dropped:
        parts.append(f"{dropped:,} of {count(arrivals, 'arrival')} could not be started because too many requests were waiting")
    if overall.failed:
        causes = [f"{total:,} {cause}" for total, cause in ((overall.refused, "refused"), (overall.timed_out, "without an answer in time")) if total]
        parts.append(f"{count(overall.failed, 'request')} failed" + (f" ({listed(causes)})" if causes else ""))
    if not parts:
        return ""
    said = "".join(f" {part[0].upper()}{part[1:]}." for part in parts)
    if not overall.n:
        return said
    return f"{said} Counted as slower than any answer, {bound_clause(overall)}."


def bound_clause(latency: EndpointLatency) -> str:
    """'they raise p95 to 153 ms, 140 to 170', or how far quantiles are known at all."""
    upper = latency.upper.p95
    if math.isfinite(upper.value):
        return f"they raise p95 to {with_interval(upper, 'ms')}"
    return f"they leave p95 unknown: {percent(latency.known_share)} of the requests have a response time, and no quantile beyond is known"


def trend_sentence(baseline: Baseline) -> str:
    """The median of the last third of the plateau against the first: climbing means that requests queue."""
    thirds = baseline.thirds
    if thirds is None:
        return "Too few requests were answered to see whether the response time climbs."
    first, last, ratio = thirds
    window = "plateau" if baseline.run.plan.plateaus else "run"
    said = "it climbs while the load is constant, so requests queue" if ratio.low > 1 else "it falls" if ratio.high < 1 else "no trend can be told"
    return (
        f"From the first third of the {window} to the last the median goes from {number(first)} to {number(last)} ms, "
        f"a ratio of {bracketed(ratio)}: {said}."
    )


def steady_sentence(baseline: Baseline) -> str:
    """Whether the service was warm, and whether its response time then stayed."""
    return f"{sentence(warmup_clause(baseline.run))} {trend_sentence(baseline)}" if baseline.run.levels else trend_sentence(baseline)


def warmup_clause(run: LoadRun) -> str:
    """What was cut of the plateaus as warm-up: 'the first 6 s are cut as warm-up (1.4 times as slow as the rest)'; '' without a plan."""
    if len(run.levels) == 1:
        return _warmup(run.levels[0])
    kinds = Counter(level.kind for level in run.levels)
    cut_s = sum(level.cut_s for level in run.levels)
    parts = [f"{number(cut_s)} s in all are cut from {kinds['warm-up'] + kinds['slowdown']} of {len(run.levels)} levels as warm-up"] if cut_s else []
    parts += [f"{count(kinds['no steady state'], 'level')} without a steady state"] if kinds["no steady state"] else []
    parts += [f"{count(kinds['too short'], 'level')} too short to look for a warm-up"] if kinds["too short"] else []
    return listed(parts) if parts or not run.levels else "no warm-up was found on any level"


def _warmup(level: Level) -> str:
    times = number(level.change if level.change > 1 else 1 / level.change)
    return {
        "flat": "no warm-up was found",
        "warm-up": f"the first {number(level.cut_s)} s are cut as warm-up ({times} times as slow as the rest)",
        "slowdown": f"the first {number(level.cut_s)} s are cut ({times} times as fast as the rest)",
        "no steady state": f"there is no steady state: the first half is {times} times as {'slow' if level.change > 1 else 'fast'} as the second",
        "too short": "the plateau is too short to look for a warm-up",
    }[level.kind]


def load_note(baseline: Baseline) -> str:
    """How the load was measured: n, window, what was cut and left out."""
    run = baseline.run
    window = f"{number(run.plateau_s)} s; stages unknown, nothing cut"
    if run.plan.plateaus:
        cut = len(run.results.requests) - len(run.plateau)
        window = f"plateau of {number(run.plateau_s)} s; {count(cut, 'request')} of ramps and warm-up cut; {warmup_clause(run)}".removesuffix("; ")
    offered = f" at {number(run.plan.plateaus[0].low)}/s" if run.plan.model == "open" and run.plan.plateaus else ""
    damaged = f" {count(run.results.damaged, 'damaged row')} left out ({run.results.first_damage})." if run.results.damaged else ""
    coarse = " The file tells times in whole seconds only." if run.results.resolution_s == 1 else ""
    model = f" {CLOSED_MODEL}" if run.plan.model == "closed" else ""
    return f"k6, n = {len(run.plateau):,} requests{offered}, {window}. Intervals: {baseline.overall.p50.method}.{damaged}{coarse}{model}"
