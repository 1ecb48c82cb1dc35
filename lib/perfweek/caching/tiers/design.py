"""What a design of cache tiers is made of.

The path of a request: the edge (L4, numbered last and met first), an instance's own memory (L1), the shared Redis (L2), the warehouse's result
cache (L3), the warehouse. What misses is answered further on, and fills the tiers on the way back.
"""

import math
from dataclasses import dataclass
from typing import Literal

from perfweek.errors import ParameterError

Routing = Literal["random", "affinity"]
Filling = Literal["inclusive", "exclusive"]
Telling = Literal["nothing", "shared", "every"]
DAY_S = 86_400.0
KV_LEAST_CACHED_S = 30.0  # least cacheTtl of Workers KV since 2026-01-30; 60 s before
KV_LEAST_TTL_S = 60.0  # least expirationTtl
KV_LARGEST = 25 << 20  # bytes of a value
KV_LONGEST_KEY = 512  # bytes
KV_WRITE_EVERY_S = 1.0  # writes a key


@dataclass(frozen=True)
class Store:
    """A least-recently-used cache of `capacity` (bytes of entries; objects where the trace has no sizes); entries live `ttl_s` from their fill."""

    capacity: float
    ttl_s: float = math.inf

    def __post_init__(self) -> None:
        if not (self.capacity > 0 and self.ttl_s > 0):
            raise ParameterError(f"a tier needs a size and a time to live over 0, not {self.capacity:g} and {self.ttl_s:g} s")


@dataclass(frozen=True)
class ResultCache:
    """Snowflake's: without limit of size; a result is kept `kept_s` from its last use and `longest_s` from its first run, and answers the same text
    until any table behind it changes. So it is never stale."""

    kept_s: float = DAY_S
    longest_s: float = 31 * DAY_S


@dataclass(frozen=True)
class Edge:
    """Workers KV: a value lives `ttl_s` from its write; each of `locations` keeps what it has read for `cached_s`, whatever is written elsewhere, and
    sees a new value of another location `propagation_s` after its write. One write a second a key is taken."""

    ttl_s: float
    cached_s: float = 60.0
    locations: int = 1
    propagation_s: float = 60.0

    def __post_init__(self) -> None:
        if self.ttl_s < KV_LEAST_TTL_S or self.cached_s < KV_LEAST_CACHED_S:
            raise ParameterError(
                f"Workers KV keeps no value for less than {KV_LEAST_TTL_S:g} s and caches none for less than {KV_LEAST_CACHED_S:g} s"
            )
        if not 1 <= self.locations <= 330:
            raise ParameterError(f"the edge has 1 to 330 locations, not {self.locations}")


@dataclass(frozen=True)
class Design:
    """Which tiers there are (None: not there) and how they work together.

    `process` is the store of each of `instances`. `filling`: 'exclusive' keeps an entry in L1 or in L2, and L1 evicts into L2. `inherits`:
    a copy lives no longer than what it was copied from. `tells`: what a write deletes: 'nothing' (entries only expire), 'shared' (L2 and the L1 of
    the instance that wrote), or 'every' L1 and the edge too. `fetch_s`: how long a miss is under way at the origin.
    """

    process: Store | None = None
    shared: Store | None = None
    results: ResultCache | None = None
    edge: Edge | None = None
    instances: int = 1
    routing: Routing = "random"
    filling: Filling = "inclusive"
    inherits: bool = False
    tells: Telling = "shared"
    fetch_s: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.instances <= 256:
            raise ParameterError(f"a service has 1 to 256 instances here, not {self.instances}")

    @property
    def exclusive(self) -> bool:
        return self.filling == "exclusive" and self.process is not None and self.shared is not None

    @property
    def worst_age_s(self) -> float:
        """The oldest answer that a reader can get: times to live add up along the path that fills them, unless copies inherit; the result cache
        adds nothing, since it never answers after a change."""
        lives = [tier.ttl_s for tier in (self.process, self.shared, self.edge) if tier]
        return (max if self.inherits else sum)(lives) if lives else 0.0

    @property
    def worst_stale_s(self) -> float:
        """How long after a write an answer from before it may still come."""
        if self.tells == "nothing":
            return self.worst_age_s
        if self.tells == "every":
            return self.edge.cached_s + self.edge.propagation_s if self.edge else 0.0
        lives = [self.process.ttl_s] if self.process and self.instances > 1 else []
        lives += [self.edge.ttl_s] if self.edge else []
        return (max if self.inherits else sum)(lives) if lives else 0.0
