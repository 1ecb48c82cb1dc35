"""What files of results hold, as arrays: requests, iterations, values of other metrics, sums of all; tags by number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading import shapes
from perfweek.load.reading.entering import Entered, enter_part, entered, finer_than
from perfweek.load.reading.shapes import METRICS, PARTS, TAGS
from perfweek.load.reading.worker import NO_VALUES, Part, Worker

KINDS = dict(shapes.BUILTIN)
KEPT = "k6.parquet"
"""The copy of what was read, beside the files."""


@dataclass(frozen=True)
class Counted:
    """A metric's n, sum, least and largest value, and how many values are not 0 (of a rate: how many were true)."""

    n: int
    sum: float
    least: float
    largest: float
    nonzero: int


@dataclass(frozen=True)
class FileRead:
    """How one file was read. `rows` whole ones; `lost` rows or regions left out, `first_damage` the first of them with its line; times that
    go back: how often and by how much at most; `finer`: bits 1, 2, 4 for a time that is no whole second, millisecond, microsecond."""

    path: Path
    kind: str
    rows: int
    lost: int
    first_damage: str
    times_back: int
    most_back_ns: int
    finer: int


@dataclass(frozen=True)
class Samples:
    """Requests in the order of the files: `end_ns` since 1970, `duration_ms`, `tag` (index into `tags`, each in the order of TAGS),
    `part_ms` with the columns PARTS (NaN where the file has none). Iterations: `count_ns`, `count_tag`, `count`, `count_dropped`.
    `values` of metrics other than those of requests; `counted` of all; `checks`: name -> (failed, passed); `declared`: metric -> type."""

    end_ns: NDArray[np.int64]
    duration_ms: NDArray[np.float64]
    tag: NDArray[np.int32]
    part_ms: NDArray[np.float32]
    count_ns: NDArray[np.int64]
    count_tag: NDArray[np.int32]
    count: NDArray[np.float64]
    count_dropped: NDArray[np.bool_]
    tags: Sequence[tuple[str, ...]]
    values: Mapping[str, NDArray[np.float64]]
    counted: Mapping[str, Counted]
    checks: Mapping[str, tuple[int, int]]
    declared: Mapping[str, str]
    files: Sequence[FileRead]

    def labels(self, tag: str) -> NDArray[np.object_]:
        """The text of one of TAGS for each entry of `tags`."""
        place = TAGS.index(tag)
        return np.array([texts[place] for texts in self.tags], dtype=object)


