"""Curves from a sample of the keys (SHARDS; Waldspurger et al., FAST 2015): for traces that are too long to walk whole.

A key is in the sample where its hash is below a threshold, so all its requests are, and distances shrink by the rate of the sample. What the
sample has more or fewer requests than its share is put down to the smallest sizes (SHARDS-adj). Several samples, each with its own salt, tell
how far the curve can be trusted. Below about 100 keys of the sample it cannot: there a curve is refused, and L1 caches are often of that size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from perfweek.caching.curve import Curve, Unit
from perfweek.caching.engine.bits import kernel
from perfweek.caching.engine.counts import Counts
from perfweek.caching.engine.exact import Stream, Walk, pieces
from perfweek.caching.engine.requests import READ, Keys, Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.errors import ParameterError
from perfweek.stats import CONFIDENCE, Estimate
from perfweek.student import student_from_normal

SALTS = 5
FEWEST = 100  # keys of the sample that a size must hold
_SPACE = 1 << 32
Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class SampledCurve:
    """Curves of samples of one trace, a salt each. `requests` are the reads of the whole trace; `objects` its keys, estimated; `fewest` is the
    smallest size at which the sample says something, in the unit of the curves."""

    curves: Sequence[Curve]
    rate: float
    requests: int
    objects: int
    fewest: float

    @property
    def largest(self) -> int:
        """The smallest size that answers all that any size does."""
        return max((int(curve.sizes[-1]) for curve in self.curves if curve.sizes.size), default=1)

    def miss_ratio(self, size: float) -> Estimate:
        """The mean over the salts with a t interval; NaN below `fewest`, where sampling misleads."""
        if size < self.fewest:
            return Estimate(
                math.nan, math.nan, math.nan, self.requests, f"refused: a sample of rate {self.rate:.2g} says nothing below {self.fewest:,.0f}"
            )
        values = np.array([curve.miss_ratio(size) for curve in self.curves])
        method = f"mean of {values.size} samples of rate {self.rate:.2g}"
        if values.size < 2:
            return Estimate(float(values.mean()), math.nan, math.nan, self.requests, method)
        half = float(student_from_normal(NormalDist().inv_cdf((1 + CONFIDENCE) / 2), values.size - 1) * values.std(ddof=1) / math.sqrt(values.size))
        mean = float(values.mean())
        return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), self.requests, f"{method}, t interval over them")


def sampled_curve(
    requests: Stream, rate: float, unit: Unit = "objects", ttl: Ttl | None = None, at: npt.ArrayLike = (), salts: Sequence[int] = range(SALTS)
) -> SampledCurve:
    """The curve from samples of `rate` of the keys, the same for equal salts."""
    if not 0 < rate <= 1:
        raise ParameterError(f"a sample is a share of the keys over 0 and up to 1, not {rate:g}")
    samples = [Sample(rate, salt, unit, ttl or Ttl(), np.asarray(at, float) * rate) for salt in salts]
    reads = 0
    for part in (requests,) if isinstance(requests, Requests) else requests:
        reads += len(part) if part.kinds is None else int(np.count_nonzero(part.kinds == READ))
        for sample in samples:
            sample.add(part)
    return _of(
        [sample.curve(reads) for sample in samples], rate, reads, [sample.keys for sample in samples], [sample.mean_size for sample in samples]
    )


def _of(curves: Sequence[Curve], rate: float, reads: int, keys: Sequence[int], sizes: Sequence[float]) -> SampledCurve:
    size = float(np.mean(sizes)) if curves and curves[0].unit == "bytes" else 1.0
    return SampledCurve(curves, rate, reads, round(float(np.mean(keys)) / rate), FEWEST / rate * size)


class Sample:
    """One sample of a stream at a fixed rate."""

    def __init__(self, rate: float, salt: int, unit: Unit, ttl: Ttl, at: npt.ArrayLike = ()) -> None:
        self._rate, self._salt, self._unit = rate, salt, unit
        self._walk, self._counts = Walk(unit, ttl), Counts(unit, at)
        self._bytes = self._taken = 0

    @property
    def keys(self) -> int:
        return self._walk.numbering.size

    @property
    def mean_size(self) -> float:
        """Bytes a request of the sample; 1 without sizes."""
        return self._bytes / self._taken if self._taken and self._bytes else 1.0

    def add(self, part: Requests) -> None:
        for chosen in pieces(part[sampled(part.keys, self._rate, self._salt)]):
            self._taken += len(chosen)
            self._bytes += 0 if chosen.sizes is None else int(np.maximum(chosen.sizes, 0).sum())
            self._counts.add(self._walk(chosen))

    def curve(self, reads: int) -> Curve:
        """The curve of the whole trace of `reads` requests."""
        return scaled(self._counts.curve(), self._rate, reads)


def scaled(curve: Curve, rate: float, reads: int) -> Curve:
    """The curve of a sample stretched to the whole trace: its sizes by the rate, its hits by what the sample lacks or has too much."""
    expected = max(1, round(reads * rate))
    hits = np.clip(curve.hits + (expected - curve.requests), 0, expected)
    own = 1 if curve.unit == "objects" else 0  # a distance of 0 objects needs a cache of 1
    sizes = np.floor((curve.sizes - own) / rate).astype(np.int64) + 1
    return Curve(sizes, hits, expected, curve.first, curve.stale, curve.writes, round(curve.distinct / rate), curve.unit)


def fixed_size_curve(requests: Stream, keys: int, salt: int = 0) -> SampledCurve:
    """The curve by objects from a sample of about `keys` keys, whatever the length of the trace: when it grows over that, the rate is lowered and
    the keys above it leave the sample. Memory is bounded."""
    if keys < FEWEST:
        raise ParameterError(f"a sample needs at least {FEWEST} keys, not {keys}")
    walk, rate, reads = Walk("objects", Ttl()), 1.0, 0
    epochs: list[tuple[float, Counts]] = [(rate, Counts("objects"))]
    for part in pieces(requests):
        reads += len(part) if part.kinds is None else int(np.count_nonzero(part.kinds == READ))
        chosen = part[sampled(part.keys, rate, salt)]
        epochs[-1][1].add(walk(chosen))
        if walk.live > keys:
            rate = _lower(walk, keys, salt)
            epochs.append((rate, Counts("objects")))
    return _of([_joined(epochs, rate, reads)], rate, reads, [walk.live], [1.0])


def _lower(walk: Walk, keys: int, salt: int) -> float:
    """Keep the `keys` lowest hashes of those that are in the sample. Returns their rate."""
    names = walk.numbering.names[: walk.numbering.size]
    odd, offset = _rule(salt)
    hashes = (names * odd + offset) >> np.uint64(32)
    inside = walk.inside()
    threshold = int(np.partition(hashes[inside], keys)[keys])
    walk.remove(np.flatnonzero(inside & (hashes >= threshold)).astype(np.int32))
    return threshold / _SPACE


def _joined(epochs: Sequence[tuple[float, Counts]], rate: float, reads: int) -> Curve:
    """Counts taken at several rates, as if all were taken at the last one."""
    sizes, gains, requests, first = [], [], 0.0, 0.0
    for at, counts in epochs:
        curve = counts.curve()
        sizes.append(np.floor((curve.sizes - 1) / at).astype(np.int64) + 1)
        gains.append(np.diff(curve.hits, prepend=0) * (rate / at))
        requests += curve.requests * rate / at
        first += curve.first / at
    every, inverse = np.unique(np.concatenate(sizes), return_inverse=True)
    hits = np.cumsum(np.bincount(inverse, weights=np.concatenate(gains), minlength=every.size))
    expected = max(1, round(reads * rate))
    return Curve(every, np.rint(np.clip(hits + expected - requests, 0, expected)).astype(np.int64), expected, round(first), 0, 0, round(first))


def sampled(keys: Keys, rate: float, salt: int) -> Places:
    """The places of the requests whose keys are in the sample."""
    found = np.empty(keys.size, np.int32)
    return found[: _sampled(keys, np.uint64(min(rate, 1.0) * _SPACE), *_rule(salt), found)]


def _rule(salt: int) -> tuple[np.uint64, np.uint64]:
    """The two numbers of a salt's hash, key * odd + offset: any two keys fall as independently as by chance (Dietzfelbinger et al. 1997), and keys
    that count upwards, as ids often do, spread more evenly than that: by a third of the error on Zipf 0.8."""
    odd, offset = np.random.default_rng(salt).integers(0, 1 << 63, 2, np.uint64)
    return odd * np.uint64(2) + np.uint64(1), offset


@kernel
def _sampled(keys, threshold, odd, offset, found):
    taken = 0
    for place in range(keys.size):
        if (keys[place] * odd + offset) >> np.uint64(32) < threshold:
            found[taken] = place
            taken += 1
    return taken
