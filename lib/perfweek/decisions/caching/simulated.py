"""The log's reads and writes replayed through the tiers that the target plans, and what each answer takes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.requests import DELETE, READ
from perfweek.caching.engine.requests import Requests as Trace
from perfweek.caching.tiers.replay import TIERS, Weights, replay_tiers
from perfweek.caching.worth.designs import designed
from perfweek.decisions.material import Missing, Requests
from perfweek.resampling import Floats
from perfweek.target import Cache

LOOKUP_MS = {"l1": 0.01, "l2": 0.5, "l3": 1.0, "l4": 5.0}
"""What asking a tier in vain takes; assumed. An answer's time holds the service's own work as well, which a miss pays only once."""
USUAL_MS = {"l1": 0.05, "l2": 1.0, "l3": 30.0, "l4": 20.0}
"""What an answer of a tier takes where neither the log nor the target says; assumed."""
ORIGIN = TIERS.index("origin")


@dataclass(frozen=True)
class Simulated:
    """Each read of a key: `time`, `tier` (place in TIERS), `stale`, `miss_ms` (what the origin takes for it); `hit_ms` by tier; `planned` levels."""

    time: Floats
    tier: npt.NDArray[np.uint8]
    stale: npt.NDArray[np.bool_]
    miss_ms: Floats
    hit_ms: Mapping[str, float]
    planned: tuple[str, ...]
    covered: float

    @property
    def ms(self) -> Floats:
        """What each read takes: the lookups in vain on its way, and its tier's answer or the origin's."""
        asked = [LOOKUP_MS[name] if name in self.planned else 0.0 for name in TIERS[:ORIGIN]]
        lookups, answers = np.concatenate([[0.0], np.cumsum(asked)]), np.array([*(self.hit_ms.get(name, 0.0) for name in TIERS[:ORIGIN]), 0.0])
        return lookups[self.tier] + answers[self.tier] + np.where(self.tier == ORIGIN, self.miss_ms, 0.0)


def simulated(requests: Requests, cache: Cache, bare: bool = False) -> Simulated | Missing:
    """The reads of keys through the planned tiers; missing where the log has no keys or, unless `bare`, where the target plans no tier."""
    if not cache.tiers and not bare:
        return Missing("the target plans no cache tier; describe them under cache.tiers in target.toml", requests.dataset.source)
    return _simulated(_Held(requests), cache)


def lived(requests: Requests, ttl_s: float) -> float:
    """The share of an entry's life that the log lasts; 1 for a life without end, which no log can cover."""
    return 1.0 if math.isinf(ttl_s) else min(1.0, requests.seconds / ttl_s)


class _Held:
    """Requests by identity, so that one simulation serves all criteria of a log."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests

    def __hash__(self) -> int:
        return id(self.requests)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.requests is self.requests


@lru_cache(maxsize=8)
def _simulated(held: _Held, cache: Cache) -> Simulated | Missing:
    requests = held.requests
    frame = requests.frame.loc[requests.reads.index.union(requests.writes.index)]
    frame = frame[frame["key"] != ""]
    write = ~frame["method"].isin(("GET", "HEAD")).to_numpy()
    if write.all():
        return Missing("no answered read carries a cache key", requests.dataset.source)
    sizes = frame["bytes"].to_numpy(np.int64).clip(min=1)
    numbered = Numbered.of(Trace.of(frame["key"], frame["time"].to_numpy(float), sizes, np.where(write, DELETE, READ)))
    answered = replay_tiers(numbered, designed(cache), Weights(sizes, sizes))
    reads = frame[~write]
    return Simulated(
        reads["time"].to_numpy(float),
        answered.tiers[~write],
        answered.stale[~write],
        _miss_ms(reads, cache),
        {level: tier.hit_ms or _measured_ms(reads, level) for level, tier in cache.by_level()},
        tuple(level for level, _ in cache.by_level()),
        len(reads) / max(1, len(requests.reads)),
    )


def _miss_ms(reads: pd.DataFrame, cache: Cache) -> Floats:
    """Of each read: as stated, else the median of its route's reads that the origin answered, else that of all of them, else its own."""
    if cache.origin_ms:
        return np.full(len(reads), cache.origin_ms)
    origin = reads[reads["tier"].isin(("origin", "none", ""))]
    of_all = float(origin["duration_ms"].median()) if len(origin) else math.nan
    by_route = origin.groupby("route")["duration_ms"].median()
    return reads["route"].map(by_route).fillna(of_all).fillna(reads["duration_ms"]).to_numpy(float)


def _measured_ms(reads: pd.DataFrame, level: str) -> float:
    found = reads.loc[reads["tier"] == level, "duration_ms"]
    return float(found.median()) if len(found) >= 30 else USUAL_MS[level]
