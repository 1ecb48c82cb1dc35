"""A cold start, replayed: how the hits come back with and without warming, and what the origin gets meanwhile."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfweek.caching.invalidation.kernel import MISS, NOT_A_READ
from perfweek.caching.invalidation.links import Linked
from perfweek.caching.invalidation.strategies import Strategy, collections_of, replayed, writes_of
from perfweek.caching.warming.plan import Plan, second_half

STEADY = 0.9
WINDOWS = 40
SHARE = 0.5
"""Of what the origin has left beside its callers the warm-up takes so much."""
_DELETES = Strategy("event", "writes delete", deletes=True)


@dataclass(frozen=True)
class Course:
    """Windows of time from the start: `ends_s`, `hits` (share of the reads; NaN without), `peak`: the most misses in a second."""

    ends_s: npt.NDArray[np.float64]
    hits: npt.NDArray[np.float64]
    misses: int
    peak: float


@dataclass(frozen=True)
class ColdStart:
    """The second half of the log three ways: with the cache as the first half left it, cold, and warmed at `rate` fills a second before the start.
    `to_steady_s`, `warmed_to_steady_s`: until hits are STEADY of those of the warm cache; NaN where that is not reached. `origin_limit`: requests a
    second that the origin takes, NaN for unknown; `allowed`: fills a second that it has room for beside its callers."""

    plan: Plan
    steady: Course
    cold: Course
    warmed: Course
    to_steady_s: float
    warmed_to_steady_s: float
    rate: float
    origin_limit: float
    allowed: float
    span_s: float


def cold_start(plan: Plan, capacity_bytes: float, ttl_s: float, origin_limit: float = math.nan) -> ColdStart:
    """Replay it. Where the origin's limit is not known, warming is replayed at a tenth of the reads a second."""
    events = plan.linked.events
    late = events.times[plan.start :]
    span_s = float(late[-1] - late[0]) / 1e6 if late.size else 0.0
    edges = np.linspace(0, max(span_s, 1e-6), WINDOWS + 1)

    def course(linked: Linked, skipped: int) -> Course:
        own, scoped = writes_of(linked)
        codes = replayed(_DELETES, linked, collections_of(plan.linked), own, scoped, capacity_bytes, ttl_s)[0][skipped:]
        return _course(codes & np.uint8(7), late, edges)

    steady, cold = course(plan.linked, plan.start), course(second_half(plan)[0], 0)
    allowed = max(0.0, SHARE * (origin_limit - cold.peak))
    rate = allowed if allowed > 0 else 0.1 * late.size / max(span_s, 1.0)
    warmed = course(*second_half(plan, rate))
    return ColdStart(plan, steady, cold, warmed, _reached(cold, steady), _reached(warmed, steady), rate, origin_limit, allowed, span_s)


def _course(codes: npt.NDArray[np.uint8], times: npt.NDArray[np.int64], edges: npt.NDArray[np.float64]) -> Course:
    read = codes != NOT_A_READ
    since = (times[read] - times[0]) / 1e6 if times.size else np.zeros(0)
    missed = codes[read] == MISS
    window = np.minimum(np.searchsorted(edges, since, side="right") - 1, WINDOWS - 1)
    reads = np.bincount(window, minlength=WINDOWS).astype(float)
    hits = np.divide(np.bincount(window, ~missed, WINDOWS), reads, out=np.full(WINDOWS, np.nan), where=reads > 0)
    seconds = np.bincount(since[missed].astype(int)) if missed.any() else np.zeros(1)
    return Course(edges[1:], hits, int(missed.sum()), float(seconds.max()))


def _reached(course: Course, steady: Course) -> float:
    """The end of the first window from which three windows together have STEADY of the hits of the warm cache."""
    if not np.nansum(steady.hits):
        return math.nan
    for place in range(WINDOWS - 2):
        part = slice(place, place + 3)
        if np.nanmean(course.hits[part]) >= STEADY * np.nanmean(steady.hits[part]):
            return float(course.ends_s[place]) if place else 0.0
    return math.nan
