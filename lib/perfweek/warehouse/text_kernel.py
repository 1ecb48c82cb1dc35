"""Query texts without their literals, as machine code: what `fingerprint.skeleton` does with regular expressions, for millions of texts.

Texts that come out alike have one fingerprint; the other way round need not hold. Bytes beyond ASCII count as letters.
"""

import numpy as np
from numba import njit

_WORD, _DIGIT, _DOT, _SPACE, _COPIED, _QUOTE, _NAME, _MINUS, _SLASH, _DOLLAR, _PERCENT, _OPEN, _CLOSE, _COMMA = range(14)
_NO_LIST, _OPENED, _FIRST, _AFTER_FIRST, _LATER, _AFTER_LATER = range(6)
_TICK, _BACKSLASH, _NEWLINE, _STAR, _BLANK, _VALUE, _END = (np.uint8(ord(one)) for one in "'\\\n* ?)")
_PLUS, _LOWER_E, _UPPER_E, _LOWER_S = (np.uint8(ord(one)) for one in "+eEs")
_ONE = np.uintp(1)
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_SEEDS = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))

kernel = njit(cache=True, nogil=True, error_model="numpy")


def _kinds() -> np.ndarray:
    kinds = np.full(256, _WORD, np.uint8)
    for place in range(128):
        if not (chr(place).isalnum() or chr(place) == "_"):
            kinds[place] = _COPIED
    signs = {_SPACE: " \t\n\r\f\v", _DIGIT: "0123456789", _DOT: ".", _QUOTE: "'", _NAME: '"', _MINUS: "-", _SLASH: "/", _DOLLAR: "$"}
    for kind, characters in {**signs, _PERCENT: "%", _OPEN: "(", _CLOSE: ")", _COMMA: ","}.items():
        kinds[[ord(one) for one in characters]] = kind
    return kinds


_KINDS = _kinds()


@kernel
def keys(offsets, data, most, bare, out):
    """Two 64-bit numbers for each text, from its first `most` characters. `bare` is scratch space for twice the longest text, in words of eight bytes
    and two more."""
    written = bare.view(np.uint8)
    for row in range(offsets.size - 1):
        start = offsets[row]
        text = data[start : _cut(data, start, offsets[row + 1], most)]
        _hash(bare, without_values(text, written), out[row])


@kernel
def without_values(text, bare):  # noqa: PLR0912 (one walk over the text: a call for each sign would take longer than the sign)
    """Write the text with `?` for literals and one blank for comments and white space; how many bytes were written."""
    at, wrote, stage, mark, end = 0, 0, _NO_LIST, 0, text.size
    while at < end:
        kind = _KINDS[text[at]]
        if kind == _WORD:
            length = _word(text, np.uintp(at), np.uintp(end), bare, np.uintp(wrote))
            at, wrote, stage = at + length, wrote + length, _NO_LIST
            continue
        if kind == _SPACE:
            at += 1
            if wrote and bare[wrote - 1] != _BLANK:
                bare[wrote] = _BLANK
                wrote += 1
            continue
        after = at if kind == _COPIED else _value(text, at, end, kind)
        if after > at:
            bare[wrote], bare[wrote + 1] = _VALUE, _BLANK
            wrote += 2
            at = after
            if stage == _OPENED:
                stage, mark = _FIRST, wrote
            else:
                stage = _LATER if stage in (_AFTER_FIRST, _AFTER_LATER) else _NO_LIST
            continue
        after = _comment(text, at, end, kind)
        if after > at:
            bare[wrote] = _BLANK
            wrote += wrote > 0 and bare[wrote - 1] != _BLANK
            at = after
            continue
        if kind == _COMMA:
            stage = _AFTER_FIRST if stage == _FIRST else _AFTER_LATER if stage == _LATER else _NO_LIST
        elif kind == _CLOSE and stage == _LATER:
            wrote, stage = mark, _NO_LIST
        else:
            stage = _OPENED if kind == _OPEN else _NO_LIST
        after = _copied(text, at, end, kind)
        while at < after:
            bare[wrote] = text[at]
            wrote += 1
            at += 1
    if stage in (_LATER, _AFTER_LATER):  # a list that was cut off is a list
        bare[mark] = _END
        return mark + 1
    return wrote


@kernel
def _word(text, at, end, bare, wrote):
    """Copy a word with its digits and points; how long it is. Unsigned places spare the check for negative ones."""
    first = at
    while at < end and _KINDS[text[at]] <= _DOT:
        bare[wrote] = text[at]
        wrote += _ONE
        at += _ONE
    return np.intp(at - first)


