"""What the kernels are given and what they write: one row a request, counts of iterations, values of other metrics, sums of all.

Strings are numbered once. Nothing here needs the compiler.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PARTS = ("blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving")
TAGS = ("check", "error_code", "group", "method", "name", "scenario", "status", "expected_response", "url")
"""What is kept of a row's tags, in the order of their places in an interned string; `url` only where it is asked for or there is no name."""
NAME_TAG, URL_TAG = TAGS.index("name"), TAGS.index("url")

DURATION, PART, COUNTED, ITERATIONS, CHECKS, SUMMED, KEPT = range(7)
BUILTIN = (
    ("http_req_duration", DURATION),
    *((f"http_req_{part}", PART) for part in PARTS),
    ("http_reqs", COUNTED),
    ("http_req_failed", COUNTED),
    ("iterations", ITERATIONS),
    ("dropped_iterations", ITERATIONS),
    ("checks", CHECKS),
    *((name, SUMMED) for name in ("vus", "vus_max", "data_sent", "data_received", "ws_sessions", "ws_msgs_sent", "ws_msgs_received")),
    *((name, SUMMED) for name in ("grpc_streams", "grpc_streams_msgs_sent", "grpc_streams_msgs_received", "browser_data_sent")),
    *((name, SUMMED) for name in ("browser_data_received", "browser_http_req_failed")),
    *((name, KEPT) for name in ("iteration_duration", "group_duration", "grpc_req_duration", "ws_ping", "ws_session_duration", "ws_connecting")),
)
"""k6's own metrics and what is kept of each; every value is kept of a metric that is not among them."""
METRICS = tuple(name for name, _ in BUILTIN)
DROPPED = METRICS.index("dropped_iterations")
LARGEST = 1e12

(ROWS, LINES, REQUESTS, COUNTS, VALUES, WEIRD, FIRST_NS, LAST_NS, BACK, BACK_NS, FINER, ORPHANS, METRIC_COUNT, TAG_COUNT, PLACE, GROW) = range(16)
"""Places in `info`. FINER: 1, 2, 4 for a time that is no whole second, millisecond, microsecond. GROW: strings need more room before PLACE."""
NO_TIME = -1


class Strings(NamedTuple):
    """Numbered byte strings: string i is arena[starts[i]:starts[i + 1]]; `table` is an open hash table of numbers, -1 where empty."""

    arena: NDArray[np.uint8]
    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    table: NDArray[np.int32]


class Output(NamedTuple):
    """Of one block. `weird`: start, end and line (from 0) of rows that the kernel leaves to the slow path, and requests read before."""

    end_ns: NDArray[np.int64]
    duration_ms: NDArray[np.float64]
    tag: NDArray[np.int32]
    part_ms: NDArray[np.float32]
    count_ns: NDArray[np.int64]
    count_tag: NDArray[np.int32]
    counted: NDArray[np.float64]
    count_dropped: NDArray[np.bool_]
    metric: NDArray[np.int32]
    value: NDArray[np.float64]
    weird: NDArray[np.int64]


class Sums(NamedTuple):
    """Of all blocks of a worker: kind of each metric, which metric came after it, its n, sum, least, largest and count of values that are
    not 0; for each tag number the checks failed and passed."""

    kinds: NDArray[np.int8]
    following: NDArray[np.int32]
    stats: NDArray[np.float64]
    checks: NDArray[np.int64]


METRIC, TIME, VALUE, UNUSED = -1, -2, -3, -4
PLAIN, DELIMITER, END, ODD = range(4)


class Layout(NamedTuple):
    """`slots`: what each column holds: METRIC, TIME, VALUE, UNUSED or its place in TAGS. `classes`: what each byte does. `usual`: 1 where
    the columns begin as k6 writes them: metric_name, timestamp, metric_value; `keep_url`: 1 to keep every URL; `comma`: what may
    stand for the point of a number: a comma in a spreadsheet of a country that writes so."""

    slots: NDArray[np.int64]
    classes: NDArray[np.uint8]
    delimiter: int
    usual: int
    keep_url: int
    comma: int


def layout_of(slots: list[int], delimiter: str, keep_url: bool) -> Layout:
    classes = np.full(256, PLAIN, np.uint8)
    classes[[ord(delimiter), ord("\n"), ord('"'), 0]] = [DELIMITER, END, ODD, ODD]
    usual = int(slots[:3] == [METRIC, TIME, VALUE])
    return Layout(np.array(slots, np.int64), classes, ord(delimiter), usual, int(keep_url), ord("." if delimiter == "," else ","))
