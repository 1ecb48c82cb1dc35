"""The kind of a trace, found by looking at its beginning."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from perfweek.caching.readers.binary import NUMBERS, ORACLE, BinaryTrace, is_numbers, is_oracle
from perfweek.caching.readers.clock import Clock
from perfweek.caching.readers.fields import KEY, OP, SIZE, TIME, TIME_END, found_in, plain, unit_of
from perfweek.caching.readers.layouts import Columns, CommonLog, JsonLines
from perfweek.caching.readers.lines import opening
from perfweek.caching.readers.monitor import COLUMNS as MONITOR_COLUMNS
from perfweek.caching.readers.monitor import STARTS, monitor_rows
from perfweek.caching.readers.parquet import ParquetTrace
from perfweek.caching.readers.scanning import PADDING
from perfweek.caching.readers.text import TextTrace
from perfweek.caching.readers.trace import NO_RECORD, Options, TraceFile
from perfweek.caching.readers.values import read_dates
from perfweek.errors import EvidenceError

_COMMON = re.compile(rb'\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "')
_CLOUD_PHYSICS = ["version", "time", "op", "size", "lbn"]
_DELIMITERS = ("\t", ",", ";", "|", " ")


def open_trace(path: Path, options: Options | None = None) -> TraceFile:
    """The reader of a trace. Raises EvidenceError where there is no such file, it is empty, a pipe, or no kind of trace that is known."""
    options = options or Options()
    if path.is_fifo():
        raise EvidenceError("the trace is a pipe, and it has to be read more than once", str(path), "Write it to a file first.")
    beginning = opening(path)
    if not beginning.strip():
        raise EvidenceError("the trace is empty", str(path), NO_RECORD)
    clock = Clock(options.time_unit)
    if beginning.startswith(b"PAR1"):
        return ParquetTrace(path, clock, options.columns)
    if _is_binary(beginning):
        return _binary(path, beginning, clock)
    lines = [line for line in beginning.decode("utf-8", "replace").splitlines() if line.strip()]
    if STARTS.match(beginning):
        layout = Columns("\t", found_in(MONITOR_COLUMNS), len(MONITOR_COLUMNS), False, False)
        return TextTrace(path, "Redis MONITOR capture", clock, layout, monitor_rows)
    if any(_COMMON.match(line.encode()) for line in lines[:10]):
        clock.unit, clock.how = "s", "times are dates"
        return TextTrace(path, "access log in the common or combined format", clock, CommonLog())
    if any(line.lstrip("\ufeff").startswith("{") for line in lines[:10]):
        return _objects(path, lines, options, clock)
    return _columns(path, lines, options, clock)


def _is_binary(beginning: bytes) -> bool:
    return any(byte < 9 or 13 < byte < 27 for byte in beginning[:4096])


def _binary(path: Path, beginning: bytes, clock: Clock) -> TraceFile:
    if is_oracle(beginning, path.stat().st_size):
        clock.usual = "s"
        return BinaryTrace(path, "libCacheSim oracleGeneral", clock, ORACLE)
    if is_numbers(path, beginning):
        return BinaryTrace(path, "object numbers of 32 bits, without times and sizes", clock, NUMBERS)
    raise EvidenceError("the file is binary and no kind of trace that is known", str(path), NO_RECORD)


def _objects(path: Path, lines: Sequence[str], options: Options, clock: Clock) -> TraceFile:
    record = next((found for found in map(_record, lines) if found), None)
    if record is None:
        raise EvidenceError("no line of the beginning is a JSON object", str(path), NO_RECORD)
    names = list(record)
    places = _with_key(path, names, options)
    dates = _dated(record[names[places[TIME]]]) if TIME in places else False
    _take_unit(clock, names, places, dates)
    return TextTrace(
        path, f"JSON lines: the key is {names[places[KEY]]}", clock, JsonLines({field: names[at] for field, at in places.items()}, dates)
    )


def _record(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _columns(path: Path, lines: Sequence[str], options: Options, clock: Clock) -> TraceFile:
    fields_line = next((line for line in lines if line.startswith("#Fields:")), "")
    records = [line for line in lines if not line.startswith("#")]
    if fields_line and records:
        return _extended(path, fields_line, records, options, clock)
    delimiter = max(_DELIMITERS, key=lambda mark: (len(_row(lines[-1] if len(lines) < 3 else lines[1], mark)) > 1, -_DELIMITERS.index(mark)))
    header = _row(lines[0], delimiter)
    named = bool(found_in(header, options.columns))
    if not named and delimiter == " " and all(map(_numeric, header)) and len(header) >= 3:
        clock.usual = "s"  # the format of webcachesim: time id size
        layout = Columns(" ", {TIME: 0, KEY: 1, SIZE: 2}, len(header), False, False)
        return TextTrace(path, "numbers in columns: time, object, size", clock, layout)
    places = _with_key(path, header, options)
    rows = [row for row in (_row(line, delimiter) for line in lines[1:50]) if len(row) == len(header)]
    dates = TIME in places and bool(rows) and _dated(rows[0][places[TIME]])
    if [plain(name) for name in header] == _CLOUD_PHYSICS and not clock.unit:
        clock.usual = "us"
        places.pop(OP)  # a SCSI operation: each reads or writes the block that it names
    _take_unit(clock, header, places, dates)
    if plain(header[-1]).startswith("next_access"):
        clock.usual = clock.usual or "s"
    return TextTrace(path, f"columns: the key is {plain(header[places[KEY]])}", clock, Columns(delimiter, places, len(header), True, dates))


def _extended(path: Path, fields_line: str, records: Sequence[str], options: Options, clock: Clock) -> TraceFile:
    """W3C's extended log format, as IIS and CloudFront write it."""
    names = fields_line.removeprefix("#Fields:").split()
    delimiter = "\t" if "\t" in records[0] else " "
    places = _with_key(path, names, options)
    if "date" in names and names.index("date") + 1 < len(names) and names[names.index("date") + 1] == "time":
        places |= {TIME: names.index("date"), TIME_END: names.index("date") + 1}
    clock.unit, clock.how = "s", "times are dates"
    return TextTrace(path, "access log in the extended format", clock, Columns(delimiter, places, len(names), False, True))


def _with_key(path: Path, names: Sequence[str], options: Options) -> dict[int, int]:
    missing = [f"{word}={name}" for word, name in options.columns.items() if name not in names and name.lower() not in map(plain, names)]
    if missing:
        raise EvidenceError(f"there is no column {', '.join(missing)}", str(path), f"The columns are: {', '.join(map(plain, names))[:300]}")
    places = found_in(names, options.columns)
    if KEY not in places:
        shown = ", ".join(plain(name)[:40] for name in names[:12])
        raise EvidenceError(f"none of the columns is known as the key: {shown}", str(path), "Name it: --columns key=COLUMN. " + NO_RECORD)
    return places


def _take_unit(clock: Clock, names: Sequence[str], places: Mapping[int, int], dates: bool) -> None:
    if dates:
        clock.unit, clock.how = "s", "times are dates"
    elif TIME in places and not clock.unit:
        clock.unit = unit_of(names[places[TIME]])


def _row(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _numeric(text: str) -> bool:
    return text.strip().lstrip("-").replace(".", "", 1).isdigit()


def _dated(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    text = np.frombuffer(value.strip().encode() + PADDING, np.uint8)
    found = np.empty(1)
    read_dates(text, np.zeros(1, np.int32), np.array([text.size - len(PADDING)], np.int32), found)
    return not np.isnan(found[0])
