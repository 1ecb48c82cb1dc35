"""What is said of the proof."""

from collections.abc import Sequence

from perfweek.caching.proof.pressed import INSTANCES, MEAN_BYTES, PROCESS_TTL_S, REQUESTS, SHARED_TTL_S, Pressed
from perfweek.caching.proof.redis_replay import Replayed
from perfweek.caching.proof.tiers import Held
from perfweek.wording import number, percent

WITHIN = 0.02
"""Predictions must lie so near to what is measured: 2 points."""


def replay_sentence(found: Sequence[Replayed]) -> str:
    """How far the model of Redis's eviction is from a real server."""
    worst = max(found, key=lambda one: abs(one.difference))
    verdict = "within" if abs(worst.difference) <= WITHIN else "not within"
    return (
        f"Redis {worst.version} replayed {worst.requests:,} reads of the log at {len(found)} sizes: predicted and measured miss ratio differ by "
        f"{100 * abs(worst.difference):.2f} points at most (predicted {percent(worst.predicted)}, measured {percent(worst.measured)} with "
        f"{worst.entries:,} entries), {verdict} {number(100 * WITHIN)} points."
    )


def replay_note(found: Sequence[Replayed]) -> str:
    seconds = sum(one.seconds for one in found)
    return (
        f"n = {found[0].requests:,} reads a size, one replay each in {number(seconds)} s in all, so that Redis's clock of a second orders little; "
        "the model is given the entries that the server held and the times at which it was asked. One replay of one trace has no interval."
    )


def pressed_sentence(found: Sequence[Pressed]) -> str:
    """How far the models are from a server that has to evict."""
    worst = max(found, key=lambda one: abs(one.difference))
    verdict = "within" if abs(worst.difference) <= WITHIN else "not within"
    evicted = f"{min(one.evicted for one in found):,} to {max(one.evicted for one in found):,}"
    return (
        f"A synthetic trace, larger than its memory, made Redis {worst.version} evict {evicted} entries behind {INSTANCES} caches in the process: "
        f"predicted and measured hit ratio of Redis differ by {100 * abs(worst.difference):.2f} points at most (predicted "
        f"{percent(worst.predicted)}, measured {percent(worst.measured)}, {number(worst.room / 1e6)} MB), {verdict} {number(100 * WITHIN)} points."
    )


def pressed_note(found: Sequence[Pressed]) -> str:
    return (
        f"Synthetic: {REQUESTS:,} reads a size drawn by the popularity of the log's keys, each of which stands for several, with answers as "
        f"unequal as the log's but {MEAN_BYTES / 1000:g} kB on average; {INSTANCES} instances are asked by chance, their entries live "
        f"{PROCESS_TTL_S:g} s, those of Redis {SHARED_TTL_S:g} s. One replay each, {number(sum(one.seconds for one in found))} s in all; the models "
        "are told the times of the requests, not which instance was asked."
    )


def tiers_sentence(found: Sequence[Held]) -> str:
    """How far the simulation of the tiers is from the service's own."""
    known = [one for one in found if one.asked]
    if not known:
        return "Cannot tell: no read of the runs was answered."
    worst = max(known, key=lambda one: abs(one.difference))
    verdict = "within" if abs(worst.difference) <= WITHIN else "not within"
    told = f"{worst.tier}: predicted {percent(worst.predicted)}, measured {percent(worst.measured)}"
    apart = f"differ by {100 * abs(worst.difference):.2f} points at most ({told})"
    sizes = f"The service's own L1 and L2 at {len(found) // 2} sizes"
    return f"{sizes}: predicted and measured hit ratio {apart}, {verdict} {number(100 * WITHIN)} points."


def tiers_note(found: Sequence[Held]) -> str:
    reads = sum(one.asked for one in found if one.tier == "l1")
    return (
        f"n = {reads:,} reads in {len(found) // 2} runs of some seconds under k6; each run's requests, in their order and at their times, went "
        "through the simulation. Redis has 1 MB at least, since with less the buffers of its connections decide: a short log fits, so eviction is "
        "checked apart."
    )
