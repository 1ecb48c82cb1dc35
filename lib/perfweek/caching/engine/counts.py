"""Requests counted by distance: what becomes a curve."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from perfweek.caching.curve import Curve, Unit
from perfweek.caching.engine.bits import kernel, prefetch
from perfweek.caching.engine.expiry import Lost
from perfweek.caching.engine.requests import Whole
from perfweek.caching.engine.stack import CODES, FILLED, FIRST, STALE, WRITE

_STEPS = 14  # bits: a size in bytes is kept to one part in 16,384
_NO_LIMIT = 1 << 62
_AHEAD = 16  # requests


class Counted(Protocol):
    """Distances of requests, and what expiry takes from them."""

    @property
    def values(self) -> npt.NDArray[np.signedinteger]: ...

    @property
    def lost(self) -> Lost | None: ...


class Counts:
    """How many hits each size gains. Distances in bytes are counted in steps of one part in 16,384, rounded up; at the sizes `at` exactly."""

    def __init__(self, unit: Unit, at: npt.ArrayLike = ()) -> None:
        self.unit = unit
        self._bounds = np.unique(np.asarray(at, float).clip(0, _NO_LIMIT).astype(np.int64))
        self._within = np.zeros(self._bounds.size + 1, np.int64)
        self._codes = np.zeros(CODES + 1, np.int64)
        self._gains = np.zeros(1 << 16, np.int64)
        self._reads = 0
        self._lost_for_good = 0

    def add(self, distances: Counted) -> None:
        """Count the requests of `distances`."""
        if self.unit == "objects":
            self._add(distances.values, 1, self._codes)
        else:
            answered = distances.values >= 0
            self._codes[1:] += np.bincount(-distances.values[~answered], minlength=CODES + 1)[1:]
            self._add_bytes(distances.values[answered], 1)
        self._reads += int(np.count_nonzero(distances.values >= 0))
        if distances.lost is not None:
            self._lose(distances.lost)

    def _lose(self, lost: Lost) -> None:
        """The sizes over `above`, up to `upto`, do not answer. A size in bytes answers from its distance on, a size in objects from one more."""
        ended = lost.upto != lost.no_limit
        add = self._add_bytes if self.unit == "bytes" else self._add
        shift = 1 if self.unit == "bytes" else 0
        add(lost.above + shift, -1)
        add(lost.upto[ended] + shift, 1)
        self._lost_for_good += int(np.count_nonzero(~ended))

    def _add_bytes(self, distances: npt.NDArray[np.signedinteger], by: int) -> None:
        self._within += by * np.bincount(np.searchsorted(self._bounds, distances), minlength=self._within.size)
        self._add(_step(distances.astype(np.int64)), by)

    def _add(self, distances: npt.NDArray[np.signedinteger], by: int, codes: Whole | None = None) -> None:
        most = int(distances.max(initial=0)) + 1
        if most > self._gains.size:
            self._gains = np.concatenate([self._gains, np.zeros(most, np.int64)])
        _count(distances, by, self._gains, self._codes if codes is None else codes)

    def curve(self) -> Curve:
        """The curve of all that was counted."""
        gained_at = np.flatnonzero(self._gains)
        hits = np.cumsum(self._gains[gained_at])
        first, stale, writes, filled = (int(self._codes[-code]) for code in (FIRST, STALE, WRITE, FILLED))
        sizes = gained_at + 1 if self.unit == "objects" else _size(gained_at)
        if self._bounds.size and self.unit == "bytes":
            sizes, hits = _with_exact(sizes, hits, self._bounds, np.cumsum(self._within)[:-1])
        return Curve(sizes, hits, self._reads + first + stale, first, stale + self._lost_for_good, writes + filled, first, self.unit)


def _with_exact(sizes: Whole, hits: Whole, at: Whole, exact: Whole) -> tuple[Whole, Whole]:
    """Points at which the hits are known exactly, put among those that are rounded up."""
    every = np.union1d(sizes, at)
    coarse = np.concatenate([[0], hits])[np.searchsorted(sizes, every, side="right")]
    coarse[np.searchsorted(every, at)] = exact
    return every, coarse


def _step(sizes: Whole) -> Whole:
    """The number of the first step whose size is at least this one."""
    exponent = np.maximum(np.frexp(np.maximum(sizes, 1).astype(float))[1].astype(np.int64) - _STEPS - 1, 0)
    return (exponent << _STEPS) + ((sizes + (np.int64(1) << exponent) - 1) >> exponent)


def _size(steps: Whole) -> Whole:
    """The size of a step."""
    exponent = np.maximum((steps >> _STEPS) - 1, 0)
    return (steps - (exponent << _STEPS)) << exponent


@kernel
def _count(distances, by, gains, codes):
    for place in range(distances.size):
        if place + _AHEAD < distances.size:
            prefetch(gains, max(np.int64(distances[place + _AHEAD]), np.int64(0)))
        distance = distances[place]
        if distance >= 0:
            gains[distance] += by
        else:
            codes[-distance] += by
