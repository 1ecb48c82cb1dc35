"""The kernel that reads rows of k6's CSV.

k6 writes the eight or nine rows of one request together: their times and everything behind the value are the same bytes, and the metrics
come in one order. So a row is first compared with the row before; only where it differs is it taken apart. Rows with anything unusual
(stray quotes, NUL bytes, another number of columns, numbers that need more than 53 bits) are left to the slow path, by their place.
"""

import numpy as np

from perfweek.load.reading.kernels.intrinsics import byte, inlined
from perfweek.load.reading.kernels.record import numbered, record, room, tag_of, weird
from perfweek.load.reading.kernels.text import NONE, number, same, time_ns
from perfweek.load.reading.shapes import DELIMITER, END, GROW, LINES, METRIC, PLACE, PLAIN, TAG_COUNT, TAGS, TIME, VALUE

_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_TAG_COUNT = len(TAGS)


def read_rows(text, start, end, layout, metrics, tags, output, sums, info, fields, places):
    """Read text[start:end], whole rows each ended by a newline. Stops early, with info[GROW], where the strings need more room."""
    known = False  # the row before: its metric, tag, time and where its time and its tail are in the text
    metric = tag = time = time_at = time_size = tail = tail_size = tail_lines = np.int64(0)
    at, info[GROW] = start, 0
    while at < end:
        if known:
            following = np.int64(sums.following[metric])
            size = metrics.starts[following + 1] - metrics.starts[following]
            place = at + size
            if (
                byte(text, place) == layout.delimiter
                and same(text, at, metrics.arena, metrics.starts[following], size)
                and same(text, place + 1, text, time_at, time_size)
            ):
                value, place = number(text, place + 1 + time_size, layout.comma)
                if (
                    place != NONE
                    and byte(text, place) == layout.delimiter
                    and same(text, place + 1, text, tail, tail_size)
                    and place + 1 + tail_size <= end
                    and record(output, sums, info, following, time, value, tag)
                ):
                    at = place + 1 + tail_size
                    metric = following
                    info[LINES] += 1 + tail_lines
                    continue
        if byte(text, at) == _NEWLINE or (byte(text, at) == _RETURN and byte(text, at + 1) == _NEWLINE):
            at += 1 + (byte(text, at) == _RETURN)
            info[LINES] += 1
            continue
        after, lines = _split(text, at, end, layout, fields)
        if after != NONE:
            size = after - at
            if not room(tags, info[TAG_COUNT], size + _TAG_COUNT):
                info[GROW] = 1
                break
            now, value, number_end, row_time, row_metric, row_tag = _take(text, layout, fields, places, metrics, tags, info)
            if number_end and row_time != NONE and record(output, sums, info, row_metric, row_time, value, row_tag):
                if known:
                    sums.following[metric] = row_metric
                known, metric, tag, time = layout.usual != 0, row_metric, row_tag, row_time
                time_at, time_size = fields[1, 0], fields[2, 0] - fields[1, 0]
                tail, tail_lines = now, lines
                tail_size = after - tail
                info[LINES] += 1 + lines
                at = after
                continue
        known = False
        after, lines = _line(text, at, end, layout)
        weird(output, info, at, after, info[LINES])
        info[LINES] += lines
        at = after
    info[PLACE] = at


@inlined
def _split(text, at, end, layout, fields):
    """(start of the next row, newlines inside this one); fields get start and end of each column, without quotes. NONE for an unusual row."""
    column, lines, columns = 0, 0, layout.slots.size
    while column < columns:
        start = at
        if byte(text, at) == _QUOTE:
            at += 1
            while at < end:
                found = byte(text, at)
                if found == _QUOTE:
                    if byte(text, at + 1) != _QUOTE:
                        break
                    at += 1
                elif found == 0:
                    return NONE, 0
                lines += found == _NEWLINE
                at += 1
            at += 1
            fields[column, 0], fields[column, 1] = start, at
            at += byte(text, at) == _RETURN and byte(text, at + 1) == _NEWLINE
        else:
            while layout.classes[byte(text, at)] == PLAIN:
                at += 1
            fields[column, 0], fields[column, 1] = start, at
        found = layout.classes[byte(text, at)]
        column += 1
        if at >= end or found not in (DELIMITER, END):
            return NONE, 0
        at += 1
        if found == END:
            if at - 2 >= start and byte(text, at - 2) == _RETURN and fields[column - 1, 1] == at - 1:
                fields[column - 1, 1] = at - 2
            return (at if column == columns else NONE), lines
    return NONE, 0


@inlined
def _take(text, layout, fields, places, metrics, tags, info):
    """(place behind the third column, value, whether it is one, time, metric, tag) of a row that was split."""
    value, good, time, metric = 0.0, False, np.int64(NONE), np.int64(0)
    for slot in range(_TAG_COUNT):
        places[slot, 0] = places[slot, 1] = 0
    for column in range(layout.slots.size):
        slot = layout.slots[column]
        start, end = fields[column, 0], fields[column, 1]
        quoted = end - start >= 2 and byte(text, start) == _QUOTE
        if slot >= 0:
            places[slot, 0], places[slot, 1] = start, start if quoted and end - start == 2 else end
            continue
        start, end = start + quoted, end - quoted
        if slot == METRIC:
            metric = numbered(text, start, end, metrics, info)
        elif slot == TIME:
            time = time_ns(text, start, end)
        elif slot == VALUE:
            value, after = number(text, start, layout.comma)
            good = after == end
    return fields[2, 1] + 1, value, good and metric != NONE, time, metric, tag_of(text, places, layout.keep_url, tags, info)


@inlined
def _line(text, at, end, layout):
    """(start of the next line that can begin a row, lines until there)."""
    lines = 0
    while at < end:
        while at < end and byte(text, at) != _NEWLINE:
            at += 1
        at += 1
        lines += 1
        if at >= end or layout.usual == 0 or begins_row(text, at, layout.delimiter):
            break
    return min(at, end), lines


@inlined
def begins_row(text, at, delimiter):
    """Whether a name, a delimiter and a digit stand here."""
    at += byte(text, at) == _QUOTE
    start = at
    while byte(text, at) == 95 or 48 <= byte(text, at) <= 57 or 97 <= byte(text, at) | 32 <= 122:
        at += 1
    after = at + (byte(text, at) == _QUOTE)
    first = after + 1 + (byte(text, after + 1) == _QUOTE)
    return at > start and byte(text, after) == delimiter and 48 <= byte(text, first) <= 57
