"""Lines of text to fields, as machine code.

A block of lines is one array of bytes, with eight spare bytes behind; a field is its start and end there. A line that needs more than these
loops know (escapes, doubled quotes) is marked ODD and read by Python; one that is no record is BROKEN.
"""

from perfweek.caching.engine.bits import inlined, kernel
from perfweek.caching.readers.fields import KEY, OP, SIZE, STATUS, TIME
from perfweek.caching.readers.scanning import known_by, upto, upto_either

SOUND, ODD, BROKEN = 0, 1, 2
_NEWLINE, _RETURN, _QUOTE, _BACKSLASH, _SPACE = 10, 13, 34, 92, 32
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST, _COLON, _COMMA = 123, 125, 91, 93, 58, 44


@kernel
def split_lines(text, size, starts, ends):
    """Start and end of each line of text[:size] that is not blank, without line ends. Returns how many, and how many newlines."""
    rows, newlines, at = 0, 0, 0
    while at < size:
        end = upto(text, at, size, _NEWLINE)
        last = end
        while at < last and text[at] <= _SPACE:
            at += 1
        while last > at and (text[last - 1] == _RETURN or text[last - 1] == _SPACE):
            last -= 1
        if last > at:
            starts[rows], ends[rows] = at, last
            rows += 1
        at = end + 1
        newlines += 1
    return rows, newlines


@kernel
def split_columns(text, starts, ends, delimiter, columns, spans, states):
    """Delimited rows: `columns` gives the field of each column, or -1."""
    for row in range(starts.size):
        at, end, column = starts[row], ends[row], 0
        while at <= end:
            first = at
            if at < end and text[at] == _QUOTE:
                first = at = at + 1
                last = at = upto(text, at, end, _QUOTE)
                at += 1
                if last == end or (at < end and text[at] != delimiter):
                    states[row] = ODD
                    break
            else:
                last = at = upto(text, at, end, delimiter)
                while first < last and text[first] == _SPACE:
                    first += 1
            if column < columns.size and columns[column] >= 0:
                spans[row, columns[column], 0], spans[row, columns[column], 1] = first, last
            column += 1
            at += 1
        if states[row] == SOUND and column != columns.size:
            states[row] = BROKEN


@kernel
def split_objects(text, starts, ends, names, fields, spans, states):
    """JSON objects, one a line: the values whose names are known by `names` are the fields `fields`."""
    for row in range(starts.size):
        at, end = starts[row] + 1, ends[row] - 1
        if text[starts[row]] != _OPEN or text[end] != _CLOSE or end < at:
            states[row] = BROKEN
            continue
        at = _past_space(text, at, end)
        while 0 < at < end:
            at = _member(text, at, end, names, fields, spans[row])
        states[row] = ODD if at < 0 else BROKEN if at == 0 else SOUND


@inlined
def _past_space(text, at, end):
    while at < end and text[at] <= _SPACE:
        at += 1
    return at


@kernel
def _member(text, at, end, names, fields, spans):
    """Where the next member begins, or `end`; 0 for a line that is no JSON, -1 for one with escapes where it matters."""
    if text[at] != _QUOTE:
        return 0
    last = upto_either(text, at + 1, end, _QUOTE, _BACKSLASH)
    if last == end or text[last] == _BACKSLASH:
        return 0 if last == end else -1
    name = known_by(text, at + 1, last)
    at = _past_space(text, last + 1, end)
    if text[at] != _COLON:
        return 0
    at = _past_space(text, at + 1, end)
    field = -1
    for place in range(names.size):
        if names[place] == name:
            field = fields[place]
    begin = at
    if text[at] == _QUOTE:
        begin = at + 1
        last = upto_either(text, begin, end, _QUOTE, _BACKSLASH)
        if last < end and text[last] == _BACKSLASH:
            return -1 if field >= 0 else _past_member(text, _string_end(text, last, end), end)
        at = last + 1
    else:
        at = last = _value_end(text, at, end)
        if text[begin] == 110 or last == begin:  # null, or nothing
            last = begin
            at = at if text[begin] == 110 else 0
    if at == 0 or last >= end + 1 or (text[begin - 1] == _QUOTE and last == end):
        return 0
    if field >= 0:
        while last > begin and text[begin - 1] != _QUOTE and text[last - 1] <= _SPACE:
            last -= 1
        spans[field, 0], spans[field, 1] = begin, last
    return _past_member(text, at, end)


@kernel
def _past_member(text, at, end):
    """Behind the comma after a value that ends at `at`; 0 where there is something else."""
    if at == 0:
        return 0
    at = _past_space(text, at, end)
    if at >= end:
        return end
    if text[at] != _COMMA:
        return 0
    at = _past_space(text, at + 1, end)
    return at if at < end else 0


@kernel
def _string_end(text, at, end):
    """Behind the closing quote of the string that goes on at `at`; 0 where it does not end."""
    while True:
        at = upto_either(text, at, end, _QUOTE, _BACKSLASH)
        if at >= end:
            return 0
        if text[at] == _QUOTE:
            return at + 1
        at += 2


@kernel
def _value_end(text, at, end):
    """Behind a value that is no string, up to the comma or brace that ends it; 0 where it is none."""
    if text[at] not in (_OPEN, _OPEN_LIST):
        while at < end and text[at] != _COMMA:
            if text[at] in (_QUOTE, _OPEN, _COLON):
                return 0
            at += 1
        return at
    depth = 0
    while at < end:
        byte = text[at]
        at += 1
        if byte == _QUOTE:
            at = _string_end(text, at, end)
            if not at:
                return 0
        elif byte in (_OPEN, _OPEN_LIST):
            depth += 1
        elif byte in (_CLOSE, _CLOSE_LIST):
            depth -= 1
            if not depth:
                return at
    return 0


@kernel
def split_common_log(text, starts, ends, spans, states):
    """Apache's and nginx's common and combined format: host ident user [time] "METHOD path protocol" status bytes ..."""
    for row in range(starts.size):
        end = ends[row]
        opened = upto(text, starts[row], end, _OPEN_LIST)
        closed = upto(text, opened, end, _CLOSE_LIST)
        quote = upto(text, closed, end, _QUOTE)
        method = upto(text, quote, end, _SPACE)
        path = upto(text, method + 1, end, _SPACE)
        after = upto(text, min(path, end), end, _QUOTE)
        status = upto(text, after + 2, end, _SPACE)
        size = upto(text, status + 1, end, _SPACE)
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
