"""Looking for bytes, eight at a time (Mycroft's test for a zero byte in a word)."""

import numpy as np

from perfweek.caching.engine.bits import inlined, kernel, popcount, word

PADDING = b"\0" * 8
_ONES, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_PRIME, _OTHER = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F


@inlined
def zeros(eight):
    """The high bit of each byte that is 0, correct up to the first of them."""
    return (eight - _ONES) & ~eight & _HIGH


@inlined
def first(marks):
    """The place of the first mark."""
    return popcount((marks & (~marks + np.uint64(1))) - np.uint64(1)) >> 3


@kernel
def upto(text, at, end, byte):
    """The place of the next `byte`, or `end`."""
    pattern = np.uint64(byte) * _ONES
    while at < end:
        marks = zeros(word(text, at) ^ pattern)
        if marks:
            return min(at + first(marks), end)
        at += 8
    return end


@kernel
def upto_either(text, at, end, byte, other):
    """The place of the next `byte` or `other`, or `end`."""
    pattern, another = np.uint64(byte) * _ONES, np.uint64(other) * _ONES
    while at < end:
        eight = word(text, at)
        marks = zeros(eight ^ pattern) | zeros(eight ^ another)
        if marks:
            return min(at + first(marks), end)
        at += 8
    return end


@inlined
def cut(eight, count):
    """The first `count` bytes of a word."""
    return eight if count >= 8 else eight & ((np.uint64(1) << np.uint64(8 * count)) - np.uint64(1))


@kernel
def known_by(text, at, end):
    """What a member's name is known by: its first and last eight bytes, and its length."""
    last = word(text, end - 8) if end - at > 8 else np.uint64(0)
    return (cut(word(text, at), end - at) * np.uint64(_PRIME)) ^ (last * np.uint64(_OTHER)) ^ np.uint64(end - at)


def name_known_by(name: str) -> int:
    """The same for a name in Python."""
    content = name.encode()
    last = int.from_bytes(content[-8:], "little") if len(content) > 8 else 0
    return (int.from_bytes(content[:8], "little") * _PRIME ^ last * _OTHER ^ len(content)) % (1 << 64)
