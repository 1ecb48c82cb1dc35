"""Known traps of load tests and profiles: each detector speaks up by name where the evidence shows its trap, and is silent otherwise."""

import math
from collections.abc import Callable

from perfweek.load.traps.measuring import (
    coordinated_omission,
    cumulative_quantiles,
    profiles_of_different_kinds,
    refused_as_fast,
    saturated_generator,
    whole_seconds,
)
from perfweek.load.traps.service import cold_cache, missing_nodelay, redis_without_limit, single_worker, thread_tags
from perfweek.load.traps.trap import Endpoint, Generator, Machine, Observed, Recorded, Trap, Warming

__all__ = ["TRAPS", "Endpoint", "Generator", "Machine", "Observed", "Recorded", "Trap", "Warming", "looked_for", "sprung", "traps_sentence"]

TRAPS: tuple[tuple[Callable[[Observed], Trap | None], str], ...] = (
    (saturated_generator, "generator"),
    (refused_as_fast, "endpoints"),
    (coordinated_omission, "model"),
    (whole_seconds, "resolution_s"),
    (missing_nodelay, "endpoints"),
    (single_worker, "machine"),
    (cold_cache, "warming"),
    (redis_without_limit, "redis_max_bytes"),
    (thread_tags, "tagged"),
    (cumulative_quantiles, "gauges"),
    (profiles_of_different_kinds, "compared"),
)
"""Each detector, and what it has to know."""


def sprung(observed: Observed) -> list[Trap]:
    """The traps that `observed` shows, those that mislead first, else in the order of TRAPS."""
    found = [trap for detector, _ in TRAPS if (trap := detector(observed))]
    return sorted(found, key=lambda trap: not trap.misleads)


def looked_for(observed: Observed) -> int:
    """How many traps of TRAPS the evidence could show."""
    return sum(_known(getattr(observed, needed)) for _, needed in TRAPS)


def traps_sentence(observed: Observed) -> str:
    """All of them by name, with evidence and remedy; or of how many none was found."""
    found = sprung(observed)
    if found:
        return " ".join(f"{trap.name}: {trap.sentence} {trap.remedy}" for trap in found)
    return f"None of {looked_for(observed)} known traps was found; about {len(TRAPS) - looked_for(observed)} more this evidence says nothing."


def _known(value: object) -> bool:
    return not math.isnan(value) if isinstance(value, float) else value not in (None, (), "unknown")
