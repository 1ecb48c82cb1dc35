"""How the kernels write down what they read."""

import numpy as np

from perfweek.load.reading.kernels.intrinsics import byte, inlined
from perfweek.load.reading.kernels.text import intern
from perfweek.load.reading.shapes import (
    BACK,
    BACK_NS,
    CHECKS,
    COUNTS,
    DROPPED,
    DURATION,
    FINER,
    FIRST_NS,
    ITERATIONS,
    KEPT,
    LARGEST,
    LAST_NS,
    METRIC_COUNT,
    NAME_TAG,
    NO_TIME,
    ORPHANS,
    PART,
    REQUESTS,
    ROWS,
    TAG_COUNT,
    TAGS,
    URL_TAG,
    VALUES,
    WEIRD,
)


@inlined
def record(output, sums, info, metric, time, value, tag):
    """Write one row down; False where its value cannot be one of its metric."""
    kind = sums.kinds[metric]
    if kind <= ITERATIONS and not 0 <= value <= LARGEST:
        return False
    if time != info[LAST_NS]:
        _order(info, time)
    stats = sums.stats
    stats[metric, 0] += 1
    stats[metric, 1] += value
    stats[metric, 2] = min(stats[metric, 2], value)
    stats[metric, 3] = max(stats[metric, 3], value)
    stats[metric, 4] += value != 0
    info[ROWS] += 1
    if kind == PART:
        _part(output, info, metric, time, value, tag)
    elif kind == DURATION:
        _request(output, info, time, value, tag)
    elif kind == ITERATIONS:
        at = info[COUNTS]
        output.count_ns[at], output.count_tag[at], output.counted[at], output.count_dropped[at] = time, tag, value, metric == DROPPED
        info[COUNTS] += 1
    elif kind == CHECKS:
        sums.checks[tag, np.int64(value != 0)] += 1
    elif kind == KEPT:
        output.metric[info[VALUES]], output.value[info[VALUES]] = metric, value
        info[VALUES] += 1
    return True


@inlined
def _request(output, info, time, value, tag):
    at = info[REQUESTS]
    output.end_ns[at], output.duration_ms[at], output.tag[at] = time, value, tag
    output.part_ms[at] = np.float32(np.nan)
    info[REQUESTS] += 1


@inlined
def _part(output, info, metric, time, value, tag):
    """k6 writes the parts of a request right after its duration."""
    at, part = info[REQUESTS] - 1, metric - 1
    if at >= 0 and output.end_ns[at] == time and output.tag[at] == tag and np.isnan(output.part_ms[at, part]):
        output.part_ms[at, part] = value
    else:
        info[ORPHANS] += 1


@inlined
def _order(info, time):
    last = info[LAST_NS]
    if last == NO_TIME:
        info[FIRST_NS] = time
    elif time < last:
        info[BACK] += 1
        info[BACK_NS] = max(info[BACK_NS], last - time)
    info[LAST_NS] = time
    if info[FINER] < 7:
        info[FINER] |= (time % 1_000_000_000 != 0) | ((time % 1_000_000 != 0) << 1) | ((time % 1000 != 0) << 2)


@inlined
def weird(output, info, start, end, line):
    at = info[WEIRD]
    output.weird[at, 0], output.weird[at, 1], output.weird[at, 2], output.weird[at, 3] = start, end, line, info[REQUESTS]
    info[WEIRD] += 1


@inlined
def room(strings, count, size):
    """Whether `size` more bytes and one more string fit."""
    return strings.starts[count] + size + 64 < strings.arena.size and 2 * count + 2 < strings.table.size


@inlined
def numbered(text, start, end, metrics, info):
    """The number of the metric text[start:end]; -1 for no name, or one too many."""
    count = info[METRIC_COUNT]
    if end == start or count + 1 >= metrics.hashes.size or not room(metrics, count, end - start):
        return np.int64(-1)
    begin = metrics.starts[count]
    for at in range(end - start):
        metrics.arena[begin + at] = byte(text, start + at)
    found = intern(metrics, count, end - start)
    info[METRIC_COUNT] += found == count
    return np.int64(found)


@inlined
def tag_of(text, places, keep_url, tags, info):
    """The number of the tags at `places` (start and end for each of TAGS), which are joined by NUL bytes."""
    count = info[TAG_COUNT]
    begin = tags.starts[count]
    at = begin
    for slot in range(len(TAGS)):
        if slot != URL_TAG or keep_url != 0 or places[NAME_TAG, 0] == places[NAME_TAG, 1]:
            for place in range(places[slot, 0], places[slot, 1]):
                tags.arena[at] = byte(text, place)
                at += 1
        tags.arena[at] = 0
        at += 1
    found = intern(tags, count, at - begin)
    info[TAG_COUNT] += found == count
    return np.int64(found)