@kernel
def _value(text, at, end, kind):
    """The end of the literal or bound parameter that begins here; `at` where none does."""
    if kind == _QUOTE:
        return _string(text, at, end)
    if kind in (_DIGIT, _DOT):
        before = _KINDS[text[at - 1]] if at else _COPIED
        inside = before in (_WORD, _DIGIT, _DOLLAR, _DOT)
        return at if inside else _number(text, at, end)
    if kind == _DOLLAR and at + 1 < end and _KINDS[text[at + 1]] == _DOLLAR:
        return _closed(text, at + 2, end, text[at])
    return _marker(text, at, end) if kind == _PERCENT else at


@kernel
def _string(text, at, end):
    at += 1
    while at < end:
        if text[at] == _BACKSLASH:
            at += 2
        elif text[at] != _TICK:
            at += 1
        elif at + 1 < end and text[at + 1] == _TICK:
            at += 2
        else:
            return at + 1
    return end


@kernel
def _number(text, at, end):
    """Digits with a point and an exponent that no letter follows."""
    place = _digits(text, at, end)
    if place < end and _KINDS[text[place]] == _DOT:
        whole = place > at
        place = _digits(text, place + 1, end)
        if not whole and place == at + 1:
            return at
    if place < end and (text[place] == _LOWER_E or text[place] == _UPPER_E):
        signed = place + 1 < end and (text[place + 1] == _PLUS or _KINDS[text[place + 1]] == _MINUS)
        first = place + 2 if signed else place + 1
        after = _digits(text, first, end)
        place = after if after > first else place
    follows = _KINDS[text[place]] if place < end else _COPIED
    return at if follows in (_WORD, _DIGIT, _DOLLAR) else place


@kernel
def _digits(text, at, end):
    while at < end and _KINDS[text[at]] == _DIGIT:
        at += 1
    return at


@kernel
def _closed(text, at, end, sign):
    """Behind the next two `sign`, or the end."""
    while at + 1 < end:
        if text[at] == sign and text[at + 1] == sign:
            return at + 2
        at += 1
    return end


@kernel
def _marker(text, at, end):
    """Of `%(name)s`."""
    place = at + 2
    if at + 1 >= end or _KINDS[text[at + 1]] != _OPEN:
        return at
    while place < end and text[place] < 128 and (_KINDS[text[place]] == _WORD or _KINDS[text[place]] == _DIGIT):
        place += 1
    named = place > at + 2 and place + 1 < end and _KINDS[text[place]] == _CLOSE and text[place + 1] == _LOWER_S
    return place + 2 if named else at


@kernel
def _comment(text, at, end, kind):
    """The end of the comment that begins here; `at` where none does."""
    if kind in (_MINUS, _SLASH) and at + 1 < end:
        if text[at + 1] == text[at]:
            while at < end and text[at] != _NEWLINE:
                at += 1
            return at
        if kind == _SLASH and text[at + 1] == _STAR:
            at += 2
            while at + 1 < end and not (text[at] == _STAR and _KINDS[text[at + 1]] == _SLASH):
                at += 1
            return min(at + 2, end)
    return at


@kernel
def _copied(text, at, end, kind):
    """The end of what stays as it is: a quoted name, digits that are no number, or one sign."""
    place = at + 1
    if kind == _NAME:
        while place < end and _KINDS[text[place]] != _NAME:
            place += 1
        return min(place + 1, end)
    if kind <= _DOT:
        while place < end and _KINDS[text[place]] <= _DOT:
            place += 1
    return place


@kernel
def _cut(text, start, end, most):
    """Where the first `most` characters of UTF-8 end."""
    if end - start <= most:
        return end
    characters = 0
    for at in range(start, end):
        if text[at] & 0xC0 != 0x80:
            characters += 1
            if characters > most:
                return at
    return end


@kernel
def _hash(words, length, out):
    """A word a step into two sums that share no factor; for grouping, not for security."""
    one, two = _SEEDS
    whole, rest = length // 8, length % 8
    if rest:
        words[whole] &= (np.uint64(1) << np.uint64(8 * rest)) - np.uint64(1)
        whole += 1
    for place in range(whole):
        one = (one ^ words[place]) * _FACTORS[0]
        one ^= one >> np.uint64(29)
        two = (two + words[place]) * _FACTORS[1]
        two ^= two >> np.uint64(32)
    out[0] = (one ^ np.uint64(length)) * _FACTORS[1]
    out[1] = (two + np.uint64(length)) * _FACTORS[0]
    out[0] ^= out[0] >> np.uint64(31)
    out[1] ^= out[1] >> np.uint64(33)
