"""What the access log says about cache sizes: the curve of the trace, and points on it with their intervals."""

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from perfweek.caching.curve import Curve
from perfweek.caching.engine.exact import curves_by_group, exact_curve
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.intervals import FEWEST_WINDOWS, WINDOWS, share_over_windows
from perfweek.caching.trace import Trace
from perfweek.stats import Estimate, ratio_of_windows

MEGABYTE = 1e6
FRACTIONS = (0.01, 0.03, 0.1, 0.3, 1.0)
FEWEST_READS = 100
"""A log with fewer reads says nothing about caches."""


@dataclass(frozen=True)
class Study:
    """A trace and everything that is computed from it once."""

    trace: Trace

    @cached_property
    def curve(self) -> Curve:
        """Misses against size in objects, nothing expiring."""
        return exact_curve(self.trace.requests)

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

    @property
    def too_short(self) -> str:
        """Why nothing can be said of caches, in a sentence; '' where something can."""
        reads = self.curve.requests
        if not reads:
            return NO_DATA
        return f"Cannot tell: {reads:,} reads are too few; a cache needs {FEWEST_READS} at least to show itself." if reads < FEWEST_READS else ""

    def miss_ratio(self, objects: float, ttl_s: float = math.inf) -> Estimate:
        """Misses of one cache of so many objects whose entries live `ttl_s` from their fill, with a t interval over windows of time."""
        curves = _by_window(self.trace, ttl_s) if self.curve.requests else []
        requests = np.array([curve.requests for curve in curves], float)
        missed = np.array([curve.requests * curve.miss_ratio(objects) if curve.requests else 0 for curve in curves])
        found = ratio_of_windows(missed, requests)
        low, high = (max(0.0, found.low), min(1.0, found.high)) if found.n >= FEWEST_WINDOWS else (math.nan, math.nan)
        return replace(found, low=low, high=high, n=self.curve.requests)

    def observed(self, tier: str = "l1") -> Estimate:
        """The share of the reads that `tier` answered when the log was written; no data where no read names a tier."""
        return observed_hit_ratio(self.trace, tier)


NO_DATA = "No data: the measurement has no access log."


@lru_cache(maxsize=16)
def _by_window(trace: Trace, ttl_s: float) -> list[Curve]:
    """The curve of each window of time, in the cache of the whole trace."""
    times = trace.frame["time"].to_numpy(float)
    span = float(np.ptp(times)) or 1.0
    window = np.minimum((times - times[0]) / span * WINDOWS, WINDOWS - 1).astype(np.int32)
    return curves_by_group(replace(trace.requests, groups=window), WINDOWS, ttl=Ttl(ttl_s))


def observed_hit_ratio(trace: Trace, tier: str = "l1") -> Estimate:
    """The share of the reads that `tier` answered, by windows of time; no data where no read names a tier."""
    reads = trace.reads
    if reads["tier"].isin(["", "none"]).all():
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    return share_over_windows(reads["tier"].eq(tier), reads["time"])
