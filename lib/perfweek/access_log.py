"""The access log: one JSON object a line, one line a request, as the service wrote it.

Logs end in the middle of a line when a service is killed, and carry whatever callers sent. A line that is not a whole
record is left out, counted, and the first one is named; text is kept as text.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from perfweek import evidence
from perfweek.errors import EvidenceError, TargetError
from perfweek.evidence import Measurement
from perfweek.target import Target
from perfweek.week import Week

SCHEMA = pa.schema(
    [
        ("time", pa.float64()),  # arrival, epoch seconds
        ("request_id", pa.string()),
        ("session", pa.string()),
        ("method", pa.string()),
        ("route", pa.string()),  # such as "GET /assets/{id}"
        ("key", pa.string()),  # cache key of the response
        ("status", pa.int64()),
        ("bytes", pa.int64()),
        ("tier", pa.string()),  # the tier that answered: l1, l2, origin or none
        ("duration_ms", pa.float64()),
        ("database_ms", pa.float64()),
        ("queries", pa.int64()),  # statements sent to the warehouse
        ("items", pa.int64()),  # rows returned to the caller
    ]
)
ASKED = ("url", "digest")
"""What a service may log besides: path and query as they were asked for, and a hash (or ETag) of the answer."""
FILE_NAME = "access_log.ndjson"
COPY = "access-log"
BLOCK_BYTES = 1 << 20
LARGEST = 10**15  # no time, size or count comes near it; larger numbers are damage
_NUMBERS = [field.name for field in SCHEMA if field.type != pa.string()]
_REMEDY = f"Each line must be one JSON object with the fields {', '.join(SCHEMA.names)}."


@dataclass(frozen=True)
class AccessLog:
    """`frame`: the whole records in order of arrival, with the columns of SCHEMA. `lines`: lines of the file that are not
    blank; `dropped`: how many of them were left out; `first_dropped`: such as 'line 12 is not JSON', '' where there is none."""

    frame: pd.DataFrame
    lines: int
    dropped: int
    first_dropped: str


def read_access_log(path: Path, also: Sequence[str] = ()) -> AccessLog:
    """Read an access log; torn and damaged lines are left out and counted. `also`: further columns of text, '' where a line has none.

    Numbers must be there, from 0 to LARGEST. A null text is ''; bytes that are not UTF-8 become U+FFFD.
    Raises EvidenceError, with the line where there is one, for a file that is missing, lacks a column or holds no whole record.
    """
    tables: list[pa.Table] = []
    damage: list[str] = []
    lines = 0
    schema = pa.schema([*SCHEMA, *(pa.field(name, pa.string()) for name in also)])
    for first_line, block in _blocks(path):
        if first_line == 1:
            _check_columns(path, block)
        table, damaged = _parse(block, first_line, schema)
        tables.append(table)
        damage += damaged
        lines += table.num_rows + len(damaged)
    if lines == len(damage):
        raise EvidenceError("the access log holds no whole record" + (f": {damage[0]}" if damage else ""), str(path), _REMEDY)
    frame = pa.concat_tables(tables).to_pandas().sort_values("time", kind="stable", ignore_index=True)
    return AccessLog(frame, lines, len(damage), damage[0] if damage else "")


def find_access_log(week: Week, target: Target, measurement: str = "load-monday") -> Path | None:
    """The target's access log as a file of the week's evidence; None where there is none.

    What the service logged during the measurement comes first: in `{run}`, or cut from a log of its own. Else the named file is
    copied into the evidence `access-log` once. Raises EvidenceError where the measurement was not taken, TargetError where a
    named file does not exist.
    """
    logged = measured_log(target, evidence.read(week, measurement))
    if logged or not target.cache.log or "{run}" in target.cache.log:
        return logged
    return _copied(week, target.resolve(target.cache.log))


def measured_log(target: Target, measurement: Measurement) -> Path | None:
    """What the service logged during a load run: in its `{run}` folder, or appended to a log of its own. None where there is none."""
    own = target.resolve(target.cache.log, measurement.folder)
    log = own if "{run}" in target.cache.log else measurement.folder / FILE_NAME
    return log if target.cache.log and log.is_file() else None


def _copied(week: Week, log: Path) -> Path:
    if not log.is_file():
        raise TargetError("there is no such access log", str(log), 'Mend cache.log in target.toml, or set it to "" to go without.')
    inputs = {"log": str(log), "bytes": log.stat().st_size, "modified_ns": log.stat().st_mtime_ns}
    return evidence.collect(week, COPY, inputs, partial(_copy, log)).path(FILE_NAME)


def _copy(log: Path, folder: Path) -> None:
    shutil.copyfile(log, folder / FILE_NAME)


def _blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number of its first line, whole lines of about BLOCK_BYTES); so one damaged line slows down its own block only."""
    number, rest = 1, b""
    try:
        with path.open("rb") as content:
            while read := content.read(BLOCK_BYTES):
                whole, newline, rest = (rest + read).rpartition(b"\n")
                if newline:
                    yield number, whole
                    number += whole.count(b"\n") + 1
    except OSError as error:
        raise EvidenceError(
            f"the access log cannot be read: {error.strerror}", str(path), "Run the day that measures: perfweek run monday"
        ) from error
    if rest:
        yield number, rest


