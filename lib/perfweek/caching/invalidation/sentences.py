"""What is said of invalidation."""

from collections.abc import Sequence

from perfweek.caching.invalidation.links import RULE, Linked
from perfweek.caching.invalidation.stampede import Stampede
from perfweek.caching.invalidation.strategies import Outcome
from perfweek.caching.logged import Logged
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, listed, number, percent, sentence

TOLERATED = 0.01
"""Share of reads that may be stale before entries must be told of writes: stated where it decides."""
NO_WRITES = "The log has no writes: nothing in it can become stale, and a time to live is all that entries need."


def chosen(found: Sequence[Outcome]) -> Outcome:
    """Time to live alone where its stale reads are surely few; else the strategy that is right with the fewest calls of the origin."""
    first = found[0]
    worst = first.stale.high if first.stale.high == first.stale.high else first.stale.value
    if worst <= TOLERATED:
        return first
    right = [one for one in found if one.stale.value <= TOLERATED] or [min(found, key=lambda one: one.stale.value)]
    return min(right, key=lambda one: (one.origin_reads + one.origin_writes, one.deleted))


def choice_sentence(linked: Linked, found: Sequence[Outcome], ttl_s: float) -> str:
    """Which strategy the log speaks for, what it costs and what it avoids."""
    if not linked.writes:
        return NO_WRITES
    first, best = found[0], chosen(found)
    alone = f"With a time to live of {number(ttl_s)} s alone {_share(first.stale)} of the reads get an answer that was overwritten before"
    if best is first:
        return f"{alone}: no more than {percent(TOLERATED)}, so nothing else is needed."
    how_old = "" if first.stale_max_s != first.stale_max_s else f", by up to {number(first.stale_max_s)} s"
    asks = f"{best.origin_reads - first.origin_reads:+,} reads of the origin"
    least = f"Of the strategies with at most {percent(TOLERATED)} stale reads, {best.strategy.name} costs the origin least: {asks}"
    return f"{alone}{how_old}. {least}, {_share(best.hits)} hits instead of {_share(first.hits)}, stale {_share(best.stale)}."


def rule_sentence(linked: Linked) -> str:
    """How writes were linked to reads, and what the rule leaves open."""
    known = f"Linked: {listed(list(linked.linked))}." if linked.linked else "No route of reads is linked to a write."
    unknown = f" Not linked, so never stale here, which may flatter: {listed(list(linked.unlinked))}." if linked.unlinked and linked.writes else ""
    return f"{sentence(f'the rule: {RULE}')} {known}{unknown}"


def work_sentence(linked: Linked, found: Sequence[Outcome]) -> str:
    """What writes cause: deletes, puts that KV refuses, races."""
    event = next(one for one in found if one.strategy.name == "event")
    through = next(one for one in found if one.strategy.name == "write-through")
    behind = next(one for one in found if one.strategy.name == "write-behind")
    each = event.deleted / max(1, linked.writes)
    return (
        f"A write deletes {number(each)} entries in the mean and {event.most_deleted:,} at most; a version in the key is one counter instead. "
        f"{count(event.overtaken, 'fill was', 'fills were')} overtaken by a write: a delete must also stop a fill under way (compare the version "
        f"before the put). Puts of one key within a second, which Workers KV refuses: {through.refused:,} with write-through. "
        f"Write-behind has up to {count(behind.at_risk, 'write')} not yet at the origin: lost where the cache is lost."
    )


def stampede_sentence(found: Sequence[Stampede]) -> str:
    """Whether misses come together here, and what helps."""
    plain, best = found[0], min(found[1:], key=lambda one: (one.calls, one.waits))
    if plain.together <= 1:
        return "No stampede in this log: no key was fetched twice at once."
    first = f"Up to {plain.together:,} fetches of one key run at once; {count(plain.calls, 'call')} of the origin for {plain.reads:,} reads"
    single = found[1]
    saved = f"single flight makes it 1 and saves {plain.calls - single.calls:,} calls"
    other = f"; fewest calls with {best.remedy.name}: {best.calls:,}" if best.remedy.name != single.remedy.name else ""
    return f"{first}: {saved}{other}."


def expiry_sentence(found: Sequence[Stampede]) -> str:
    """What jitter does to entries that end together."""
    plain, jitter = found[0], next(one for one in found if one.remedy.name == "jitter")
    if not plain.peak:
        return "Cannot tell whether entries end together: the log is shorter than the time to live."
    told = f"After the first time to live the origin gets up to {plain.peak:,} calls in a second, with a jitter of 10 % {jitter.peak:,}"
    return f"{told}." if jitter.peak < plain.peak else f"{told}: in this log entries do not end together."


def invalidation_note(logged: Logged, linked: Linked, size_mb: float, ttl_s: float) -> str:
    said = f"n = {linked.reads:,} reads and {linked.writes:,} writes replayed through one shared LRU cache of {number(size_mb)} MB"
    return f"{said}, entries living {number(ttl_s)} s; bars and brackets are 95 % over windows of time." + (
        f" {logged.damage}." if logged.damage else ""
    )


def _share(share: Estimate) -> str:
    return bracketed(share, "%")
