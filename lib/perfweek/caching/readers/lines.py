"""Bytes of a file, compressed or not, in blocks of whole lines."""

import gzip
import lzma
from bz2 import BZ2File
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from perfweek.errors import EvidenceError

BLOCK = 1 << 21
LONGEST = 1 << 25
_MAGIC = {b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The content of a file, decompressed as its first bytes say. Raises EvidenceError where it cannot be read, or is cut or damaged."""
    try:
        with path.open("rb") as raw:
            beginning = raw.read(6)
        kind = next((kind for magic, kind in _MAGIC.items() if beginning.startswith(magic)), "")
        with _decompressed(path, kind) as content:
            yield content
    except FileNotFoundError as error:
        raise EvidenceError("there is no such trace", str(path), "Name a file that exists.") from error
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise EvidenceError(f"the trace cannot be read: {error}", str(path), "Check that the file is whole.") from error


def _decompressed(path: Path, kind: str) -> Any:
    if kind == "zstd":
        return pa.input_stream(str(path), compression="zstd")
    openers: dict[str, Any] = {"gzip": gzip.open, "bz2": BZ2File, "xz": lzma.open}
    return openers.get(kind, open)(path, "rb")


def opening(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of the content."""
    with opened(path) as content:
        return content.read(size)


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The content in whole lines, each ended by a newline. Raises EvidenceError for a line of more than 32 MB, which is no line of a log."""
    rest = b""
    with opened(path) as content:
        while read := content.read(size):
            whole, newline, after = read.rpartition(b"\n")
            if newline:
                yield rest + whole + newline
                rest = after
            else:
                rest += read
            if len(rest) > LONGEST:
                raise EvidenceError("the trace holds a line of more than 32 MB", str(path), "This is no log; check the file.")
    if rest.strip():
        yield rest + b"\n"
