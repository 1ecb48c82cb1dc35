"""Which columns of a file are which field of a request."""

import re
from collections.abc import Mapping, Sequence

TIME, KEY, SIZE, OP, STATUS, TTL, TIME_END = range(7)
FIELDS = 7
NAMES = {
    TIME: ("time", "timestamp", "ts", "@timestamp", "time_epoch", "epoch", "clock_time", "time_local", "time_iso8601", "datetime", "date", "arrival"),
    KEY: ("key", "cache_key", "object", "obj_id", "object_id", "obj", "id", "lbn", "lba", "url", "uri", "request_uri", "cs-uri-stem", "path"),
    SIZE: ("size", "bytes", "obj_size", "object_size", "body_bytes_sent", "bytes_sent", "sc-bytes", "value_size", "length", "response_bytes"),
    OP: ("op", "method", "operation", "request_method", "cs-method", "verb", "command"),
    STATUS: ("status", "status_code", "sc-status", "code"),
    TTL: ("ttl", "ttl_s", "max_age"),
}
WORDS = {"time": TIME, "key": KEY, "size": SIZE, "op": OP, "status": STATUS, "ttl": TTL}
_UNIT = re.compile(r"^(?P<name>.*?)[ _(\[]+(?P<unit>s|sec|seconds|ms|us|µs|ns|b|bytes|uint64)[)\]]?$")


def plain(name: str) -> str:
    """A column's name in lower case, without '#', quotes and a unit behind it.

    >>> plain("# time(us)")
    'time'
    """
    bare = name.strip().lstrip("#").strip().strip("\"'").lower()
    found = _UNIT.match(bare)
    return found["name"] if found and found["name"] else bare


def unit_of(name: str) -> str:
    """The unit of time that a column's name states: 's', 'ms', 'us', 'ns' or ''."""
    found = _UNIT.match(name.strip().strip("\"'").lower())
    unit = found["unit"].replace("µ", "u").replace("seconds", "s").replace("sec", "s") if found else ""
    return unit if unit in ("s", "ms", "us", "ns") else ""


def found_in(columns: Sequence[str], chosen: Mapping[str, str] | None = None) -> dict[int, int]:
    """Field -> place among `columns`. `chosen` names the column of a field ('time', 'key', 'size', 'op', 'status', 'ttl') and comes first;
    the others are known by their names. A chosen column that is not there is simply not found."""
    bare = [plain(column) for column in columns]
    places: dict[int, int] = {}
    for word, column in (chosen or {}).items():
        if column in columns or column.lower() in bare:
            places[WORDS[word]] = list(columns).index(column) if column in columns else bare.index(column.lower())
    for field, names in NAMES.items():
        if field not in places:
            known = [bare.index(name) for name in names if name in bare and bare.index(name) not in places.values()]
            if known:
                places[field] = known[0]
    return places
