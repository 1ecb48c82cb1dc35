"""Time to live, counted from the moment an entry was filled."""

from dataclasses import dataclass

import numpy as np

from perfweek.caching.engine.bits import inlined
from perfweek.caching.engine.requests import NO_TTL, Requests, microseconds
from perfweek.errors import ParameterError

_END = np.int64(1) << np.int64(61)


@dataclass(frozen=True)
class Ttl:
    """How long an entry lives from its fill, where a request brings no time of its own. `jitter`: each fill's time is spread evenly over
    seconds * (1 - jitter) to seconds * (1 + jitter), so that what was filled together does not expire together. `seed`: of that spread."""

    seconds: float = np.inf
    jitter: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ParameterError(f"a time to live must be over 0 s, not {self.seconds:g}")
        if not 0 <= self.jitter <= 1:
            raise ParameterError(f"the jitter of a time to live is a share from 0 to 1, not {self.jitter:g}")

    @property
    def microseconds(self) -> int:
        return int(microseconds(self.seconds)) or 1

    def applies(self, requests: Requests) -> bool:
        """Whether anything can expire. Raises ParameterError where it could and the requests have no times."""
        applies = bool(self.seconds < np.inf or (requests.ttls is not None and (requests.ttls != NO_TTL).any()))
        if applies:
            requests.needs("times", "a time to live")
        return applies


@inlined
def expires_at(time, ttl, jitter, seed, key):
    """When an entry filled now expires: microseconds. `ttl` without end gives an end that no trace reaches."""
    if jitter > 0:
        mixed = (np.uint64(time) ^ (np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) ^ seed) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        spread = np.float64(mixed >> np.uint64(11)) * 2.0**-52 - 1
        ttl = max(np.int64(ttl * (1 + jitter * spread)), np.int64(1))
    return min(time, _END) + min(ttl, _END)
