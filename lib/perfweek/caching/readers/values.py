"""Fields of text to keys, numbers and dates, as machine code. A field is its start and end in an array of bytes,
behind which there are eight spare ones."""

import numpy as np

from perfweek.caching.engine.bits import kernel, word
from perfweek.caching.readers.scanning import cut

_NO_EXPONENT = 1 << 20


@kernel
def hash_spans(text, starts, ends, hashes):
    """64-bit names of texts: MurmurHash64A's rounds over eight bytes at a time (Appleby, public domain)."""
    for row in range(starts.size):
        at, end = starts[row], ends[row]
        value = np.uint64(0x9E3779B97F4A7C15) ^ (np.uint64(end - at) * np.uint64(0xC6A4A7935BD1E995))
        while at < end:
            eight = cut(word(text, at), end - at) * np.uint64(0xC6A4A7935BD1E995)
            eight ^= eight >> np.uint64(47)
            value ^= eight * np.uint64(0xC6A4A7935BD1E995)
            value *= np.uint64(0xC6A4A7935BD1E995)
            at += 8
        value ^= value >> np.uint64(47)
        value *= np.uint64(0xC6A4A7935BD1E995)
        hashes[row] = value ^ (value >> np.uint64(47))


@kernel
def read_numbers(text, starts, ends, numbers):
    """Decimal numbers; NaN for anything else, and for nothing."""
    for row in range(starts.size):
        numbers[row] = _number(text, starts[row], ends[row])


@kernel
def _number(text, at, end):
    if at == end:
        return np.nan
    negative = text[at] == 45
    at += negative
    whole, power, digits, point, seen = np.uint64(0), 0, 0, False, False
    while at < end:
        byte = text[at]
        if 48 <= byte <= 57:
            seen = True
            if digits < 18:
                whole = whole * np.uint64(10) + np.uint64(byte - 48)
                power -= point
                digits += bool(whole > 0)
            else:
                power += not point
        elif byte == 46 and not point:
            point = True
        elif byte in (101, 69):
            power += _exponent(text, at + 1, end)
            if power > _NO_EXPONENT >> 1:
                return np.nan
            break
        else:
            return np.nan
        at += 1
    if not seen:
        return np.nan
    value = float(whole)
    value = value / 10.0**-power if power < 0 else value * 10.0**power
    return -value if negative else value


@kernel
def _exponent(text, at, end):
    sign = text[at] == 45 if at < end else False
    at += at < end and text[at] in (43, 45)
    if not 0 < end - at <= 3:
        return _NO_EXPONENT
    value = _digits(text, at, end - at)
    return _NO_EXPONENT if value < 0 else -value if sign else value


@kernel
def _digits(text, at, count):
    value = 0
    for place in range(at, at + count):
        if not 48 <= text[place] <= 57:
            return -1
        value = value * 10 + text[place] - 48
    return value


@kernel
def _days(year, month, day):
    """Days since 1970 (Hinnant, "chrono-compatible low-level date algorithms")."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@kernel
def _zone(text, at, end):
    """Seconds that the zone lies east of Greenwich; 'Z' and nothing are 0; -1 for anything else."""
    while at < end and text[at] == 32:
        at += 1
    if at == end or (text[at] == 90 and at + 1 == end):
        return 0
    if text[at] != 43 and text[at] != 45:
        return -1
    hours = _digits(text, at + 1, 2) if at + 3 <= end else -1
    colon = at + 3 < end and text[at + 3] == 58
    minutes = _digits(text, at + 3 + colon, 2) if at + 5 + colon <= end else 0
    if hours < 0 or minutes < 0:
        return -1
    east = hours * 3600 + minutes * 60
    return -east if text[at] == 45 else east


@kernel
def read_dates(text, starts, ends, seconds):
    """Epoch seconds of '2026-11-23T09:00:00.5+01:00' (a zone is optional: UTC) and of '23/Nov/2026:09:00:00 +0100'; NaN for anything else."""
    for row in range(starts.size):
        seconds[row] = _date(text, starts[row], ends[row])


_MONTHS = np.frombuffer(b"JanFebMarAprMayJunJulAugSepOctNovDec", np.uint8)


@kernel
def _month(text, at):
    for month in range(12):
        if text[at] == _MONTHS[3 * month] and text[at + 1] == _MONTHS[3 * month + 1] and text[at + 2] == _MONTHS[3 * month + 2]:
            return month + 1
    return -1


@kernel
def _date(text, at, end):
    if end - at < 19:
        return np.nan
    if text[at + 4] == 45:
        year, month, day, clock = _digits(text, at, 4), _digits(text, at + 5, 2), _digits(text, at + 8, 2), at + 11
    else:
        year, month, day, clock = _digits(text, at + 7, 4), _month(text, at + 3), _digits(text, at, 2), at + 12
    if clock + 8 > end:
        return np.nan
    hour, minute, second = _digits(text, clock, 2), _digits(text, clock + 3, 2), _digits(text, clock + 6, 2)
    if min(year, month, day, hour, minute, second) < 0 or month > 12 or not 1 <= day <= 31 or month == 0:
        return np.nan
    at, fraction, scale = clock + 8, 0.0, 0.1
    if at < end and (text[at] == 46 or text[at] == 44):
        at += 1
        while at < end and 48 <= text[at] <= 57:
            fraction += (text[at] - 48) * scale
            scale /= 10
            at += 1
    east = _zone(text, at, end)
    if east == -1:
        return np.nan
    return _days(year, month, day) * 86400.0 + hour * 3600 + minute * 60 + second - east + fraction


@kernel
def words(text, starts, ends, packed):
    """The first eight bytes of each text in lower case, as a number: enough to tell the names of operations apart."""
    for row in range(starts.size):
        eight = cut(word(text, starts[row]), ends[row] - starts[row])
        letters = np.uint64(0)
        for place in range(8):
            byte = (eight >> np.uint64(8 * place)) & np.uint64(255)
            letters |= (byte + np.uint64(32) if 65 <= byte <= 90 else byte) << np.uint64(8 * place)
        packed[row] = letters
