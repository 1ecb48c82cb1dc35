"""A trace, or a part of one, as arrays: what every part of the engine takes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from perfweek.errors import ParameterError

READ, DELETE, FILL = 0, 1, 2
"""Kinds of requests: a read fills what it misses; a delete takes the key out; a fill puts it in, or renews it, and is not counted."""
MICROSECONDS = 1_000_000
NO_TTL = -1
"""Of a request that brings no time to live of its own."""
UNKNOWN_SIZE = -1
PART = 1 << 16  # requests: what a kernel works on stays in the processor's cache

Keys = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Requests:
    """Requests in order of arrival; one entry each in every array that is there.

    `keys`: 64-bit names, equal for equal keys. `times`, `ttls`: microseconds, times ascending; a ttl counts from the fill, NO_TTL where the
    default holds. `sizes`: bytes, UNKNOWN_SIZE or 0 for that of the key's request before. `kinds`: READ, DELETE or FILL; all READ without.
    `groups`: a number from 0 for the route, tenant or window that a request belongs to.
    """

    keys: Keys
    times: Whole | None = None
    sizes: Whole | None = None
    kinds: npt.NDArray[np.int8] | None = None
    ttls: Whole | None = None
    groups: npt.NDArray[np.int32] | None = None

    @classmethod
    def of(
        cls,
        keys: npt.ArrayLike,
        times: npt.ArrayLike | None = None,
        sizes: npt.ArrayLike | None = None,
        kinds: npt.ArrayLike | None = None,
        ttls: npt.ArrayLike | None = None,
        groups: npt.ArrayLike | None = None,
    ) -> Self:
        """From keys of any hashable kind; `times` and `ttls` in seconds, a ttl NaN where the default holds."""
        return cls(
            named(keys),
            None if times is None else microseconds(times),
            None if sizes is None else np.ascontiguousarray(sizes, np.int64),
            None if kinds is None else np.ascontiguousarray(kinds, np.int8),
            None if ttls is None else microseconds(np.where(np.isnan(np.asarray(ttls, float)), NO_TTL / MICROSECONDS, ttls)),
            None if groups is None else np.ascontiguousarray(groups, np.int32),
        )

    def __len__(self) -> int:
        return self.keys.size

    def __getitem__(self, which: slice | npt.NDArray[Any]) -> Self:
        """A part of the requests: a slice, a mask, or places in a new order."""
        parts: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        cut: dict[str, Any] = {name: None if values is None else values[which] for name, values in parts.items()}
        return type(self)(**cut)

    def parts(self, size: int = PART) -> Iterator[Self]:
        """The same requests, cut."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    @classmethod
    def joined(cls, parts: Iterable["Requests"]) -> "Requests":
        """One trace of parts that all have the same arrays."""
        every = list(parts) or [cls(np.zeros(0, np.uint64))]
        columns: dict[str, list[Any]] = {field.name: [getattr(part, field.name) for part in every] for field in fields(cls)}
        whole: dict[str, Any] = {name: None if values[0] is None else np.concatenate(values) for name, values in columns.items()}
        return cls(**whole)

    def in_order(self) -> "Requests":
        """Sorted by time; equal times keep their order."""
        if self.times is None or bool((self.times[1:] >= self.times[:-1]).all()):
            return self
        return self[np.argsort(self.times, kind="stable")]

    def needs(self, name: str, purpose: str) -> Any:
        """The array `name`; raises ParameterError where the trace has none."""
        values = getattr(self, name)
        if values is None:
            raise ParameterError(f"{purpose} needs the {name} of the requests, and the trace has none")
        return values


def named(keys: npt.ArrayLike) -> Keys:
    """64-bit names of keys: whole numbers stand for themselves, other keys are numbered."""
    values = np.asarray(keys)
    if values.dtype == np.uint64:
        return np.ascontiguousarray(values)
    if values.dtype.kind in "iub":
        return np.ascontiguousarray(values, np.int64).view(np.uint64)
    import pandas as pd

    return pd.factorize(pd.Series(keys))[0].astype(np.int64).view(np.uint64)


def microseconds(seconds: npt.ArrayLike) -> Whole:
    """Seconds as whole microseconds, to the nearest; what is beyond 2**62 of them (a time to live without end) becomes 2**62."""
    return np.minimum(np.rint(np.asarray(seconds, float) * MICROSECONDS), float(1 << 62)).astype(np.int64)
