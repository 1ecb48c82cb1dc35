"""Thursday's sentences: each answers one question of the notebook with its interval, or says that there is no data."""

import math
from collections.abc import Sequence

from perfweek.access_log import SCHEMA
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.study import MEGABYTE, NO_DATA, Study
from perfweek.caching.trace import popularity, working_set
from perfweek.caching.worth.designs import seconds
from perfweek.wording import bracketed, count, listed

REMEDY = f"Name one under cache.log in target.toml: one JSON object a line, with the fields {', '.join(SCHEMA.names)}."
METHOD = (
    "Exact stack distances of every read (least recently used goes first), one cache that starts empty, a response standing for its entry; interval: "
    "t over 20 windows of time, the filling of the cache included."
)
NEGATIVE_TTL_S = 60
STILL_GROWING = 0.1
"""More keys than this share that come late show that a trace ended too early."""


def trace_note(study: Study) -> str:
    """How the trace was taken: what it holds, from when to when, what was left out."""
    if not study.curve.requests:
        return "No access log, so nothing was computed."
    return (
        f"Access log of {study.trace.seconds:,.0f} s, warm-up and ramps included (a cache sees them too): n = {study.curve.requests:,} reads, "
        f"{study.curve.writes:,} writes; {study.trace.left_out:,} records left out." + (f" {study.trace.damage}." if study.trace.damage else "")
    )


def curve_note(study: Study) -> str:
    """How the curve was computed, and what it leaves out."""
    return METHOD if study.curve.requests else trace_note(study)


def requested_sentence(study: Study) -> str:
    """What was requested, how unevenly, and what of the log is not in it."""
    reads = popularity(study.trace)
    if not reads.size:
        return f"{NO_DATA} {REMEDY}"
    if study.too_short:
        return study.too_short
    top = max(1, reads.size // 100)
    return (
        f"{reads.sum():,} reads of {reads.size:,} keys in {study.trace.seconds:,.0f} s: the {top:,} most read keys take "
        f"{100 * reads[:top].sum() / reads.sum():.0f} % of the reads, and {100 * (reads == 1).mean():.0f} % of the keys were read once. "
        f"{study.curve.writes:,} writes delete their key; {study.trace.left_out:,} records (failed, without a key) are left out."
    )


def working_set_sentence(study: Study) -> str:
    """How large the working set is, and whether it still grew at the end."""
    growth = working_set(study.trace)
    if growth.empty:
        return NO_DATA
    last, late = growth.iloc[-1], _late_share(study)
    grows = f"{100 * late:.0f} % of them were first read in the last quarter of the time"
    verdict = "the trace is too short to show the whole working set" if growing(study) else "the working set is nearly complete"
    return f"The working set is {last['so_far']:,.0f} keys, {last['bytes_so_far'] / MEGABYTE:,.1f} MB of responses; {grows}, so {verdict}."


def curve_sentence(study: Study) -> str:
    """Misses at two sizes, and what no size takes away."""
    if not study.curve.requests:
        return NO_DATA
    if study.too_short:
        return study.too_short
    if not study.curve.hits.size:
        return "No key was read a second time: no cache of any size would have answered anything."
    small, large = study.sizes[min(2, len(study.sizes) - 1)], study.sizes[-1]
    curve = study.curve
    first, stale = (f"{100 * misses / curve.requests:.1f} %" for misses in (curve.first, curve.stale))
    after = f" and {stale} the first after a write" if curve.stale else ""
    return (
        f"A cache of {small:,} objects misses {bracketed(study.miss_ratio(small), '%')} of the reads, one of {large:,} (every key) "
        f"{bracketed(study.miss_ratio(large), '%')}: {first} are the first read of their key{after}, which no size takes away."
    )


def observed_sentence(study: Study) -> str:
    """What the service's own first tier did, and the size of cache that would have done the same."""
    observed = study.observed()
    if math.isnan(observed.value):
        return "No data: the log does not say which cache tier answered."
    equal = study.curve.size_for(1 - observed.value)
    alike = "more than any cache of this model" if math.isnan(equal) else f"as much as a cache of {equal:,.0f} objects would in which nothing expires"
    return f"The service's own in-process cache answered {bracketed(observed, '%')} of the reads: {alike}."


def lives_sentence(study: Study, lives: Sequence[float]) -> str:
    """What times to live cost a cache that holds every key: it misses more the sooner its entries end."""
    if study.too_short:
        return study.too_short
    every = study.curve.distinct
    parts = [f"{seconds(life)} {bracketed(study.miss_ratio(every, life), '%')}" for life in lives]
    return (
        f"A cache with room for every key misses, by how long its entries live: {listed(parts)} of the reads; without an end "
        f"{bracketed(study.miss_ratio(every), '%')}."
    )


def absent_sentence(study: Study) -> str:
    """What remembering for 60 s that something is not there would answer."""
    absent = study.trace.absent
    if absent is None or not len(absent):
        return "No read asked for what is not there (404 or 410), so remembering absence would answer nothing."
    curve = exact_curve(Requests.of(absent["key"], absent["time"]), ttl=Ttl(NEGATIVE_TTL_S))
    answered = 100 * (1 - curve.floor)
    return (
        f"{count(len(absent), 'read')} asked for {count(curve.distinct, 'key')} not there; remembering that for {NEGATIVE_TTL_S} s would have "
        f"answered {answered:.0f} % of them. A write that creates the key must delete the note, or it hides the new value for that long."
    )


def growing(study: Study) -> bool:
    """Whether keys still came in at the end: then the trace is too short to show the whole working set."""
    return _late_share(study) > STILL_GROWING


def _late_share(study: Study) -> float:
    """The share of the keys that were first read in the last quarter of the time."""
    so_far = working_set(study.trace)["so_far"]
    return float(1 - so_far.iloc[3 * len(so_far) // 4 - 1] / so_far.iloc[-1])
