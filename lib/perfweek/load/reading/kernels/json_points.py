"""The kernel that reads the points of k6's JSON lines, in any order of their keys.

Like the rows of CSV, the points of one request come together and differ in metric and value only, so a line is first compared with the
line before. Where it differs its keys are read one by one. Lines that are no point (k6 declares each metric once) or no whole object are
left to the slow path, by their place.
"""

import numpy as np

from perfweek.load.reading.kernels.intrinsics import byte, inlined, word
from perfweek.load.reading.kernels.record import numbered, record, room, tag_of, weird
from perfweek.load.reading.kernels.text import NONE, number, same, time_ns
from perfweek.load.reading.shapes import GROW, LINES, PLACE, TAG_COUNT, TAGS

_NEWLINE, _QUOTE, _BACKSLASH, _OPEN, _CLOSE, _COLON, _COMMA = 10, 34, 92, 123, 125, 58, 44
_TOP, _DATA, _TAGS = range(3)
METRIC_AT, METRIC_END, TIME_AT, TIME_END, VALUE_AT, VALUE_END = range(6)


def _key(name: str) -> tuple[int, np.uint64]:
    return len(name), np.uint64(int.from_bytes(name.encode(), "little"))


(_METRIC_SIZE, _METRIC), (_TYPE_SIZE, _TYPE), (_DATA_SIZE, _DATA_KEY), (_POINT_SIZE, _POINT) = map(_key, ("metric", "type", "data", "Point"))
(_TIME_SIZE, _TIME), (_VALUE_SIZE, _VALUE), (_TAGS_SIZE, _TAGS_KEY) = map(_key, ("time", "value", "tags"))
_TAG_COUNT = len(TAGS)
_TAG_SIZES = np.array([len(name) for name in TAGS], np.int64)
_TAG_TEXT = np.frombuffer(b"".join(name.encode().ljust(32, b"\0") for name in TAGS), np.uint8).copy()


def read_points(text, start, end, keep_url, metrics, tags, output, sums, info, places, marks):
    """Read text[start:end], whole lines each ended by a newline. Stops early, with info[GROW], where the strings need more room."""
    known = False  # the line before: its metric, tag, time, and where its head, middle and tail are in the text
    metric = tag = time = head = head_size = middle = middle_size = tail = tail_size = np.int64(0)
    at, info[GROW] = start, 0
    while at < end:
        if known and same(text, at, text, head, head_size):
            following = np.int64(sums.following[metric])
            size = metrics.starts[following + 1] - metrics.starts[following]
            place = at + head_size
            if same(text, place, metrics.arena, metrics.starts[following], size) and same(text, place + size, text, middle, middle_size):
                value, place = number(text, place + size + middle_size)
                if (
                    place != NONE
                    and same(text, place, text, tail, tail_size)
                    and place + tail_size <= end
                    and record(output, sums, info, following, time, value, tag)
                ):
                    at = place + tail_size
                    metric = following
                    info[LINES] += 1
                    continue
        after = _point(text, at, end, places, marks)
        if after != NONE:
            if not room(tags, info[TAG_COUNT], after - at + _TAG_COUNT):
                info[GROW] = 1
                break
            now = time_ns(text, marks[TIME_AT], marks[TIME_END])
            value, place = number(text, marks[VALUE_AT])
            row_metric = numbered(text, marks[METRIC_AT], marks[METRIC_END], metrics, info)
            row_tag = tag_of(text, places, keep_url, tags, info)
            if NONE not in (now, row_metric) and place == marks[VALUE_END] and record(output, sums, info, row_metric, now, value, row_tag):
                if known:
                    sums.following[metric] = row_metric
                known = marks[METRIC_AT] < marks[TIME_AT] < marks[VALUE_AT]
                metric, tag, time = row_metric, row_tag, now
                head, head_size = at, marks[METRIC_AT] - at
                middle, middle_size = marks[METRIC_END], marks[VALUE_AT] - marks[METRIC_END]
                tail, tail_size = place, after - place
                info[LINES] += 1
                at = after
                continue
        known = False
        after = at
        while after < end and byte(text, after) != _NEWLINE:
            after += 1
        after = min(after + 1, end)
        if after - at > 1:
            weird(output, info, at, after, info[LINES])
        info[LINES] += 1
        at = after
    info[PLACE] = at


