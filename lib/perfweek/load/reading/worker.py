"""One thread of the reader: takes block after block, keeps what the kernel found in each, mends what it left."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading import shapes
from perfweek.load.reading.kernels.machine import fill_table
from perfweek.load.reading.mending import Mended
from perfweek.load.reading.shapes import BUILTIN, KEPT, METRICS, NO_TIME, Output, Strings, Sums
from perfweek.load.reading.stream import SPARE, Block, Blocks

BLOCK_BYTES = 1 << 21
_LEAST_ROW = 6
_MOST_METRICS = 4096
NO_VALUES = (0.0, 0.0, math.inf, -math.inf, 0.0)
_FIRST_TAGS = 1 << 14

Kernel = Callable[[NDArray[np.uint8], int, int, "Worker"], None]
Mend = Callable[[bytes, bool], Mended]


@dataclass(frozen=True)
class Weird:
    """A region that went the slow way: its line (from 0) in the block, requests of the block before it, what came of it."""

    line: int
    before: int
    mended: Mended


@dataclass(frozen=True)
class Part:
    """What one block gave. `info` and the sums `stats` as the kernel left them; tags and metrics by the worker's own numbers."""

    number: int
    info: NDArray[np.int64]
    output: Output
    stats: NDArray[np.float64]
    weird: list[Weird]


@dataclass
class Worker:
    """`run` reads blocks until there are none; then `parts`, `sums`, `metric_names` and `tag_texts` hold what they gave."""

    kernel: Kernel
    mend: Mend
    block_bytes: int = BLOCK_BYTES
    parts: list[Part] = field(default_factory=list)
    info: NDArray[np.int64] = field(default_factory=lambda: np.zeros(16, np.int64))
    metrics: Strings = field(default_factory=lambda: _strings(1 << 20, _MOST_METRICS))
    tags: Strings = field(default_factory=lambda: _strings(1 << 20, _FIRST_TAGS))
    sums: Sums = field(default_factory=lambda: _sums(_FIRST_TAGS))

    def __post_init__(self) -> None:
        self.output = _output(self.block_bytes // _LEAST_ROW + 2)

    def run(self, blocks: Blocks) -> None:
        buffer = bytearray(self.block_bytes + SPARE)
        while block := blocks.next(buffer):
            if len(buffer) // _LEAST_ROW > len(self.output.tag):
                self.output = _output(len(buffer) // _LEAST_ROW + 2)
            self.parts.append(self._read(buffer, block))

    def metric_names(self) -> list[str]:
        return [text.decode("utf-8", "replace") for text in _texts(self.metrics, int(self.info[shapes.METRIC_COUNT]))]

    def tag_texts(self) -> list[bytes]:
        return _texts(self.tags, int(self.info[shapes.TAG_COUNT]))

    def _read(self, buffer: bytearray, block: Block) -> Part:
        self.info[: shapes.METRIC_COUNT] = 0
        self.info[[shapes.FIRST_NS, shapes.LAST_NS]] = NO_TIME
        text, at = np.frombuffer(buffer, np.uint8), 0
        if not self.info[shapes.METRIC_COUNT]:
            self._name_builtin()
        while at < block.end:
            self.kernel(text, at, block.end, self)
            at = int(self.info[shapes.PLACE])
            if self.info[shapes.GROW]:
                self._grow()
        del text
        weird = [self._weird(buffer, *map(int, place)) for place in self.output.weird[: self.info[shapes.WEIRD]]]
        if block.rest:
            mended = self.mend(block.rest, True)
            weird.append(Weird(int(self.info[shapes.LINES]), int(self.info[shapes.REQUESTS]), mended))
        told = [one for one in weird if one.mended.rows or one.mended.wrong or one.mended.declared]
        return Part(block.number, self.info.copy(), self._copied(), self._taken_stats(), told)

    def _weird(self, buffer: bytearray, start: int, end: int, line: int, before: int) -> Weird:
        return Weird(line, before, self.mend(bytes(buffer[start:end]), False))

    def _taken_stats(self) -> NDArray[np.float64]:
        """The sums of this block; block by block, the sum of a file does not depend on which thread read what."""
        used = self.sums.stats[: int(self.info[shapes.METRIC_COUNT])]
        taken = used.copy()
        used[:] = NO_VALUES
        return taken

    def _copied(self) -> Output:
        sizes = [int(self.info[place]) for place in (shapes.REQUESTS, shapes.COUNTS, shapes.VALUES)]
        lengths = [sizes[0]] * 4 + [sizes[1]] * 4 + [sizes[2]] * 2 + [0]
        arrays: tuple[NDArray[Any], ...] = self.output
        return Output(*(array[:length].copy() for array, length in zip(arrays, lengths, strict=True)))

    def _name_builtin(self) -> None:
        for number, name in enumerate(METRICS):
            start, text = int(self.metrics.starts[number]), np.frombuffer(name.encode(), np.uint8)
            self.metrics.arena[start : start + len(text)] = text
            self.metrics.starts[number + 1] = start + len(text)
        fill_table(self.metrics, len(METRICS))
        self.info[shapes.METRIC_COUNT] = len(METRICS)

    def _grow(self) -> None:
        count = int(self.info[shapes.TAG_COUNT])
        grown = _strings(4 * self.tags.arena.size, 4 * self.tags.hashes.size)
        for old, new in ((self.tags.arena, grown.arena), (self.tags.starts, grown.starts), (self.tags.hashes, grown.hashes)):
            new[: old.size] = old
        fill_table(grown, count)
        checks = np.zeros((grown.hashes.size, 2), np.int64)
        checks[: len(self.sums.checks)] = self.sums.checks
        self.tags, self.sums = grown, self.sums._replace(checks=checks)


def _strings(size: int, most: int) -> Strings:
    return Strings(np.zeros(size, np.uint8), np.zeros(most + 1, np.int64), np.zeros(most, np.uint64), np.full(2 * most, -1, np.int32))


def _sums(tags: int) -> Sums:
    kinds = np.full(_MOST_METRICS, KEPT, np.int8)
    kinds[: len(BUILTIN)] = [kind for _, kind in BUILTIN]
    stats = np.zeros((_MOST_METRICS, 5))
    stats[:] = NO_VALUES
    return Sums(kinds, np.zeros(_MOST_METRICS, np.int32), stats, np.zeros((tags, 2), np.int64))


def _output(rows: int) -> Output:
    """Room for any block; memory is taken only where it is written."""
    types: tuple[Any, ...] = (np.int64, np.float64, np.int32, np.float32, np.int64, np.int32, np.float64, np.bool_, np.int32, np.float64, np.int64)
    sizes: list[Any] = [rows] * len(types)
    sizes[3], sizes[10] = (rows, len(shapes.PARTS)), (3 * rows, 4)
    return Output(*(np.empty(size, kind) for size, kind in zip(sizes, types, strict=True)))


def _texts(strings: Strings, count: int) -> list[bytes]:
    arena, starts = strings.arena.tobytes(), strings.starts[: count + 1].tolist()
    return [arena[start:end] for start, end in itertools.pairwise(starts)]
