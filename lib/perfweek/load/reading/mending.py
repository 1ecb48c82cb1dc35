"""Rows that are unusual or damaged, read slowly: what is whole is kept, the rest is said.

Nothing is invented: what stands on both sides of a damaged place is never joined.
"""

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from perfweek.load.reading.shapes import METRICS, TAGS

_LARGEST = 1e12
_WHOLE_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# A torn piece may end in the beginning of a longer name: "browser_" and "http_req_duration" would give a metric that was never there.
_SAFE_NAMES = sorted((name for name in METRICS if not any(other != name and other.endswith(name) for other in METRICS)), key=len, reverse=True)
_GLUED = re.compile("(?=(?:" + "|".join(_SAFE_NAMES) + r"),\d)")
_JSON_BEGIN = re.compile(r'(?=\{"(?:metric|type)":")')


class Row(NamedTuple):
    """One row: metric, time in nanoseconds since 1970, value, tags in the order of TAGS."""

    metric: str
    time_ns: int
    value: float
    tags: tuple[str, ...]


class Mended(NamedTuple):
    """Whole rows of a region, and what is wrong with it ('' for nothing). `declared`: metric -> type, for lines of JSON that say so."""

    rows: list[Row]
    wrong: str
    declared: dict[str, str]


@dataclass(frozen=True)
class CsvShape:
    """What a row must look like. `spreadsheet`: numbers may be written in its way, and empty columns be missing at the end."""

    columns: Sequence[str]
    delimiter: str
    spreadsheet: bool
    keep_url: bool


def mend_csv(region: bytes, shape: CsvShape, torn: bool = False) -> Mended:
    """Read a region of lines; `torn`: the file ends in it without a newline."""
    text = region.decode("utf-8", "replace")
    if "\0" in text:
        piece = text.rstrip("\r\n").rpartition("\0")[2]
        return Mended(_glued(piece, shape, 0), f": {text.count(chr(0)):,} NUL bytes", {})
    row, wrong = _csv_row(text, shape, torn)
    if row:
        return Mended([row], "", {})
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > 1:
        parts = [mend_csv(line.encode() + b"\n", shape) for line in lines[:-1]] + [mend_csv(lines[-1].encode(), shape, torn)]
        return Mended([found for part in parts for found in part.rows], wrong, {})
    return Mended([] if torn else _glued(text, shape, 1), wrong, {})


def _glued(text: str, shape: CsvShape, first: int) -> list[Row]:
    """The whole row at the end of a line that another writer had begun."""
    for match in _GLUED.finditer(text):
        if match.start() >= first and (row := _csv_row(text[match.start() :], shape, False)[0]):
            return [row]
    return []


def _csv_row(text: str, shape: CsvShape, torn: bool) -> tuple[Row | None, str]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=shape.delimiter, strict=True))
    except csv.Error:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=shape.delimiter))
        except csv.Error as error:
            return None, f": {error}"
        if torn or text.count('"') % 2:
            counted = f" has {len(rows[0])} of {len(shape.columns)} columns" if rows else " is empty"
            return None, counted if rows and len(rows[0]) != len(shape.columns) else " has a quote that is not closed"
    if not rows:
        return None, " is empty"
    cells, wanted = rows[0], len(shape.columns)
    if shape.spreadsheet and not torn and 3 <= len(cells) < wanted:
        cells = cells + [""] * (wanted - len(cells))
    last_is_whole = not torn or shape.columns[-1] not in (*TAGS, "metric_name", "timestamp", "metric_value")
    if len(rows) != 1 or len(cells) != wanted or not last_is_whole:
        return None, f" has {len(cells)} of {wanted} columns" if len(cells) != wanted else " is no row of k6"
    named = dict(zip(shape.columns, cells, strict=True))
    time, value = parse_time(named["timestamp"]), parse_value(named["metric_value"], shape.spreadsheet and shape.delimiter != ",")
    if time is None or value is None or not named["metric_name"] or not _possible(named["metric_name"], value):
        return None, " has no usable time or value"
    return Row(named["metric_name"], time, value, _tags(named, shape.keep_url)), ""


def mend_json(region: bytes, keep_url: bool, torn: bool = False) -> Mended:  # noqa: ARG001
    """Read one line: a point with anything unusual, a declaration of a metric, or several pieces of two writers."""
    text = region.decode("utf-8", "replace").strip()
    if not text:
        return Mended([], "", {})
    rows, declared, wrong = _json_objects(text, keep_url)
    return Mended(rows, wrong, declared)


def _json_objects(text: str, keep_url: bool) -> tuple[list[Row], dict[str, str], str]:
    decoder = json.JSONDecoder()
    rows: list[Row] = []
    declared: dict[str, str] = {}
    wrong, at = "", 0
    while at < len(text):
        try:
            content, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            wrong = wrong or (f": {text.count(chr(0)):,} NUL bytes" if "\0" in text else " is no whole JSON object")
            following = _JSON_BEGIN.search(text, at + 1)
            if not following:
                break
            at = following.start()
            continue
        row = _json_row(content, keep_url)
        if row:
            rows.append(row)
        elif isinstance(content, dict) and content.get("type") == "Metric" and isinstance(content.get("data"), dict):
            declared[str(content.get("metric"))] = str(content["data"].get("type"))
        else:
            wrong = wrong or " is no point with a usable time and value"
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return rows, declared, wrong


def _json_row(content: object, keep_url: bool) -> Row | None:
    if not isinstance(content, dict) or content.get("type") != "Point" or not isinstance(data := content.get("data"), dict):
        return None
    metric, value, time = content.get("metric"), data.get("value"), parse_time(str(data.get("time")))
    tags = data.get("tags") or {}
    if not isinstance(metric, str) or not metric or not isinstance(tags, dict) or time is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or not _possible(metric, value):
        return None
    return Row(metric, time, float(value), _tags({name: str(tag) for name, tag in tags.items()}, keep_url))


def parse_time(text: str) -> int | None:
    """Nanoseconds since 1970 of a number (seconds to nanoseconds, by its size) or an ISO 8601 time (UTC unless it says otherwise)."""
    try:
        number = Decimal(text) if _WHOLE_NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None
    if number is None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        fraction = re.search(r"[.,](\d{1,9})", text)
        whole = int((moment.replace(tzinfo=moment.tzinfo or UTC, microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        found = whole * 10**9 + int(fraction[1].ljust(9, "0") if fraction else 0)
    else:
        scale = next((scale for least, scale in ((10**17, 1), (10**14, 10**3), (10**11, 10**6)) if number > least), 10**9)
        found = int(number * scale) if number.adjusted() < 20 else -1
    return found if 0 <= found < 2**63 else None


def parse_value(text: str, decimal_comma: bool = False) -> float | None:
    """A finite number, None for anything else."""
    text = text.replace(",", ".") if decimal_comma else text
    value = float(text) if _WHOLE_NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def _possible(metric: str, value: float) -> bool:
    bounded = metric.startswith("http_req") or metric in ("iterations", "dropped_iterations")
    return not bounded or 0 <= value <= _LARGEST


def _tags(named: dict[str, str], keep_url: bool) -> tuple[str, ...]:
    return tuple("" if tag == "url" and named.get("name") and not keep_url else named.get(tag, "") for tag in TAGS)
