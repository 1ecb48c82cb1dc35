"""Traces in binary: libCacheSim's oracleGeneral, and plain object numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from perfweek.caching.engine.requests import UNKNOWN_SIZE, Requests
from perfweek.caching.readers.clock import Clock
from perfweek.caching.readers.lines import opened
from perfweek.caching.readers.trace import TraceFile

ORACLE = np.dtype([("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])
NUMBERS = np.dtype([("key", ">u4")])
_RECORDS = 1 << 18


class BinaryTrace(TraceFile):
    """Records of one size: `record` has the field key, and may have time (seconds) and size (bytes)."""

    def __init__(self, path: Path, name: str, clock: Clock, record: np.dtype) -> None:
        super().__init__(path, name, clock)
        self._record = record

    def parts(self) -> Iterator[Requests]:
        with opened(self.path) as content:
            while read := self._read(content):
                whole = len(read) // self._record.itemsize
                if whole:
                    yield self._requests(np.frombuffer(read, self._record, whole), self.damage.records)
                self.damage.records += whole
                if len(read) % self._record.itemsize:
                    self.damage.add(1, f"record {self.damage.records + 1:,} is cut off")
                    self.damage.records += 1
        if self.damage.records == self.damage.broken:
            raise self.no_record()

    def _read(self, content: object) -> bytes:
        """The next records; a decompressor may give fewer bytes than asked for."""
        wanted, parts = _RECORDS * self._record.itemsize, []
        while wanted and (read := content.read(wanted)):  # type: ignore[attr-defined]
            parts.append(read)
            wanted -= len(read)
        return b"".join(parts)

    def _requests(self, records: np.ndarray, before: int) -> Requests:
        names = self._record.names or ()
        times = sizes = None
        if "time" in names:
            times = self.clock.microseconds(records["time"].astype(np.float64), f"{self.path}, after record {before:,}")
        if "size" in names:
            sizes = records["size"].astype(np.int64)
            self.damage.unsized += int(np.count_nonzero(sizes == 0))
            sizes[sizes == 0] = UNKNOWN_SIZE
        return Requests(
            records["key"].astype(np.int64).view(np.uint64) if records["key"].dtype.itemsize == 4 else records["key"].copy(), times, sizes
        )


def is_oracle(beginning: bytes, size: int) -> bool:
    """Whether records of oracleGeneral begin here: times ascend, and the place of the next request of an object lies behind its own, or is -1
    (2**63 - 1 in older files). Of random bytes not one in a thousand million records passes."""
    records = np.frombuffer(beginning, ORACLE, len(beginning) // ORACLE.itemsize)[:2000]
    if not records.size or (len(records) < 8 and size % ORACLE.itemsize):
        return False
    later = records["next"] > np.arange(len(records))
    return bool(
        (np.diff(records["time"].astype(np.int64)) >= 0).all() and (later | (records["next"] == -1)).all() and (records["next"] < 1 << 40).mean() > 0
    )


def is_numbers(path: Path, beginning: bytes) -> bool:
    """Whether this is a list of 32-bit numbers: it is called .trace, and its first numbers are not as even as random bytes are."""
    records = np.frombuffer(beginning, np.uint8, len(beginning) // 4 * 4).reshape(-1, 4)
    named = ".trace" in path.suffixes
    return named and len(records) >= 1000 and min(len(np.unique(records[:, place])) for place in range(4)) <= 64
