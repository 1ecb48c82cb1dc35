"""Lines of text to fields, as machine code.

A block of lines is one array of bytes; a field is its start and end there. A line that needs more than these loops know (escapes, doubled
quotes) is marked ODD and read by Python; one that is no record is BROKEN.
"""

import numpy as np
from numba import njit

from perfweek.caching.readers.fields import KEY, OP, SIZE, STATUS, TIME

SOUND, ODD, BROKEN = 0, 1, 2
_NEWLINE, _RETURN, _QUOTE, _BACKSLASH, _SPACE = 10, 13, 34, 92, 32
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST, _COLON, _COMMA = 123, 125, 91, 93, 58, 44
_PRIME = 0x100000001B3
_BASIS = 0xCBF29CE484222325


@njit(cache=True, nogil=True)
def split_lines(text, starts, ends):
    """Start and end of each line that is not blank, without line ends. Returns how many."""
    rows, at = 0, 0
    while at < text.size:
        end = at
        while text[end] != _NEWLINE:
            end += 1
        last = end
        while at < last and text[at] <= _SPACE:
            at += 1
        while last > at and (text[last - 1] == _RETURN or text[last - 1] == _SPACE):
            last -= 1
        if last > at:
            starts[rows], ends[rows] = at, last
            rows += 1
        at = end + 1
    return rows


@njit(cache=True, nogil=True)
def split_columns(text, starts, ends, delimiter, columns, spans, states):
    """Delimited rows: `columns` gives the field of each column, or -1."""
    for row in range(starts.size):
        at, end, column = starts[row], ends[row], 0
        while at <= end:
            first = at
            if at < end and text[at] == _QUOTE:
                first = at = at + 1
                while at < end and text[at] != _QUOTE:
                    at += 1
                last = at
                at += 1
                if last == end or (at < end and text[at] != delimiter):
                    states[row] = ODD
                    break
            else:
                while at < end and text[at] != delimiter:
                    at += 1
                last = at
                while first < last and text[first] == _SPACE:
                    first += 1
            if column < columns.size and columns[column] >= 0:
                spans[row, columns[column], 0], spans[row, columns[column], 1] = first, last
            column += 1
            at += 1
        if states[row] == SOUND and column != columns.size:
            states[row] = BROKEN


@njit(cache=True, nogil=True)
def _string_end(text, at, end):
    """Behind the closing quote of a string that starts at `at`, negative where there are escapes inside; 0 where it does not end."""
    escaped = False
    while at < end and text[at] != _QUOTE:
        if text[at] == _BACKSLASH:
            escaped = True
            at += 1
        at += 1
    if at >= end:
        return 0
    return -(at + 1) if escaped else at + 1


@njit(cache=True, nogil=True)
def _value_end(text, at, end):
    """Behind a value that is no string; 0 where it does not end within the line."""
    depth = 0
    while at < end:
        byte = text[at]
        if byte == _QUOTE:
            at = abs(_string_end(text, at + 1, end))
            if not at:
                return 0
            continue
        if byte in (_OPEN, _OPEN_LIST):
            depth += 1
        elif byte in (_CLOSE, _CLOSE_LIST):
            if not depth:
                return at
            depth -= 1
        elif byte == _COMMA and not depth:
            return at
        at += 1
    return 0


@njit(cache=True, nogil=True)
def split_objects(text, starts, ends, names, fields, spans, states):
    """JSON objects, one a line: the values whose names have the hashes `names` are the fields `fields`."""
    for row in range(starts.size):
        states[row] = _split_object(text, starts[row], ends[row], names, fields, spans[row])


@njit(cache=True, nogil=True)
def _split_object(text, at, end, names, fields, spans):
    if text[at] != _OPEN or text[end - 1] != _CLOSE:
        return BROKEN
    at += 1
    while at > 0:
        while at < end and (text[at] <= _SPACE or text[at] == _COMMA):
            at += 1
        if at == end - 1:
            return SOUND
        at, name = _name(text, at, end)
        if at <= 0:
            break
        field = -1
        for place in range(names.size):
            if names[place] == name:
                field = fields[place]
        at = _member(text, at, end, field, spans)
    return BROKEN if at == 0 else ODD


@njit(cache=True, nogil=True)
def _name(text, at, end):
    """Where the value behind a name begins, and the name's hash: 0 where there is no name, -1 for one with escapes."""
    name = np.uint64(_BASIS)
    if text[at] != _QUOTE:
        return 0, name
    at += 1
    while at < end and text[at] != _QUOTE:
        name = (name ^ np.uint64(text[at])) * np.uint64(_PRIME)
        if text[at] == _BACKSLASH:
            return -1, name
        at += 1
    at += 1
    while at < end and (text[at] <= _SPACE or text[at] == _COLON):
        at += 1
    return (at if at < end else 0), name


@njit(cache=True, nogil=True)
def _member(text, at, end, field, spans):
    """Behind the value at `at`, which is written to the spans of `field`: 0 where it does not end, -1 where a text that is asked for has escapes."""
    first = at
    if text[at] == _QUOTE:
        first += 1
        at = _string_end(text, first, end)
        if at < 0 and field >= 0:
            return -1
        at = abs(at)
        last = at - 1
    else:
        at = _value_end(text, at, end)
        last = at
        while last > first and text[last - 1] <= _SPACE:
            last -= 1
        if text[first] == 110:  # null
            last = first
    if at and field >= 0:
        spans[field, 0], spans[field, 1] = first, last
    return at


@njit(cache=True, nogil=True)
def _upto(text, at, end, byte):
    while at < end and text[at] != byte:
        at += 1
    return at


@njit(cache=True, nogil=True)
def split_common_log(text, starts, ends, spans, states):
    """Apache's and nginx's common and combined format: host ident user [time] "METHOD path protocol" status bytes ..."""
    for row in range(starts.size):
        end = ends[row]
        opened = _upto(text, starts[row], end, _OPEN_LIST)
        closed = _upto(text, opened, end, _CLOSE_LIST)
        quote = _upto(text, closed, end, _QUOTE)
        method = _upto(text, quote, end, _SPACE)
        path = _upto(text, method + 1, end, _SPACE)
        after = _upto(text, min(path, end), end, _QUOTE)
        status = _upto(text, after + 2, end, _SPACE)
        size = _upto(text, status + 1, end, _SPACE)
        if not opened < closed < quote < method < path <= after < status < size <= end:
            states[row] = BROKEN
            continue
        spans[row, TIME, 0], spans[row, TIME, 1] = opened + 1, closed
        spans[row, OP, 0], spans[row, OP, 1] = quote + 1, method
        spans[row, KEY, 0], spans[row, KEY, 1] = method + 1, path
        spans[row, STATUS, 0], spans[row, STATUS, 1] = after + 2, status
        spans[row, SIZE, 0], spans[row, SIZE, 1] = status + 1, size
        if text[size - 1] == 45:  # '-': no bytes
            spans[row, SIZE, 1] = status + 1


def name_hash(name: str) -> int:
    """The hash by which split_objects knows a name (FNV-1a)."""
    value = _BASIS
    for byte in name.encode():
        value = (value ^ byte) * _PRIME % (1 << 64)
    return value
