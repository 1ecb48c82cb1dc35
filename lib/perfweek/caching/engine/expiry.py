"""What a time to live takes from a curve, in the same pass, exactly for every size at once.

When an entry was filled depends on the size of the cache: a small cache evicts and refills earlier than a large one. An entry that expired
keeps its slot until it is asked for, and is then filled anew on top; so the LRU stack is the same with and without expiry, and all that
depends on the size is the end of each entry's life. For one key that is a step function of the size: after a request with distance d at
time t every cache of up to d slots has just filled the key, and so has every larger one whose entry had expired; the others keep what they
had. The steps of a key are a list that starts at the smallest sizes, so a request changes its front only, unless something expired.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.bits import kernel, prefetch
from perfweek.caching.engine.numbering import Ids
from perfweek.caching.engine.requests import DELETE, FILL, NO_TTL, PART, READ, Requests, Whole
from perfweek.caching.engine.stack import STALE
from perfweek.caching.engine.ttl import Ttl, expires_at

_FIELDS = ["until", "earliest", "upto", "next"]
_STEP: dict[type, np.dtype[Any]] = {  # 32 bytes each: no step lies across two lines of the processor's cache
    kind: np.dtype({"names": _FIELDS, "formats": [np.int64, np.int64, kind, np.int32], "offsets": [0, 8, 16, 24], "itemsize": 32})
    for kind in (np.int32, np.int64)
}
_NONE = -1
_AHEAD, _SOON = 16, 6  # requests
_FREE, _USED, _LOST = 0, 1, 2


@dataclass(frozen=True)
class Lost:
    """Ranges of distances at which requests found their entry expired: request `places[i]` is not answered by caches whose size is over
    `above[i]`, up to `upto[i]` (`no_limit` for all larger ones)."""

    places: npt.NDArray[np.int32]
    above: npt.NDArray[np.signedinteger]
    upto: npt.NDArray[np.signedinteger]
    no_limit: int


class Expiry:
    """The lives of the entries of a stream. `kind`: the type of its distances, int32 for objects and int64 for bytes."""

    def __init__(self, ttl: Ttl, kind: type[np.signedinteger]) -> None:
        self.ttl = ttl
        self._kind = kind
        self._no_limit = int(np.iinfo(kind).max)
        self._first = np.zeros(0, _STEP[kind])  # the first step of each key; none of its steps ends before its `earliest`
        self._rest = np.zeros(0, _STEP[kind])
        self._state = np.array([_NONE, 0, 0])
        self._found = self._room_for(0)

    def losses(self, requests: Requests, ids: Ids, known: int, distances: npt.NDArray[np.signedinteger]) -> Lost:
        """What the requests lose to expiry. Where no size answers any more the distance becomes STALE instead."""
        self._make_room(known, ids.size)
        places, above, upto = self._found
        kinds = np.zeros(0, np.int8) if requests.kinds is None else requests.kinds
        ttls = np.zeros(0, np.int64) if requests.ttls is None else requests.ttls
        times: Whole = requests.needs("times", "a time to live")
        least = 1 if self._kind is np.int64 else 0  # a size in bytes answers from its distance on, a size in objects from one more
        rules = (self.ttl.microseconds, self.ttl.jitter, np.uint64(self.ttl.seed), self._no_limit, least)
        _expire(ids, times, kinds, ttls, *rules, self._first, self._rest, self._state, distances, places, above, upto)
        found = slice(0, int(self._state[_LOST]))
        return Lost(places[found].copy(), above[found].copy(), upto[found].copy(), self._no_limit)

    def _make_room(self, known: int, more: int) -> None:
        if known > self._first.size:
            self._first = _grown(self._first, self._first.size + max(known, PART))
        if self._state[_USED] + more > self._rest.size:
            self._rest = _grown(self._rest, 2 * self._rest.size + more)
        if self._rest.size + more > self._found[0].size:  # each step may be lost once, and what every request adds
            self._found = self._room_for(2 * (self._rest.size + more))

    def _room_for(self, most: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.signedinteger], npt.NDArray[np.signedinteger]]:
        return np.empty(most, np.int32), np.empty(most, self._kind), np.empty(most, self._kind)


def _grown(steps: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """A longer array that begins with the same; what lies behind is not touched before it is used."""
    longer = np.zeros(size, steps.dtype)
    longer[: steps.size] = steps
    return longer


@kernel
def _free(rest, state, step):
    rest[step].next = state[_FREE]
    state[_FREE] = step


@kernel
def _copied(first, key, rest, state):
    """The first step of a key as one of the rest."""
    step = state[_FREE]
    if step == _NONE:
        step = state[_USED]
        state[_USED] += 1
    else:
        state[_FREE] = rest[step].next
    rest[step].upto, rest[step].until, rest[step].next = first[key].upto, first[key].until, first[key].next
    return step


@kernel
def _alone(first, key, rest, state, upto, until):
    """One step for all sizes."""
    step = first[key].next if first[key].upto else _NONE
    while step != _NONE:
        following = rest[step].next
        _free(rest, state, step)
        step = following
    first[key].upto, first[key].until, first[key].next = upto, until, _NONE


@kernel
def _fill_up_to(first, key, rest, state, distance, until):
    """Caches of up to `distance` have just filled the key."""
    if first[key].upto > distance:
        if first[key].until == until:
            return
        step = _copied(first, key, rest, state)
    else:
        step = first[key].next
        while rest[step].upto <= distance:
            following = rest[step].next
            _free(rest, state, step)
            step = following
    first[key].upto, first[key].until, first[key].next = distance, until, step


@kernel
def _expire_above(first, key, rest, state, distance, now, until, no_limit, place, places, above, upto):
    """Caches of over `distance` whose entry expired fill it anew. Returns the earliest end of a step, and whether all of them had expired."""
    earliest, low, every, lost = until, np.int64(0), True, state[_LOST]
    step = np.int64(_NONE)
    while True:
        high = np.int64(first[key].upto if step == _NONE else rest[step].upto)
        end = first[key].until if step == _NONE else rest[step].until
        if high > distance:
            if end <= now:
                places[lost], above[lost], upto[lost] = place, max(low, distance), high
                if lost > state[_LOST] and upto[lost - 1] == above[lost]:
                    upto[lost - 1] = high
                else:
                    lost += 1
                end = until
                if step == _NONE:
                    first[key].until = until
                else:
                    rest[step].until = until
            else:
                every = False
        earliest = min(earliest, end)
        low = high
        if high == no_limit:
            break
        step = np.int64(first[key].next if step == _NONE else rest[step].next)
    if not every:
        state[_LOST] = lost
    return earliest, every


@kernel
def _expire(ids, times, kinds, ttls, default, jitter, seed, no_limit, least, first, rest, state, distances, places, above, upto):
    state[_LOST] = 0
    for place in range(ids.size):
        if place + _AHEAD < ids.size:
            prefetch(first, np.int64(ids[place + _AHEAD]))
            prefetch(rest, np.int64(max(first[ids[place + _SOON]].next, 0)))
        key, now, distance = ids[place], times[place], np.int64(distances[place])
        missing = distance - least  # the largest size that does not hold the key
        kind = kinds[place] if kinds.size else READ
        if kind == DELETE:
            continue
        ttl = ttls[place] if ttls.size and ttls[place] != NO_TTL else default
        until = expires_at(now, ttl, jitter, seed, key)
        if kind == FILL or distance < 0:
            _alone(first, key, rest, state, no_limit, until)
            first[key].earliest = until
            continue
        expired = now >= first[key].earliest
        if expired:
            first[key].earliest, expired = _expire_above(first, key, rest, state, missing, now, until, no_limit, place, places, above, upto)
        if expired:
            distances[place] = STALE
            _alone(first, key, rest, state, no_limit, until)
        elif missing > 0:
            _fill_up_to(first, key, rest, state, missing, until)
            first[key].earliest = min(first[key].earliest, until)
