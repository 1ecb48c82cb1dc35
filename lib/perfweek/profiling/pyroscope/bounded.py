"""What others send, taken apart within bounds: nothing that arrives decides how much memory is used."""

import zlib

_GZIP = 31
_MAGIC = b"\x1f\x8b"


class BadContentError(ValueError):
    """Content that is not what it says it is."""


class TooLargeError(BadContentError):
    """Content beyond the limit that was set for it."""


def gunzip(data: bytes, limit: int) -> bytes:
    """The one gzip member in `data`. Raises BadContentError where it is torn or damaged, TooLargeError beyond `limit` bytes."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        content = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise BadContentError(f"no gzip: {error}") from error
    if len(content) > limit:
        raise TooLargeError(f"more than {limit:,} bytes when unpacked")
    if not inflater.eof or inflater.unused_data:
        raise BadContentError("the gzip ends too early" if not inflater.eof else "something follows the gzip")
    return content


def gunzip_if_packed(data: bytes, limit: int) -> bytes:
    """`data`, unpacked where it starts as gzip does. Raises as `gunzip`."""
    if data.startswith(_MAGIC):
        return gunzip(data, limit)
    if len(data) > limit:
        raise TooLargeError(f"more than {limit:,} bytes")
    return data
