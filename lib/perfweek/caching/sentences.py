"""Thursday's sentences: each answers one question of the notebook with its interval, or says that there is no data."""

import math
from collections.abc import Sequence

from perfweek.access_log import SCHEMA
from perfweek.caching.study import MEGABYTE, Study
from perfweek.caching.trace import popularity, working_set
from perfweek.target import Tier
from perfweek.wording import bracketed

NO_DATA = "No data: the measurement has no access log."
REMEDY = f"Name one under cache.log in target.toml: one JSON object a line, with the fields {', '.join(SCHEMA.names)}."
IGNORED = (
    "Not in these figures: a write deletes only the key that the log gives for it; a response stands for its entry in memory, "
    "which is larger; several instances of the service, each with its own cache, would answer less."
)
METHOD = (
    "Exact stack distances of every read (least recently used goes first), a cache that starts empty; interval: t over 20 windows of time, "
    "the filling of the cache included."
)
WORTH = 0.01
"""The last share of the reads that is not worth more memory."""
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
    return f"{METHOD} {IGNORED}" if study.curve.requests else trace_note(study)


def requested_sentence(study: Study) -> str:
    """What was requested, how unevenly, and what of the log is not in it."""
    reads = popularity(study.trace)
    if not reads.size:
        return f"{NO_DATA} {REMEDY}"
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
    verdict = "the trace is too short to show the whole working set" if late > STILL_GROWING else "the working set is nearly complete"
    return f"The working set is {last['so_far']:,.0f} keys, {last['bytes_so_far'] / MEGABYTE:,.1f} MB of responses; {grows}, so {verdict}."


def curve_sentence(study: Study) -> str:
    """Misses at two sizes, and what no size takes away."""
    if not study.curve.requests:
        return NO_DATA
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


def tiers_sentence(study: Study, tiers: Sequence[Tier]) -> str:
    """What the first planned tier would hold and answer."""
    if not study.curve.requests:
        return NO_DATA
    if not tiers:
        return "No data: target.toml plans no cache tiers."
    first = study.tiers(tiers[:1]).iloc[0]
    share = "every key" if first["keys_share"] == 1 else f"{100 * first['keys_share']:.0f} % of the keys"
    hits = study.hit_ratio(tiers[0].size_mb * MEGABYTE, tiers[0].ttl_s)
    plan = f"{tiers[0].name} at {tiers[0].size_mb:,g} MB and {tiers[0].ttl_s:,g} s"
    return f"{plan} would hold {share} of this trace and answer {bracketed(hits, '%')} of the reads."


def decision(study: Study, tiers: Sequence[Tier]) -> list[str]:
    """The day's verdict: the smallest cache that is worth its memory, what more would bring, what the plan would do."""
    curve = study.curve
    if not curve.requests:
        return [NO_DATA, REMEDY]
    if not curve.hits.size:
        return ["Do not cache: no key was read a second time, so no cache of any size would have answered anything."]
    objects = curve.size_for(curve.floor + WORTH)
    room = f"{objects:,.0f} objects, about {objects * study.mean_bytes / MEGABYTE:,.1f} MB of responses"
    now, more = study.observed(), "More memory would answer less than one more read in a hundred"
    today = "" if math.isnan(now.value) else f"; today's answers {100 * now.value:.0f} %"
    short = ", but the trace is too short to show the whole working set: measure for longer before you buy it."
    return [
        f"Give the in-process cache room for {room}: it would answer {100 * (1 - curve.miss_ratio(objects)):.0f} % of the reads{today}.",
        more + (short if _late_share(study) > STILL_GROWING else "."),
        tiers_sentence(study, tiers),
    ]


def _late_share(study: Study) -> float:
    """The share of the keys that were first read in the last quarter of the time."""
    so_far = working_set(study.trace)["so_far"]
    return float(1 - so_far.iloc[3 * len(so_far) // 4 - 1] / so_far.iloc[-1])
