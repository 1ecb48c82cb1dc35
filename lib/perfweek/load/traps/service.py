"""Traps that make a service slower than it need be."""

import math

from perfweek.load.traps.trap import Endpoint, Observed, Trap
from perfweek.stats import Estimate, wilson
from perfweek.wording import bracketed, count, listed, number

DELAYED_MS = (38.0, 46.0)
FLAT_MS = (36.0, 52.0)
"""A delayed acknowledgement costs 40 ms on Linux and a few with it: the median, and where nine tenths of the requests lie."""
FEWEST = 20
FULL, FULL_LOW, TWO_CORES = 0.95, 0.9, 1.15
IDLE = 0.5
WARMING = 0.1


def missing_nodelay(observed: Observed) -> Trap | None:
    """A flat 44 ms of an endpoint that does nothing: the server leaves Nagle's algorithm on, and each answer waits for an acknowledgement.

    uvicorn with more than one worker, or on a socket made without its protocol, never sets TCP_NODELAY under the asyncio loop.
    """
    caught = [one for one in observed.endpoints if _waits_for_acknowledgement(one)]
    if not caught:
        return None
    first = max(caught, key=lambda one: one.requests)
    known = not math.isnan(first.inside_ms)
    inside = f", of which the service itself takes {number(first.inside_ms)} ms" if known else ""
    others = f"; so {'does' if len(caught) == 2 else 'do'} {count(len(caught) - 1, 'other endpoint')}" if len(caught) > 1 else ""
    return Trap(
        "44 ms without TCP_NODELAY",
        f"{first.name} takes {bracketed(first.p50, 'ms')} at the median and {number(first.p10_ms)} to {number(first.p90_ms)} ms for eight requests "
        f"in ten{inside}{others}: so flat {'is' if known else 'looks like'} the wait for a delayed acknowledgement.",
        "Serve with uvloop (uvicorn --loop uvloop) or gunicorn's uvicorn worker, or set TCP_NODELAY on the listening socket; then measure again.",
        misleads=False,
    )


def _waits_for_acknowledgement(one: Endpoint) -> bool:
    inside = 0.0 if math.isnan(one.inside_ms) else one.inside_ms
    waited = [value - inside for value in (one.p10_ms, one.p50.value, one.p90_ms)]
    flat = FLAT_MS[0] <= waited[0] and waited[2] <= FLAT_MS[1]
    return one.requests - one.refused >= FEWEST and flat and DELAYED_MS[0] <= waited[1] <= DELAYED_MS[1]


def single_worker(observed: Observed) -> Trap | None:
    """One process of the service fills a core while other cores idle: its other requests wait for that core and for nothing else."""
    machine = observed.machine
    if not machine or not machine.workers:
        return None
    first, *others = machine.workers
    low, value, high = (machine.cores * (1 - share) for share in (machine.busy.high, machine.busy.value, machine.busy.low))
    idle = Estimate(value, low, high, machine.busy.n, machine.busy.method)
    full = FULL <= first.value <= TWO_CORES and not first.low < FULL_LOW
    if not full or any(one.value > 0.5 for one in others) or not idle.value >= IDLE:
        return None
    return Trap(
        "Single worker at 100 % of a core",
        f"One process of the service uses {bracketed(first)} cores while {bracketed(idle)} of {machine.cores} cores idle.",
        "Run one worker for each core (with uvloop, see the 44 ms trap), or move work that keeps the interpreter out of the process.",
        misleads=False,
    )


def cold_cache(observed: Observed) -> Trap | None:
    """The cache answers clearly less at the start of the load than later: the first seconds are of another service."""
    seen = observed.warming
    if not seen or not seen.first or not seen.later:
        return None
    first, later = wilson(seen.first_hits, seen.first), wilson(seen.later_hits, seen.later)
    if first.high >= later.low or later.value - first.value < WARMING:
        return None
    return Trap(
        "Cold cache at the start",
        f"The cache answers {bracketed(first, '%')} of the requests at the start of the load and {bracketed(later, '%')} afterwards.",
        "Warm the cache before the load, or leave its start out; a service that restarts often has to be judged with it.",
        misleads=False,
    )


def redis_without_limit(observed: Observed) -> Trap | None:
    """A gauge that divides by maxmemory 0 shows infinity or nothing, and no alert on it ever fires."""
    if observed.redis_max_bytes != 0:
        return None
    return Trap(
        "maxmemory = 0",
        "Redis has no memory limit (redis_memory_max_bytes is 0): what divides by it shows +Inf, and Redis grows until the machine is full.",
        "Set maxmemory and maxmemory-policy; in dashboards divide only where redis_memory_max_bytes > 0.",
        misleads=True,
    )


def thread_tags(observed: Observed) -> Trap | None:
    """Tags belong to a thread, and all coroutines share one: a sample gets the tag that was set last, by whichever request."""
    if not observed.tagged:
        return None
    named = listed([f"`{name}`" for name in list(observed.tagged)[:3]])
    more = f" and {len(observed.tagged) - 3} more" if len(observed.tagged) > 3 else ""
    return Trap(
        "Thread tags under asyncio",
        f"Profile samples of {named}{more} are told apart by tags of their thread, but these handlers are coroutines of one thread.",
        "Tag synchronous handlers only (they run in the thread pool), or profile one endpoint or phase at a time.",
        misleads=True,
    )