def _check_columns(path: Path, block: bytes) -> None:
    for number, line in enumerate(block.split(b"\n"), start=1):
        try:
            record = _object(line)
        except ValueError:
            continue
        missing = [name for name in SCHEMA.names if name not in record]
        if missing:
            raise EvidenceError(f"the access log lacks the columns {', '.join(missing)}", f"{path}, line {number}", _REMEDY)
        return


def _parse(block: bytes, first_line: int, schema: pa.Schema) -> tuple[pa.Table, list[str]]:
    """The records of a block and what is wrong with the other lines. Arrow reads a whole block at once; one that it
    refuses, or that hides a damaged line, is read line by line."""
    lines = sum(1 for line in block.split(b"\n") if line.strip())
    try:
        options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        table = pj.read_json(BytesIO(block), parse_options=options).select(schema.names)
        table.validate(full=True)
        if table.num_rows == lines and all(_sound(table[name]) for name in _NUMBERS):
            return _without_nulls(table, schema), []
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        pass
    return _parse_lines(block, first_line, schema)


def _sound(numbers: pa.ChunkedArray) -> bool:
    return not numbers.null_count and bool(pc.all(pc.and_(pc.greater_equal(numbers, 0), pc.less(numbers, LARGEST))).as_py())


def _without_nulls(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.table(
        {field.name: pc.fill_null(table[field.name], "") if field.name not in _NUMBERS else table[field.name] for field in schema}, schema
    )


def _parse_lines(block: bytes, first_line: int, schema: pa.Schema) -> tuple[pa.Table, list[str]]:
    records, damage = [], []
    for number, line in enumerate(block.split(b"\n"), start=first_line):
        if not line.strip():
            continue
        try:
            record = _object(line)
            records.append({field.name: _value(record, field) for field in schema})
        except ValueError as error:
            damage.append(f"line {number} {error}")
    return pa.Table.from_pylist(records, schema), damage


def _object(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(record, dict):
        raise ValueError("is not a JSON object")
    return record


def _value(record: dict[str, Any], field: pa.Field) -> str | float:
    value = record.get(field.name)
    if field.name not in _NUMBERS:
        if not isinstance(value, str | None):
            raise ValueError(f"has a {field.name} that is no text")
        return (value or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON may hold half a surrogate pair
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LARGEST:
        raise ValueError(f"has no usable {field.name}")
    if pa.types.is_integer(field.type) and value != int(value):
        raise ValueError(f"has no usable {field.name}")
    return value
