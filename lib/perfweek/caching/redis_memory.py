"""What an entry costs in a Redis server, byte for byte as its allocator hands memory out.

An entry is a cell of the key table, a table entry, the key, the value, and with a time to live a second cell and entry; each piece is rounded up to
a size class of jemalloc. Measured on three servers these sums are right to 0.3 % for strings, and to 0.4 % for other types; `MEMORY USAGE` leaves
cells and the expiry out, and is up to 41 % low. Not in them: fragmentation, buffers of clients and replicas, the copy while a snapshot is written.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.requests import Whole
from perfweek.errors import ParameterError

_POINTER, _OBJECT, _ENTRY = 8, 16, 24
_EMBEDDED = 44  # longest string that shares its object's allocation
_LISTPACK = 7  # header and end
_SHORT = 64  # of a listpack entry whose length takes one byte
_LONGEST_IN_LISTPACK = 64
_MOVED = 1 - 1 / math.e  # share of a table's buckets that are not empty, each moved by one write
_LIST_BYTES = 8192


@dataclass(frozen=True)
class Server:
    """How a server lays entries out. `quantum`: spacing of the allocator's small classes (8 as bundled with Redis, 16 in Debian's own jemalloc);
    `embeds_key`: the key lies within the table entry; `packs_sets`: small sets and lists are listpacks (from 7.2)."""

    name: str
    quantum: int = 8
    embeds_key: bool = False
    packs_sets: bool = True


REDIS_7_0_DEBIAN = Server("Redis 7.0 (Debian)", quantum=16, packs_sets=False)
REDIS_7_4 = Server("Redis 7.4")
VALKEY_8_0 = Server("Valkey 8.0", embeds_key=True)
SERVERS = (REDIS_7_0_DEBIAN, REDIS_7_4, VALKEY_8_0)
USUAL = REDIS_7_4
Kind = Literal["hash", "list", "set", "intset", "zset"]
_MOST = {"hash": 512, "set": 128, "zset": 128}


def allocated(size: npt.ArrayLike, quantum: int = 8) -> Whole:
    """Bytes that jemalloc hands out for `size`: multiples of the quantum to 64, of 16 to 128, then four classes a doubling."""
    sizes = np.maximum(np.asarray(size, np.int64), 1)
    small = np.where((sizes <= 8), 8, -(-sizes // quantum) * quantum)
    step = np.int64(1) << (np.frexp((np.maximum(sizes, 65) - 1).astype(float))[1].astype(np.int64) - 3)
    return np.where(sizes <= 64, small, -(-sizes // step) * step)


def string_bytes(
    key_bytes: npt.ArrayLike, value_bytes: npt.ArrayLike, entries: int, expires: bool = True, server: Server = USUAL
) -> npt.NDArray[np.float64]:
    """Bytes of entries whose values are strings, of `entries` of them: arrays of lengths in, an array out."""
    value = np.asarray(value_bytes, np.int64)
    embedded = allocated(_OBJECT + 3 + value + 1, server.quantum)
    raw = _OBJECT + allocated(_sds(value), server.quantum)
    return np.asarray(_entry(key_bytes, entries, expires, server) + np.where(value <= _EMBEDDED, embedded, raw), np.float64)


def integer_bytes(key_bytes: npt.ArrayLike, entries: int, expires: bool = True, server: Server = USUAL) -> npt.NDArray[np.float64]:
    """The same where the value is a whole number: it takes no more than its object."""
    return _entry(key_bytes, entries, expires, server) + _OBJECT


def container_bytes(
    kind: Kind, key_bytes: int, members: Sequence[int], entries: int, expires: bool = True, server: Server = USUAL, integer_width: int = 4
) -> float:
    """Bytes of an entry that holds `members`: the length of each member, of a hash of field and value in turn, of a zset of the members alone
    (scores as whole numbers up to 127); of an intset only their number counts. Just written: a table that grows keeps its old half for a while.

    Raises ParameterError for a zset beyond a listpack, whose towers are a matter of chance.
    """
    outer = float(_entry(key_bytes, entries, expires, server)) + _OBJECT
    if kind == "intset":
        return outer + float(allocated(8 + integer_width * len(members), server.quantum))
    packed = _LISTPACK + sum(_packed(length) for length in members) + (2 * len(members) if kind == "zset" else 0)
    count = len(members) // 2 if kind == "hash" else len(members)
    if kind == "list":
        return outer + _list(packed, server)
    fits = count <= _MOST[kind] and max(members, default=0) <= _LONGEST_IN_LISTPACK
    if fits and (kind != "set" or server.packs_sets):
        return outer + float(allocated(packed, server.quantum))
    if kind == "zset":
        raise ParameterError("a zset beyond a listpack is a skip list, whose size is a matter of chance", remedy="Measure it on a server.")
    strings = sum(int(allocated(_sds(length), server.quantum)) for length in members)
    return outer + strings + _table(count, server)


def memory_usage_misses(key_bytes: int, value_bytes: int, entries: int, expires: bool = True, server: Server = USUAL) -> float:
    """The share of a string entry that the command `MEMORY USAGE` does not report: the cells, and with a time to live its entry."""
    left_out = _cell(entries) + ((_cell(entries) + int(allocated(_ENTRY, server.quantum))) if expires else 0)
    return left_out / float(string_bytes(key_bytes, value_bytes, entries, expires, server))


def _entry(key_bytes: npt.ArrayLike, entries: int, expires: bool, server: Server) -> npt.NDArray[np.float64]:
    """All but the value."""
    key = np.asarray(key_bytes, np.int64)
    entry = int(allocated(_ENTRY, server.quantum))
    named = allocated(_OBJECT + 1 + _sds(key), server.quantum) if server.embeds_key else entry + allocated(_sds(key), server.quantum)
    return np.asarray(named + (_cell(entries) * (2 if expires else 1) + (entry if expires else 0)), np.float64)


def _cell(entries: int) -> float:
    """Bytes of the key table an entry: a power of two of pointers."""
    return _POINTER * 2 ** math.ceil(math.log2(max(entries, 4))) / max(entries, 1)


def _sds(length: npt.NDArray[np.int64] | int) -> npt.NDArray[np.int64]:
    """A string with its header and end."""
    length = np.asarray(length, np.int64)
    return length + 1 + np.select([length < 32, length < 256, length < 1 << 16], [1, 3, 5], 9)


def _packed(length: int) -> int:
    """A member of a listpack: its length, itself, and the length of both, for the way back."""
    entry = length + (1 if length < _SHORT else 2 if length < 4096 else 5)
    return entry + (1 if entry < 128 else 2 if entry < 1 << 14 else 3)


def _list(packed: int, server: Server) -> float:
    listpack = float(allocated(packed, server.quantum))
    if server.packs_sets and packed <= _LIST_BYTES:
        return listpack
    if packed > _LIST_BYTES:
        raise ParameterError(f"a list of {packed:,} bytes is several nodes, which are cut as it is written", remedy="Measure it on a server.")
    return listpack + float(allocated(40, server.quantum)) * 2  # the list and its one node


def _table(count: int, server: Server) -> float:
    size = 1 << max(2, math.ceil(math.log2(max(count, 1))))
    half = size // 2
    growing = half >= 4 and count - half - 1 < _MOVED * half
    table = _POINTER * (size + (half if growing else 0))
    return count * float(allocated(_ENTRY, server.quantum)) + table + float(allocated(56, server.quantum))
