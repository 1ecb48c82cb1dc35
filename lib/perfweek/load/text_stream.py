"""A file's bytes as whole UTF-8 text, compressed or not, broken off or not."""

import codecs
import gzip
import io
import zlib
from pathlib import Path


class TextStream(io.RawIOBase):
    """The bytes of a plain or .gz file. What is no UTF-8 becomes U+FFFD; compressed data that breaks off simply ends, and `damage` says why."""

    def __init__(self, path: Path) -> None:
        self._source = gzip.GzipFile(path) if path.suffix == ".gz" else io.BufferedReader(io.FileIO(path))
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = memoryview(b"")
        self._ended = False
        self.damage = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._pending and not self._ended:
            self._pending = memoryview(self._more(len(buffer)))
        size = min(len(buffer), len(self._pending))
        buffer[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def close(self) -> None:
        self._source.close()
        super().close()

    def _more(self, size: int) -> bytes:
        try:
            data = self._source.read1(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damage, data = str(error), b""
        self._ended = not data
        between_characters = not self._decoder.getstate()[0]
        return data if between_characters and data.isascii() else self._decoder.decode(data, final=not data).encode()
