"""Traces in Parquet, with named columns."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perfweek.caching.engine.requests import NO_TTL, UNKNOWN_SIZE, Requests
from perfweek.caching.readers.clock import Clock
from perfweek.caching.readers.fields import KEY, OP, SIZE, STATUS, TIME, TTL, found_in
from perfweek.caching.readers.operations import LEFT_OUT, kinds_of
from perfweek.caching.readers.scanning import PADDING
from perfweek.caching.readers.trace import TraceFile
from perfweek.caching.readers.values import hash_spans, words
from perfweek.errors import EvidenceError

_ROWS = 1 << 20
_LARGEST = 2.0**62


class ParquetTrace(TraceFile):
    """A trace with a row a request; only the columns that are needed are read."""

    def __init__(self, path: Path, clock: Clock, chosen: Mapping[str, str]) -> None:
        super().__init__(path, "Parquet", clock)
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise EvidenceError(f"the Parquet file cannot be read: {error}", str(path), "Check that the file is whole.") from error
        columns = self._file.schema_arrow.names
        self._names = {field: columns[place] for field, place in found_in(columns, chosen).items()}
        if KEY not in self._names:
            raise EvidenceError(f"none of the columns {', '.join(columns)} is known as the key", str(path), "Name it: --columns key=COLUMN")
        self.name = f"Parquet: the key is {self._names[KEY]}"

    def parts(self) -> Iterator[Requests]:
        found = False
        try:
            names = {field: name for field, name in self._names.items() if field != TIME or self.reads_times}
            for batch in self._file.iter_batches(_ROWS, columns=list(names.values())):
                requests = self._requests({field: batch.column(name) for field, name in names.items()})
                found = found or len(requests) > 0
                yield requests
        except (pa.ArrowInvalid, OSError) as error:
            raise EvidenceError(f"the Parquet file is damaged: {error}", str(self.path), "Check that the file is whole.") from error
        if not found:
            raise self.no_record()

    def _requests(self, columns: dict[int, Any]) -> Requests:
        keys = columns[KEY]
        wanted = np.asarray(pc.is_valid(keys))
        first = self.damage.records
        self.damage.records += len(keys)
        times, sizes, kinds, ttls = None, None, None, None
        if TIME in columns:
            times = self._times(columns[TIME])
            bad = np.flatnonzero(wanted & ~((times >= 0) & (times < _LARGEST)))
            if bad.size:
                self.damage.add(bad.size, f"row {first + int(bad[0]) + 1:,} has no usable time")
                wanted[bad] = False
        left = wanted.copy()
        if OP in columns:
            kinds, unknown = kinds_of(_of_text(words, columns[OP]))
            self.damage.unknown += unknown
            left &= kinds != LEFT_OUT
        if STATUS in columns:
            left &= ~(_numbers(columns[STATUS]) >= 400)
        self.damage.left_out += int(np.count_nonzero(wanted & ~left)) + keys.null_count
        if SIZE in columns:
            sizes = self._sizes(_numbers(columns[SIZE])[left])
        if TTL in columns:
            given = _numbers(columns[TTL])[left]
            ttls = np.where((given > 0) & (given < 1e12), given * 1e6, NO_TTL).astype(np.int64)
        place = f"{self.path}, from row {first + 1:,}"
        microseconds = None if times is None else self.clock.microseconds(times[left], place)
        whole = bool(left.all())
        return Requests(_names(keys) if whole else _names(keys)[left], microseconds, sizes, None if kinds is None else kinds[left], ttls)

    def _times(self, column: Any) -> npt.NDArray[np.float64]:
        if pa.types.is_timestamp(column.type):
            self.clock.unit, self.clock.how = "us", "times are dates"
            column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
        return _numbers(column)

    def _sizes(self, sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        usable = (sizes >= 0) & (sizes < _LARGEST)
        self.damage.unsized += int(np.count_nonzero(~usable))
        return np.where(usable, sizes, UNKNOWN_SIZE).astype(np.int64)


def _names(column: Any) -> npt.NDArray[np.uint64]:
    """64-bit names: whole numbers stand for themselves, all else goes by its text."""
    if pa.types.is_integer(column.type):
        return np.asarray(pc.fill_null(column, 0)).astype(np.int64 if column.type != pa.uint64() else np.uint64, copy=False).view(np.uint64)
    return _of_text(hash_spans, column)


def _of_text(kernel: Any, column: Any) -> npt.NDArray[np.uint64]:
    if pa.types.is_dictionary(column.type):
        return _of_text(kernel, column.dictionary)[np.asarray(pc.fill_null(column.indices, 0))]
    column = pc.cast(column, pa.large_binary() if pa.types.is_binary(column.type) else pa.large_string())
    _, offsets, content = column.buffers()
    edges = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    used = slice(int(edges[0]), int(edges[-1]))
    text = np.frombuffer((bytes(memoryview(content)[used]) if content is not None else b"") + PADDING, np.uint8)
    edges = edges - edges[0]
    found = np.empty(len(column), np.uint64)
    kernel(text, edges[:-1], edges[1:], found)
    return found


def _numbers(column: Any) -> npt.NDArray[np.float64]:
    """NaN where there is no number."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        looks = pc.match_substring_regex(column, r"^-?\d+(\.\d+)?$")
        column = pc.if_else(looks, column, None)
    return pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
