"""What a k6 script printed with console.log, a line a request: names of the columns in a line of its own, then their values.

Scripts do so to keep what k6's own results lack. k6 wraps each line: `time="..." level=info msg="..."` in a file, `INFO[0003] ... source=console`
with colours on a terminal, or nothing with --log-format=raw. Times and durations are in milliseconds, as JavaScript has them.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import pandas as pd

from perfweek.errors import EvidenceError

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_QUOTED = re.compile(r'\bmsg="((?:[^"\\]|\\.)*)"')
_LEVEL = re.compile(r"^\s*(?:INFO|WARN|ERRO|DEBU)\w*\[\d+\]\s*")
_SOURCE = re.compile(r"\s+source=console(?:-file)?\s*$")
_DELIMITERS = (",", ";", "\t")
_OPENING = 1 << 16
NAMES = {
    "duration": ("durationk6", "httpreqduration", "duration", "durationms", "responsetime", "elapsed", "latency", "durationjs"),
    "start": ("starttime", "start", "timestamp", "time"),
    "end": ("stoptime", "endtime", "end", "stop"),
    "status": ("status", "statuscode", "httpstatus", "code"),
    "endpoint": ("name", "endpoint", "route", "url", "path"),
    "method": ("method", "verb"),
}
"""What a column is called, in lower case without spaces and underscores; the first that is there is taken."""


@dataclass(frozen=True)
class Printed:
    """`requests`: time (epoch seconds, of the start), duration_ms, endpoint, scenario, status, failed, by time; `lines` that hold a request,
    `damaged` ones that were left out, and what was wrong with the first."""

    requests: pd.DataFrame
    lines: int
    damaged: int
    first_damage: str


def is_console_log(path: Path) -> bool:
    """Whether one of the file's first lines names columns of requests: a duration, and when or how it ended."""
    try:
        with _opened(path) as content:
            begin = content.read(_OPENING)
    except (OSError, EOFError):
        return False
    return _header(begin.decode("utf-8", "replace").splitlines()) is not None


def read_console_log(path: Path) -> Printed:
    """Raises EvidenceError for a file that holds no request."""
    with _opened(path) as content:
        lines = content.read().decode("utf-8", "replace").splitlines()
    found = _header(lines)
    if found is None:
        raise EvidenceError("the log names no columns", str(path), "Print them in setup(): console.log('id,status,startTime,stopTime,duration,url').")
    first, delimiter, columns = found
    rows, damage = _rows(lines[first + 1 :], first + 2, delimiter, columns)
    if not rows:
        raise EvidenceError("the log holds no request", str(path), "Check that the script prints a line for each.")
    return Printed(_table(rows, path), len(rows), len(damage), damage[0] if damage else "")


def message(line: str) -> str:
    """What the script printed, out of how k6 wraps it."""
    plain = _COLOUR.sub("", line)
    if quoted := _QUOTED.search(plain):
        return quoted[1].replace('\\"', '"').replace("\\\\", "\\")
    return _SOURCE.sub("", _LEVEL.sub("", plain)).strip()


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as content:
        packed = content.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def _header(lines: Sequence[str]) -> tuple[int, str, dict[str, int]] | None:
    """The line's place, its delimiter, and the place of each column that is known."""
    for place, line in enumerate(lines[:200]):
        text = message(line)
        delimiter = max(_DELIMITERS, key=text.count)
        names = [re.sub(r"[\s_-]", "", word).lower() for word in text.split(delimiter)]
        known = {field: names.index(found[0]) for field, words in NAMES.items() if (found := [word for word in words if word in names])}
        if len(names) > 2 and "duration" in known and ("start" in known or "end" in known or "status" in known):
            return place, delimiter, known
    return None


def _rows(lines: Sequence[str], first: int, delimiter: str, columns: dict[str, int]) -> tuple[list[dict[str, str]], list[str]]:
    rows, damage = [], []
    for number, line in enumerate(lines, first):
        words = message(line).split(delimiter)
        if len(words) <= max(columns.values()):
            if len(words) > 1:
                damage.append(f"line {number} has {len(words)} columns")
            continue
        row = {field: words[place].strip() for field, place in columns.items()}
        if _number(row["duration"]) is None:
            damage.append(f"line {number}: {row['duration']!r} is no duration")
        else:
            rows.append(row)
    return rows, damage


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if np.isfinite(value) and value >= 0 else None


def _table(rows: Sequence[dict[str, str]], path: Path) -> pd.DataFrame:
    duration = np.array(list(_values(rows, "duration")), dtype=float)
    start, end = (np.array(list(_values(rows, name)), dtype=float) for name in ("start", "end"))
    known = np.where(np.isnan(start), end - duration, start)
    times = np.where(np.isnan(known), np.cumsum(duration), known)
    status = np.nan_to_num(np.array(list(_values(rows, "status")), dtype=float), nan=200).astype(np.int64)
    names = [f"{row.get('method', '')} {row.get('endpoint', '') or 'requests'}".strip() for row in rows]
    frame = pd.DataFrame({"time": times / (1000 if times.max() > 1e11 else 1), "duration_ms": duration, "endpoint": names, "scenario": path.stem})
    frame["status"], frame["failed"] = status, (status == 0) | (status >= 400)
    return frame.sort_values("time", kind="stable", ignore_index=True)


def _values(rows: Sequence[dict[str, str]], field: str) -> Iterator[float]:
    for row in rows:
        value = _number(row.get(field))
        yield float("nan") if value is None else value
