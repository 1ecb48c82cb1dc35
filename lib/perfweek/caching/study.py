"""What the access log says about cache sizes: the curve of the trace, points on it with their intervals, and the planned tiers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.curve import Curve, curve_of
from perfweek.caching.distances import Ids, byte_distances, dense_ids, stack_distances
from perfweek.caching.expiry import with_expiry
from perfweek.caching.intervals import share_over_windows
from perfweek.caching.trace import Trace
from perfweek.stats import Estimate
from perfweek.target import Tier

MEGABYTE = 1e6
FRACTIONS = (0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class Study:
    """A trace and everything that is computed from it once."""

    trace: Trace

    @cached_property
    def curve(self) -> Curve:
        """Misses against size in objects, nothing expiring."""
        return curve_of(self._slots, "objects")

    @property
    def source(self) -> str:
        return self.trace.source

    @property
    def mean_bytes(self) -> float:
        """The mean response, each key counted once; NaN for no data."""
        reads = self.trace.reads
        return float(reads.groupby("key", sort=False)["bytes"].mean().mean()) if len(reads) else math.nan

    @property
    def sizes(self) -> list[int]:
        """The sizes of the recorded points, in objects: FRACTIONS of the keys, rounded up."""
        return sorted({math.ceil(fraction * self.curve.distinct) for fraction in FRACTIONS}) if self.curve.distinct else []

    def miss_ratio(self, objects: float) -> Estimate:
        """Misses of a cache of so many objects, nothing expiring."""
        return _complement(self._answered(self._slots, objects))

    def hit_ratio(self, size_bytes: float, ttl_s: float = math.inf) -> Estimate:
        """Hits of a cache of so many bytes of responses whose entries live for `ttl_s`."""
        times = self.trace.frame["time"].to_numpy(float)
        return self._answered(with_expiry(self._bytes, self._ids, times, ttl_s, self.trace.writes), size_bytes + 1)

    def observed(self, tier: str = "l1") -> Estimate:
        """The share of the reads that `tier` answered when the log was written; no data where no read names a tier."""
        return observed_hit_ratio(self.trace, tier)

    def tiers(self, tiers: Sequence[Tier]) -> pd.DataFrame:
        """One row a planned tier, each taken alone: tier, size_mb, ttl_s, objects (at the mean response), keys_share (of the keys that were
        read), hit_ratio, low, high."""
        rows = []
        for tier in tiers:
            hits = self.hit_ratio(tier.size_mb * MEGABYTE, tier.ttl_s)
            objects = tier.size_mb * MEGABYTE / self.mean_bytes
            share = min(1.0, objects / self.curve.distinct) if self.curve.distinct else math.nan
            rows.append((tier.name, tier.size_mb, tier.ttl_s, objects, share, hits.value, hits.low, hits.high))
        return pd.DataFrame(rows, columns=["tier", "size_mb", "ttl_s", "objects", "keys_share", "hit_ratio", "low", "high"])

    @cached_property
    def _ids(self) -> Ids:
        return dense_ids(self.trace.frame["key"])

    @cached_property
    def _slots(self) -> npt.NDArray[np.int32]:
        return stack_distances(self._ids, self.trace.writes)

    @cached_property
    def _bytes(self) -> npt.NDArray[np.int64]:
        return byte_distances(self._ids, self.trace.frame["bytes"].to_numpy(np.int64), self.trace.writes)

    def _answered(self, distances: npt.NDArray[np.integer], size: float) -> Estimate:
        """A request is answered where 0 <= distance < size."""
        read = ~self.trace.writes
        hits = (distances >= 0) & (distances < size)
        return share_over_windows(hits[read], self.trace.frame["time"].to_numpy(float)[read])


def observed_hit_ratio(trace: Trace, tier: str = "l1") -> Estimate:
    """The share of the reads that `tier` answered, by windows of time; no data where no read names a tier."""
    reads = trace.reads
    if reads["tier"].isin(["", "none"]).all():
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    return share_over_windows(reads["tier"].eq(tier), reads["time"])


def _complement(hits: Estimate) -> Estimate:
    return Estimate(1 - hits.value, 1 - hits.high, 1 - hits.low, hits.n, hits.method)
