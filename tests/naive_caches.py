"""Caches that are really filled, key by key, in plain Python: what the engine must equal."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

READ, DELETE, FILL = 0, 1, 2


@dataclass(frozen=True)
class Asked:
    """One request: `kind` is READ, DELETE or FILL; `ttl` None where the default holds."""

    key: int
    time: int = 0
    size: int = 1
    kind: int = READ
    ttl: int | None = None


def misses(trace: Sequence[Asked], capacity: int, ttl: float = math.inf, by_bytes: bool = False, eager: bool = False) -> int:
    """Misses of an LRU cache with a time to live from the fill: an OrderedDict of key -> (size, end of life)."""
    cache: OrderedDict[int, tuple[int, float]] = OrderedDict()
    missed = 0
    for asked in trace:
        if eager:
            for key in [key for key, (_, until) in cache.items() if until <= asked.time]:
                del cache[key]
        held = cache.pop(asked.key, None)
        if asked.kind == DELETE:
            continue
        if asked.kind == READ and held and asked.time < held[1]:
            cache[asked.key] = held
            continue
        missed += asked.kind == READ
        size = asked.size if by_bytes else 1
        if size > capacity:
            continue
        while sum(held_size for held_size, _ in cache.values()) + size > capacity:
            cache.popitem(last=False)
        cache[asked.key] = (size, asked.time + (ttl if asked.ttl is None else asked.ttl))
    return missed
