"""LRU stack distances of a whole trace at once: see perfweek.caching.engine.stack for how they are found."""

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.byte_stack import ByteStack
from perfweek.caching.engine.requests import DELETE, PART
from perfweek.caching.engine.stack import FIRST, STALE, WRITE, Stack

Ids = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

__all__ = ["FIRST", "STALE", "WRITE", "Ids", "Marks", "byte_distances", "dense_ids", "stack_distances"]


def dense_ids(keys: npt.ArrayLike) -> Ids:
    """Number the keys 0, 1, 2... in the order of their first request. One array per key is then a plain index."""
    import pandas as pd

    return np.ascontiguousarray(pd.factorize(pd.Series(keys))[0], dtype=np.int64)


def stack_distances(ids: Ids, writes: Marks | None = None) -> npt.NDArray[np.int32]:
    """The LRU stack distance of each request, in slots; FIRST, STALE or WRITE where there is none.

    `ids` are dense (see dense_ids); `writes` marks the entries that delete their key from the cache instead of reading it.
    """
    stack, kinds, numbers, known = Stack(), _kinds(writes, ids.size), ids.astype(np.int32), _keys(ids)
    parts = [slice(start, start + PART) for start in range(0, ids.size, PART)]
    found = [stack.distances(numbers[part], known, kinds[part]) for part in parts]
    return np.concatenate(found) if found else np.zeros(0, np.int32)


def byte_distances(ids: Ids, sizes: npt.NDArray[np.int64], writes: Marks | None = None) -> npt.NDArray[np.int64]:
    """The bytes of the keys requested since each request's key was last requested, plus its own size: the smallest cache
    that answers the request; FIRST, STALE or WRITE where none does.

    Exact where a key keeps its size, for a cache that may split an object. A cache of whole
    objects leaves some of its space unused: with objects that are large against it, it misses a little more.
    """
    stack, kinds, numbers, known = ByteStack(), _kinds(writes, ids.size), ids.astype(np.int32), _keys(ids)
    weights = np.ascontiguousarray(sizes, np.int64)
    parts = [slice(start, start + PART) for start in range(0, ids.size, PART)]
    found = [stack.needed(numbers[part], known, weights[part], kinds[part]) for part in parts]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _kinds(writes: Marks | None, size: int) -> npt.NDArray[np.int8]:
    return np.zeros(size, np.int8) if writes is None else np.where(writes, DELETE, 0).astype(np.int8)


def _keys(ids: Ids) -> int:
    return int(ids.max()) + 1 if ids.size else 0
