"""What the names of operations mean for a cache."""

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.requests import DELETE, FILL, READ

LEFT_OUT = 3
KINDS = {
    READ: ("", "get", "gets", "head", "read", "r", "mget", "hget", "gat"),
    DELETE: ("post", "put", "patch", "delete", "del", "unlink", "invalidate", "purge", "d"),
    FILL: ("set", "add", "replace", "cas", "append", "prepend", "incr", "decr", "setex", "fill"),
    LEFT_OUT: ("options", "trace", "connect"),
}


def _packed(word: str) -> int:
    return int.from_bytes(word.encode()[:8], "little")


_KNOWN = {_packed(word): kind for kind, names in KINDS.items() for word in names}


def kinds_of(packed: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int8], int]:
    """The kinds of operations (as values.words packs their names), and how many are unknown; these count as reads."""
    names, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kinds = np.array([_KNOWN.get(int(name), READ) for name in names], np.int8)
    unknown = sum(int(count) for name, count in zip(names, counts, strict=True) if int(name) not in _KNOWN)
    return kinds[inverse], unknown