@inlined
def _point(text, at, end, places, marks):
    """Start of the next line after a line that is one point; places get its tags, marks metric, time and value. NONE for another line."""
    for slot in range(_TAG_COUNT):
        places[slot, 0] = places[slot, 1] = 0
    for mark in range(marks.size):
        marks[mark] = NONE
    if byte(text, at) != _OPEN:
        return NONE
    context, first, at = _TOP, True, at + 1
    while at < end:
        found = byte(text, at)
        if found == _CLOSE:
            at, first = at + 1, False
            if context == _TOP:
                break
            context -= 1
            continue
        if not first:
            if found != _COMMA:
                return NONE
            at = _spaces(text, at + 1)
        key = at + 1
        key_end = _string_end(text, key) if byte(text, at) == _QUOTE else NONE
        if key_end == NONE or byte(text, key_end + 1) != _COLON:
            return NONE
        at, first = _spaces(text, key_end + 2), False
        opened = _opened(text, key, key_end - key, context) if byte(text, at) == _OPEN else NONE
        if opened != NONE:
            context, first, at = opened, True, at + 1
        else:
            at = _value(text, at, key, key_end - key, context, places, marks)
            if at == NONE:
                return NONE
        at = _spaces(text, at)
    at = _spaces(text, at)
    whole = marks[METRIC_AT] != NONE and marks[TIME_AT] != NONE and marks[VALUE_AT] != NONE
    return at + 1 if whole and byte(text, at) == _NEWLINE else NONE


@inlined
def _opened(text, key, size, context):
    """The context that an object opens as the value of a key; NONE for one to be passed over."""
    if context == _TOP and is_key(text, key, size, _DATA_SIZE, _DATA_KEY):
        return _DATA
    if context == _DATA and is_key(text, key, size, _TAGS_SIZE, _TAGS_KEY):
        return _TAGS
    return NONE


@inlined
def is_key(text, at, size, wanted_size, wanted):
    return size == wanted_size and word(text, at) & ((np.uint64(1) << np.uint64(8 * wanted_size)) - np.uint64(1)) == wanted


@inlined
def _value(text, at, key, size, context, places, marks):
    """Note the value of a key, where it is wanted; the place behind it, NONE where it is none that a point has."""
    if context == _DATA and is_key(text, key, size, _VALUE_SIZE, _VALUE):
        marks[VALUE_AT] = at
        _, marks[VALUE_END] = number(text, at)
        return marks[VALUE_END]
    if byte(text, at) != _QUOTE:
        return _passed(text, at)
    end = _string_end(text, at + 1)
    if end == NONE:
        return NONE
    if context == _TAGS:
        for slot in range(_TAG_COUNT):
            if size == _TAG_SIZES[slot] and same(text, key, _TAG_TEXT, 32 * slot, size):
                places[slot, 0], places[slot, 1] = at + 1, end
                break
    elif context == _DATA and is_key(text, key, size, _TIME_SIZE, _TIME):
        marks[TIME_AT], marks[TIME_END] = at + 1, end
    elif context == _TOP and is_key(text, key, size, _METRIC_SIZE, _METRIC):
        marks[METRIC_AT], marks[METRIC_END] = at + 1, end
    elif context == _TOP and is_key(text, key, size, _TYPE_SIZE, _TYPE) and not is_key(text, at + 1, end - at - 1, _POINT_SIZE, _POINT):
        return NONE
    return end + 1


@inlined
def _passed(text, at):
    """The place behind a value that is no string: a number, null, or an object with whatever is in it."""
    depth = 0
    while True:
        found = byte(text, at)
        if found == _QUOTE:
            at = _string_end(text, at + 1)
            if at == NONE:
                return NONE
        elif found < 32:
            return NONE
        elif found in (_OPEN, 91):
            depth += 1
        elif found in (_CLOSE, 93, _COMMA):
            if depth == 0:
                return at
            depth -= found != _COMMA
        at += 1


@inlined
def _string_end(text, at):
    """The closing quote of the string whose content begins at `at`; NONE where a control character comes first."""
    while True:
        found = byte(text, at)
        if found == _QUOTE:
            return at
        at += found == _BACKSLASH
        if byte(text, at) < 32:
            return NONE
        at += 1


@inlined
def _spaces(text, at):
    while byte(text, at) == 32 or byte(text, at) == 13 or byte(text, at) == 9:
        at += 1
    return at
