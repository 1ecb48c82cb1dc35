"""A file's bytes, compressed or not, broken off or not, in blocks that end where a row ends."""

import re
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perfweek.errors import EvidenceError

REMEDY = "Give a file that k6 wrote with --out csv=<file> or --out json=<file>, compressed or not."
SPARE = 64
"""Bytes behind the data of a buffer that the kernels may look at."""
_GZIP_MAGIC = b"\x1f\x8b"
_INPUT = 1 << 18
_LONGEST_LINE = 1 << 26
_REQUEST_ROWS = 1 << 16
_NEWLINE = 10
_ROW_BEGIN = re.compile(rb'"?[A-Za-z_0-9]+"?[,;\t]"?\d')


class ByteSource:
    """The bytes of a plain or gzip file (by its first bytes). Compressed data that breaks off simply ends; `damage` says why, '' where it
    does not. `done` of `size` bytes of the file were read."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb", buffering=0)
            self.size = path.stat().st_size
            self._input = self._file.read(_INPUT) or b""
        except OSError as error:
            raise _unreadable(path, error) from error
        self._path = path
        self._inflate = zlib.decompressobj(31) if self._input.startswith(_GZIP_MAGIC) else None
        self.done = len(self._input)
        self.damage = ""

    def readinto(self, view: memoryview) -> int:
        """Fill `view` as far as it goes; fewer bytes only at the end."""
        filled = 0
        while filled < len(view) and (size := self._inflated(view[filled:]) if self._inflate else self._plain(view[filled:])):
            filled += size
        return filled

    def close(self) -> None:
        self._file.close()

    def _plain(self, view: memoryview) -> int:
        if self._input:
            size = min(len(view), len(self._input))
            view[:size] = self._input[:size]
            self._input = self._input[size:]
            return size
        try:
            size = self._file.readinto(view)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        self.done += size
        return size

    def _inflated(self, view: memoryview) -> int:
        assert self._inflate
        while not self.damage:
            at_end = not self._input and not self._more()
            if at_end and self._inflate.eof:
                return 0
            if self._inflate.eof:
                if not self._input.startswith(_GZIP_MAGIC):
                    return 0
                self._inflate = zlib.decompressobj(31)
            data = self._inflate_once(len(view))
            if data:
                view[: len(data)] = data
                return len(data)
            if at_end:
                self.damage = "the end of the compressed data is missing"
        return 0

    def _more(self) -> bool:
        try:
            self._input = self._file.read(_INPUT) or b""
        except OSError as error:
            raise _unreadable(self._path, error) from error
        self.done += len(self._input)
        return bool(self._input)

    def _inflate_once(self, most: int) -> bytes:
        """At most `most` bytes more; where the data break in this piece of input, all that comes before the break."""
        assert self._inflate
        before = self._inflate.copy()
        try:
            data = self._inflate.decompress(self._input, most)
        except zlib.error as error:
            self.damage = str(error)
            return _until_break(before, self._input, most)
        self._input = self._inflate.unconsumed_tail or self._inflate.unused_data
        return data


def _until_break(inflate: "zlib._Decompress", data: bytes, most: int) -> bytes:
    parts, got = [], 0
    for at in range(len(data)):
        try:
            parts.append(inflate.decompress(data[at : at + 1], most - got) if got < most else b"")
        except zlib.error:
            break
        got += len(parts[-1])
    return b"".join(parts)


Cut = Callable[[bytearray, int, bool], int]


@dataclass(frozen=True)
class Block:
    """buffer[:end] are whole lines; what was not ended by a newline at the end of the file is `rest`. Blocks count from 0."""

    number: int
    end: int
    rest: bytes


class Blocks:
    """The blocks of a file, for several threads at once: each brings its own buffer."""

    def __init__(self, source: ByteSource, begun: bytes, cut: Cut, told: Callable[[int], None] | None = None) -> None:
        """`begun`: bytes of the file that were read already and belong to the rows. `told` gets the number of bytes read with each block."""
        self._source, self._carry, self._cut, self._told = source, begun, cut, told
        self._number = 0
        self._lock = threading.Lock()

    def next(self, buffer: bytearray) -> Block | None:
        """The next block, written to the beginning of `buffer` (which may be made longer); None at the end."""
        with self._lock:
            end = self._fill(buffer)
            if not end:
                return None
            cut = self._cut(buffer, end, False)
            while not cut and len(buffer) - SPARE == end and end < _LONGEST_LINE:
                self._carry = bytes(buffer[:end])
                buffer.extend(bytes(end))
                end = self._fill(buffer)
                cut = self._cut(buffer, end, False)
            last = end < len(buffer) - SPARE
            if last:
                cut = end if buffer[end - 1] == _NEWLINE else self._cut(buffer, end, True)
            elif not cut:  # a line longer than any that k6 writes: its pieces go as damaged lines
                buffer[end - 1] = _NEWLINE
                cut = end
            left = bytes(buffer[cut:end])
            self._carry = b"" if last else left
            self._number += 1
            if self._told:
                self._told(self._source.done)
            return Block(self._number - 1, cut, left if last else b"")

    def _fill(self, buffer: bytearray) -> int:
        carried = len(self._carry)
        if carried + SPARE >= len(buffer):
            buffer.extend(bytes(carried))
        with memoryview(buffer) as view:
            view[:carried] = self._carry
            self._carry = b""
            return carried + self._source.readinto(view[carried : len(buffer) - SPARE])


def cut_csv(buffer: bytearray, end: int, last: bool) -> int:
    """Where the last whole row ends, outside quotes, and but for the `last` block best before a row that begins a request; 0 for nowhere.

    A stray quote of a damaged file turns inside and outside round: then the row must at least begin like one.
    """
    quotes = buffer.count(b'"', 0, end) if buffer.find(b'"', 0, end) >= 0 else 0  # to find none is four times faster than to count none
    likely = 0
    places = ((b"\nhttp_reqs,", max(0, end - _REQUEST_ROWS)), (b"\n", 0))
    for before_row, least in places[1:] if last else places:
        at, behind = end, 0
        while (found := buffer.rfind(before_row, least, at)) >= 0:
            behind += buffer.count(b'"', found, at) if quotes else 0
            at = found
            inside = (quotes - behind) % 2 == 1
            if not quotes or (last and not inside):
                return found + 1
            if _ROW_BEGIN.match(buffer, found + 1):
                likely = likely or found + 1
                if not inside:
                    return found + 1
    return likely or buffer.rfind(b"\n", 0, end) + 1


def cut_json(buffer: bytearray, end: int, last: bool) -> int:
    """Where the last whole line ends, but for the `last` block best before a point that begins a request; 0 for nowhere."""
    request = -1 if last else buffer.rfind(b'"metric":"http_reqs"', max(0, end - _REQUEST_ROWS), end)
    return (buffer.rfind(b"\n", 0, request) if request >= 0 else -1) + 1 or buffer.rfind(b"\n", 0, end) + 1


def _unreadable(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(f"the k6 results cannot be read: {error.strerror or error}", str(path), REMEDY)
