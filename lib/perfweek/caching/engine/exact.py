"""The exact curve of a trace, in one pass over it, for every size; of a stream that is longer than memory too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfweek.caching.curve import Curve, Unit
from perfweek.caching.engine.bits import kernel
from perfweek.caching.engine.byte_stack import ByteStack
from perfweek.caching.engine.counts import Counts
from perfweek.caching.engine.expiry import Expiry, Lost
from perfweek.caching.engine.numbering import Ids, Numbering
from perfweek.caching.engine.requests import Requests, Whole
from perfweek.caching.engine.stack import Stack
from perfweek.caching.engine.ttl import Ttl

Stream = Requests | Iterable[Requests]


def exact_curve(requests: Stream, unit: Unit = "objects", ttl: Ttl | None = None, at: npt.ArrayLike = ()) -> Curve:
    """The LRU miss-ratio curve of requests, or of a stream of parts of them.

    By objects it is without loss. By bytes sizes are kept to one part in 16,384, those of `at` exactly. A time to live counts from the fill,
    at each size from the fills of a cache of that size; what expired keeps its slot until it is asked for.
    """
    walk = Walk(unit, ttl or Ttl())
    counts = Counts(unit, at)
    for piece in pieces(requests):
        counts.add(walk(piece))
    return counts.curve()


def curves_by_group(requests: Stream, groups: int, unit: Unit = "objects", ttl: Ttl | None = None, at: npt.ArrayLike = ()) -> list[Curve]:
    """For each group of requests (route, tenant, window of time) its share in one cache that they all use: the misses of its requests against
    the size of the whole cache. A cache of its own is the curve of `requests[requests.groups == group]`."""
    walk = Walk(unit, ttl or Ttl())
    counts = [Counts(unit, at) for _ in range(groups)]
    for piece in pieces(requests):
        distances, group = walk(piece), piece.needs("groups", "a curve by group")
        for number in np.unique(group):
            counts[number].add(distances.of(group == number))
    return [count.curve() for count in counts]


def pieces(requests: Stream) -> Iterator[Requests]:
    """Requests, or a stream of them, cut so that what is worked on stays in the processor's cache."""
    for part in (requests,) if isinstance(requests, Requests) else requests:
        yield from part.parts()


@dataclass(frozen=True)
class Distances:
    """Stack distances or codes of requests, and what of the sizes above them expiry takes away."""

    values: npt.NDArray[np.signedinteger]
    lost: Lost | None = None

    def of(self, mask: npt.NDArray[np.bool_]) -> "Distances":
        """Those of some of the requests; the places of what is lost are not kept."""
        lost = self.lost
        if lost is not None:
            kept = mask[lost.places]
            lost = Lost(lost.places[kept], lost.above[kept], lost.upto[kept], lost.no_limit)
        return Distances(self.values[mask], lost)


class Walk:
    """A stream of requests to their stack distances, in `unit`."""

    def __init__(self, unit: Unit, ttl: Ttl) -> None:
        self.numbering = Numbering()
        self.sizes = Sizes()
        self._stack = Stack() if unit == "objects" else ByteStack()
        self._expiry = Expiry(ttl, np.int32 if unit == "objects" else np.int64)

    def __call__(self, requests: Requests) -> Distances:
        ids = self.numbering(requests.keys)
        known = self.numbering.size
        values: npt.NDArray[np.signedinteger]
        if isinstance(self._stack, Stack):
            values = self._stack.distances(ids, known, requests.kinds)
        else:
            sizes = self.sizes(ids, known, requests.needs("sizes", "a curve by bytes"))
            values = self._stack.needed(ids, known, sizes, requests.kinds)
        if not self._expiry.ttl.applies(requests):
            return Distances(values)
        return Distances(values, self._expiry.losses(requests, ids, known, values))

    @property
    def live(self) -> int:
        """Keys on the stack."""
        return int(np.count_nonzero(self.inside()))

    def inside(self) -> npt.NDArray[np.bool_]:
        """Which of the numbered keys are on the stack."""
        assert isinstance(self._stack, Stack)
        return self._stack.inside(self.numbering.size)

    def remove(self, ids: Ids) -> None:
        """Take keys off the stack as if they had never been requested."""
        assert isinstance(self._stack, Stack)
        self._stack.remove(ids)


class Sizes:
    """The size of each request's object. An answer without a body (such as 304) tells none: then it is the one before. Where there is none before
    either it is 0 in a stream, which `missing` counts; of a whole trace that was `looked_through` it is the first one that comes."""

    def __init__(self) -> None:
        self.missing = 0
        self._known = np.zeros(0, np.int64)

    def looked_through(self, ids: Ids, known: int, sizes: Whole) -> "Sizes":
        """Know the first size of each key from the start."""
        self._known = np.zeros(known, np.int64)
        _sized(ids[::-1].copy(), sizes[::-1].copy(), self._known, np.empty(ids.size, np.int64))
        return self

    def __call__(self, ids: Ids, known: int, sizes: Whole) -> Whole:
        if known > self._known.size:
            self._known = np.concatenate([self._known, np.zeros(known, np.int64)])
        found = np.empty(ids.size, np.int64)
        self.missing += _sized(ids, sizes, self._known, found)
        return found


@kernel
def _sized(ids, sizes, known, found):
    missing = 0
    for place in range(ids.size):
        if sizes[place] > 0:
            known[ids[place]] = sizes[place]
        elif known[ids[place]] == 0:
            missing += 1
        found[place] = known[ids[place]]
    return missing