@dataclass
class Gatherer:
    """Puts files one after the other into one Samples."""

    tags: dict[tuple[str, ...], int] = field(default_factory=dict)
    columns: list[list[NDArray]] = field(default_factory=lambda: [[] for _ in range(8)])
    values: dict[str, list[NDArray]] = field(default_factory=dict)
    stats: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    checks: dict[str, list[int]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    files: list[FileRead] = field(default_factory=list)

    def add(self, path: Path, kind: str, workers: Sequence[Worker], decode: Callable[[bytes], tuple[str, ...]], first_line: int, damage: str) -> None:
        """One file, read by `workers`; `decode` gives tags from their bytes; `damage`: of its compression, '' for none."""
        tables = {id(worker): self._tables(worker, decode) for worker in workers}
        ordered = sorted(((part, worker) for worker in workers for part in worker.parts), key=lambda pair: pair[0].number)
        rows = lost = times_back = most_back = finer = 0
        first_damage, line, last = "", first_line, shapes.NO_TIME
        for part, worker in ordered:
            self._add_part(part, *tables[id(worker)])
            info = part.info
            rows += int(info[shapes.ROWS])
            for weird in part.weird:
                rows += len(weird.mended.rows)
                finer |= max((finer_than(row.time_ns) for row in weird.mended.rows), default=0)
                lost += bool(weird.mended.wrong)
                first_damage = first_damage or (weird.mended.wrong and f"line {line + weird.line}{weird.mended.wrong}")
            line += int(info[shapes.LINES])
            first, finer = int(info[shapes.FIRST_NS]), finer | int(info[shapes.FINER])
            step = last - first if min(first, last) >= 0 else 0
            times_back += int(info[shapes.BACK]) + (step > 0)
            most_back = max(most_back, int(info[shapes.BACK_NS]), step)
            last = int(info[shapes.LAST_NS]) if first >= 0 else last
            part.weird.clear()
        if damage:
            lost += 1
            first_damage = first_damage or f"the compressed data ends early: {damage}"
        self.files.append(FileRead(path, kind, rows, lost, f"{path.name}: {first_damage}" if first_damage else "", times_back, most_back, finer))

    def samples(self) -> Samples:
        names = ("end_ns", "duration_ms", "tag", "part_ms", "count_ns", "count_tag", "count", "count_dropped")
        arrays: dict[str, Any] = {}
        for name, column, none in zip(names, self.columns, _empty(), strict=True):
            arrays[name] = np.concatenate(column) if column else none
            column.clear()  # each column is twice in memory only while it is put together
        return Samples(
            **arrays,
            tags=list(self.tags),
            values={name: np.concatenate(parts) for name, parts in self.values.items()},
            counted={
                name: Counted(int(stats[0]), float(stats[1]), float(stats[2]), float(stats[3]), int(stats[4])) for name, stats in self.stats.items()
            },
            checks={name: (counts[0], counts[1]) for name, counts in self.checks.items()},
            declared=self.declared,
            files=self.files,
        )

    def _tables(self, worker: Worker, decode: Callable[[bytes], tuple[str, ...]]) -> tuple[NDArray[np.int32], list[str]]:
        """The worker's numbers of tags in ours, and its metrics' names; its checks are added to ours."""
        tags = [decode(text) for text in worker.tag_texts()]
        numbers = np.array([self._tag(texts) for texts in tags], np.int32)
        names = worker.metric_names()
        for place in np.flatnonzero(worker.sums.checks[: len(tags)].any(axis=1)):
            self._check(tags[place][0], *map(int, worker.sums.checks[place]))
        return numbers, names

    def _tag(self, texts: tuple[str, ...]) -> int:
        return self.tags.setdefault(texts, len(self.tags))

    def _count(self, name: str, stats: NDArray[np.float64]) -> None:
        known = self.stats.setdefault(name, np.array(NO_VALUES))
        known[[0, 1, 4]] += stats[[0, 1, 4]]
        known[2], known[3] = min(known[2], stats[2]), max(known[3], stats[3])

    def _check(self, name: str, failed: int, passed: int) -> None:
        counts = self.checks.setdefault(name, [0, 0])
        counts[0] += failed
        counts[1] += passed

    def _add_part(self, part: Part, numbers: NDArray[np.int32], names: list[str]) -> None:
        output = part.output
        for name, stats in zip(names, part.stats, strict=False):
            if stats[0]:
                self._count(name, stats)
        columns: list[NDArray] = [output.end_ns, output.duration_ms, _renumbered(numbers, output.tag), output.part_ms]
        columns += [output.count_ns, _renumbered(numbers, output.count_tag), output.counted, output.count_dropped]
        self._enter_mended(part, columns)
        for weird in part.weird:
            self.declared |= weird.mended.declared
        for place, column in enumerate(columns):
            if len(column):
                self.columns[place].append(column)
        for metric in np.unique(output.metric):
            self.values.setdefault(names[metric], []).append(output.value[output.metric == metric])

    def _enter_mended(self, part: Part, columns: list[NDArray]) -> None:
        """Enter the rows of the slow path where they stood."""
        requests: list[Entered] = []
        for before, row in ((weird.before, row) for weird in part.weird for row in weird.mended.rows):
            self._count(row.metric, np.array([1, row.value, row.value, row.value, row.value != 0]))
            kind, tag = KINDS.get(row.metric, shapes.KEPT), self._tag(row.tags)
            if kind == shapes.DURATION:
                requests.append(Entered(before, row.time_ns, row.value, tag))
            elif kind == shapes.PART:
                enter_part(METRICS.index(row.metric) - 1, row, tag, before, requests, columns)
            elif kind == shapes.ITERATIONS:
                for place, value in enumerate((row.time_ns, tag, row.value, row.metric == METRICS[shapes.DROPPED]), start=4):
                    columns[place] = np.append(columns[place], np.array([value], columns[place].dtype))
            elif kind == shapes.CHECKS:
                self._check(row.tags[0], int(not row.value), int(bool(row.value)))
            elif kind == shapes.KEPT:
                self.values.setdefault(row.metric, []).append(np.array([row.value]))
        if requests:
            columns[:4] = entered(requests, columns[:4])


def _empty() -> list[NDArray]:
    requests: list[NDArray] = [np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32), np.empty((0, len(PARTS)), np.float32)]
    return [*requests, np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0), np.empty(0, np.bool_)]


def _renumbered(numbers: NDArray[np.int32], tags: NDArray[np.int32]) -> NDArray[np.int32]:
    return numbers[tags] if len(tags) else tags
