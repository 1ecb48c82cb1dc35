"""Entering requests of the slow path among those that the kernel read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading.mending import Row
from perfweek.load.reading.shapes import PARTS


@dataclass(frozen=True)
class Entered:
    """A request that comes after `before` others of its block."""

    before: int
    time_ns: int
    duration_ms: float
    tag: int
    part_ms: NDArray[np.float32] = field(default_factory=lambda: np.full(len(PARTS), np.nan, np.float32))


def enter_part(part: int, row: Row, tag: int, before: int, requests: Sequence[Entered], columns: Sequence[NDArray]) -> None:
    """Give a part to the request before it, where that is the one it belongs to. `columns`: end_ns, duration_ms, tag, part_ms."""
    if requests and requests[-1].before == before:
        last = requests[-1]
        if (last.time_ns, last.tag) == (row.time_ns, tag) and np.isnan(last.part_ms[part]):
            last.part_ms[part] = row.value
    elif before and columns[0][before - 1] == row.time_ns and columns[2][before - 1] == tag and np.isnan(columns[3][before - 1, part]):
        columns[3][before - 1, part] = row.value


def entered(requests: Sequence[Entered], columns: Sequence[NDArray]) -> list[NDArray]:
    """`columns` with the requests in their places."""
    places = [request.before for request in requests]
    content = (
        [request.time_ns for request in requests],
        [request.duration_ms for request in requests],
        [request.tag for request in requests],
        np.array([request.part_ms for request in requests]),
    )
    return [np.insert(column, places, np.asarray(values, column.dtype), axis=0) for column, values in zip(columns, content, strict=True)]


def finer_than(time_ns: int) -> int:
    """Bits 1, 2, 4 for a time that is no whole second, millisecond, microsecond."""
    return bool(time_ns % 10**9) | bool(time_ns % 10**6) << 1 | bool(time_ns % 1000) << 2
