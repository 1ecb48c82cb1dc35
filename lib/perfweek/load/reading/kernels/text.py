"""Parts of the kernels: bytes compared, numbers and times read, strings numbered. Nothing here knows a file format."""

import numpy as np

from perfweek.load.reading.kernels.intrinsics import address, byte, inlined, strtod, word

NONE = -1
_POWERS = 10.0 ** np.arange(23)  # the powers of ten that a float holds exactly
_MOST_EXACT = 1 << 53
_SCALES = np.array([10 ** (9 - digits) for digits in range(10)], np.int64)
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)], np.uint64)
_ZERO, _NINE, DOT, _MINUS, _PLUS = 48, 57, 46, 45, 43


@inlined
def same(first, start, second, at, size):
    """Whether `size` bytes are equal."""
    end = start + size - 7
    while start < end:
        if word(first, start) != word(second, at):
            return False
        start += 8
        at += 8
    return (word(first, start) ^ word(second, at)) & _MASKS[end + 7 - start] == 0


@inlined
def number(text, at, comma=DOT):
    """(value, place after it) of a decimal number, whose point may be a `comma`, to the last bit as float() reads it; place NONE for none."""
    begin = at
    negative = byte(text, at) == _MINUS
    at += negative
    start, digits, decimals = at, np.int64(0), np.int64(0)
    while _ZERO <= byte(text, at) <= _NINE:
        digits = digits * 10 + byte(text, at) - _ZERO
        at += 1
    count = at - start
    if byte(text, at) == DOT or byte(text, at) == comma:
        at += 1
        start = at
        while _ZERO <= byte(text, at) <= _NINE:
            digits = digits * 10 + byte(text, at) - _ZERO
            at += 1
        decimals = at - start
        count += decimals
    if count == 0:
        return 0.0, NONE
    if byte(text, at) | 32 == 101:  # e or E
        exponent, at = _exponent(text, at + 1)
        if at == NONE:
            return 0.0, NONE
        decimals -= exponent
    if count > 18 or digits > _MOST_EXACT or decimals > 22 or decimals < -22:
        return (0.0, NONE) if comma != DOT else (strtod(address(text, begin), 0), at)
    # Both are exact, so that one correctly rounded operation gives the nearest float (Clinger 1990).
    value = digits / _POWERS[decimals] if decimals >= 0 else digits * _POWERS[-decimals]
    return (-value if negative else value), at


@inlined
def _exponent(text, at):
    sign = -1 if byte(text, at) == _MINUS else 1
    at += byte(text, at) == _MINUS or byte(text, at) == _PLUS
    start, exponent = at, np.int64(0)
    while _ZERO <= byte(text, at) <= _NINE and at - start < 4:
        exponent = exponent * 10 + byte(text, at) - _ZERO
        at += 1
    return sign * exponent, (at if at > start else NONE)


@inlined
def time_ns(text, start, end):
    """Nanoseconds since 1970 of text[start:end]: a whole number of seconds, milli-, micro- or nanoseconds (by its size), or RFC 3339;
    NONE for anything else."""
    if end - start >= 20 and byte(text, start + 4) == _MINUS:
        return _rfc3339(text, start, end)
    if not 0 < end - start <= 18 and end - start != 19:
        return NONE
    total = _digits(text, start, end)
    if total > 100_000_000_000_000_000:
        return total
    if total > 100_000_000_000_000:
        return total * 1000
    if total > 100_000_000_000:
        return total * 1_000_000
    return total * 1_000_000_000 if 0 <= total < 9_000_000_000 else NONE


@inlined
def _digits(text, start, end):
    total = np.int64(0)
    for at in range(start, end):
        if not _ZERO <= byte(text, at) <= _NINE:
            return NONE
        total = total * 10 + byte(text, at) - _ZERO
    return total


@inlined
def _rfc3339(text, start, end):
    """Such as 2024-08-22T01:13:59.892709931-03:00."""
    year, month, day = _digits(text, start, start + 4), _digits(text, start + 5, start + 7), _digits(text, start + 8, start + 10)
    hour, minute, second = _digits(text, start + 11, start + 13), _digits(text, start + 14, start + 16), _digits(text, start + 17, start + 19)
    if min(year, month - 1, day - 1, hour, minute, second) < 0 or month > 12 or day > 31 or hour > 23 or minute > 59 or second > 59:
        return NONE
    if not (1970 <= year < 2262 and byte(text, start + 7) == _MINUS and byte(text, start + 13) == 58 and byte(text, start + 16) == 58):
        return NONE
    at, nanoseconds = start + 19, np.int64(0)
    if byte(text, at) == DOT:
        first = at + 1
        at = first
        while at < end and _ZERO <= byte(text, at) <= _NINE:
            at += 1
        if not 0 < at - first <= 9:
            return NONE
        nanoseconds = _digits(text, first, at) * _SCALES[at - first]
    offset = _offset(text, at, end)
    if offset == 1 << 30:
        return NONE
    return (_days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000_000 + nanoseconds


@inlined
def _offset(text, at, end):
    """Seconds east of Greenwich of Z or +01:00; 1 << 30 for anything else."""
    if end - at == 1 and byte(text, at) | 32 == 122:
        return 0
    sign = byte(text, at)
    if end - at != 6 or byte(text, at + 3) != 58 or sign not in (_PLUS, _MINUS):
        return 1 << 30
    hours, minutes = _digits(text, at + 1, at + 3), _digits(text, at + 4, at + 6)
    if hours < 0 or minutes < 0:
        return 1 << 30
    seconds = hours * 3600 + minutes * 60
    return -seconds if sign == _MINUS else seconds


@inlined
def _days(year, month, day):
    """Days since 1970 of the Gregorian calendar: years counted from March, so that a leap day is their last."""
    shifted = year - (month <= 2)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719_468


@inlined
def _code(arena, start, size):
    code = np.uint64(size)
    for at in range(start, start + size, 8):
        piece = word(arena, at)
        left = start + size - at
        code = (code ^ (piece & _MASKS[left] if left < 8 else piece)) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(29)
    return code


@inlined
def intern(strings, count, size):
    """The number of the string that stands at strings.starts[count] with `size` bytes; `count` itself for one not seen before, which is added."""
    start = strings.starts[count]
    code = _code(strings.arena, start, size)
    mask = np.uint64(strings.table.size - 1)
    place = np.int64(code & mask)
    while strings.table[place] >= 0:
        known = strings.table[place]
        begin = strings.starts[known]
        if strings.hashes[known] == code and strings.starts[known + 1] - begin == size and same(strings.arena, begin, strings.arena, start, size):
            return np.int64(known)
        place = np.int64(np.uint64(place + 1) & mask)
    strings.table[place] = count
    strings.hashes[count] = code
    strings.starts[count + 1] = start + size
    return np.int64(count)


def fill_table(strings, count):
    """Enter the first `count` strings, which are all different, into an empty table."""
    mask = np.uint64(strings.table.size - 1)
    for number_of in range(count):
        code = _code(strings.arena, strings.starts[number_of], strings.starts[number_of + 1] - strings.starts[number_of])
        strings.hashes[number_of] = code
        place = np.int64(code & mask)
        while strings.table[place] >= 0:
            place = np.int64(np.uint64(place + 1) & mask)
        strings.table[place] = number_of
