"""Reading k6's CSV output: one row a request, whatever k6 of the last years wrote it.

Columns go by the header's names (15, 18 or 19 of them, more with other system tags), times by their form (seconds to
nanoseconds, RFC 3339), .gz by its ending. Killed runs end in the middle of a row or of a compressed stream: what is
whole is kept, what is not is counted and the first such row named.
"""

import contextlib
import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from perfweek.errors import EvidenceError
from perfweek.load.text_stream import TextStream

REQUEST_COLUMNS = ("time", "duration_ms", "endpoint", "scenario", "status", "failed")
_NEEDED = ("metric_name", "timestamp", "metric_value")
_TAGS = ("name", "url", "status", "expected_response", "scenario")
_METRIC_NAMES = ("http_req_duration", "iterations", "dropped_iterations")
_METRICS = pa.array([name.encode() for name in _METRIC_NAMES])
_LARGEST_VALUE = 1e12
_BLOCK_BYTES = 1 << 22
_REMEDY = "Give a file that k6 wrote with --out csv=<file>; its first line begins with metric_name,timestamp,metric_value."


@dataclass(frozen=True)
class Results:
    """`requests`: REQUEST_COLUMNS, one row a request, by start: `time` in epoch seconds, of the start (k6 stamps the end; the duration is
    taken off), `status` 0 where no answer came, `failed` where none came or it was not the expected one.
    `iterations`: time (epoch seconds), scenario, done and dropped: counts of iterations finished, and of those that could not start.
    `rows` whole rows of the files; `damaged` rows left out and what was wrong with the first ('' for none).
    `resolution_s`: how finely the files tell the time."""

    requests: pd.DataFrame
    iterations: pd.DataFrame
    rows: int
    damaged: int
    first_damage: str
    resolution_s: float


def read_results(paths: Sequence[Path]) -> Results:
    """Read k6 CSV files as one run. Raises EvidenceError for a file that is missing, no k6 CSV, or without any request."""
    files = [_File(path) for path in paths]
    samples = pd.concat([file.samples() for file in files], ignore_index=True)
    durations = samples[samples["metric_name"] == "http_req_duration"]
    damage = next((file.first_damage for file in files if file.damaged), "")
    if durations.empty:
        raise EvidenceError("the k6 results hold no whole request" + (f": {damage}" if damage else ""), ", ".join(map(str, paths)), _REMEDY)
    return Results(
        requests=_requests(durations),
        iterations=_iterations(samples[samples["metric_name"] != "http_req_duration"]),
        rows=sum(file.rows for file in files),
        damaged=sum(file.damaged for file in files),
        first_damage=damage,
        resolution_s=1.0 if (samples["time"] % 1 == 0).all() else 1e-3,
    )


def _requests(durations: pd.DataFrame) -> pd.DataFrame:
    status = pd.to_numeric(durations["status"], errors="coerce").fillna(0).astype(int)
    expected = durations["expected_response"].str.lower()
    requests = pd.DataFrame(
        {
            "time": durations["time"] - durations["value"] / 1000,
            "duration_ms": durations["value"],
            "endpoint": durations["name"].where(durations["name"] != "", durations["url"]),
            "scenario": durations["scenario"],
            "status": status,
            # Old versions of k6 call a request that timed out (status 0) an expected response.
            "failed": (status == 0) | (expected == "false") | ((expected == "") & (status >= 400)),
        }
    )
    return requests.sort_values("time", kind="stable", ignore_index=True)


def _iterations(counts: pd.DataFrame) -> pd.DataFrame:
    ended = counts["metric_name"] == "iterations"
    frame = counts[["time", "scenario"]].assign(done=counts["value"].where(ended, 0), dropped=counts["value"].where(~ended, 0))
    return frame.astype({"done": int, "dropped": int}).sort_values("time", kind="stable", ignore_index=True)


class _File:
    """One file being read: whole rows so far, and what had to be left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = _header(path)
        self.rows = 0
        self.damaged = 0

    def samples(self) -> pd.DataFrame:
        """metric_name, time (epoch s), value and _TAGS ('' where absent) of the rows of _METRICS."""
        parts = [self._sound(batch) for batch in self._batches()]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["metric_name", "time", "value", *_TAGS])

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            with TextStream(self.path) as stream:
                reader = pv.open_csv(
                    io.BufferedReader(stream, _BLOCK_BYTES),
                    read_options=pv.ReadOptions(block_size=_BLOCK_BYTES, column_names=self.header, skip_rows=1),
                    parse_options=pv.ParseOptions(newlines_in_values=True, invalid_row_handler=self._skip),
                    convert_options=_convert(self.header),
                )
                for batch in reader:
                    self.rows += batch.num_rows
                    yield batch.filter(pc.is_in(batch["metric_name"], _METRICS))
                self.damaged += bool(stream.damage)
        except pa.ArrowInvalid:
            self.damaged += 1
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _skip(self, row: pv.InvalidRow) -> str:  # noqa: ARG002
        self.damaged += 1
        return "skip"

    @property
    def first_damage(self) -> str:
        return f"{self.path.name}: {_first_damage(self.path, self.header)}" if self.damaged else ""

    def _sound(self, batch: pa.RecordBatch) -> pd.DataFrame:
        """The rows of a batch whose time and value are numbers that can be true."""
        frame = pd.DataFrame({name: _text(batch, name) for name in ("metric_name", *_TAGS)})
        frame["time"] = _seconds(pd.Series(_text(batch, "timestamp")))
        frame["value"] = pd.to_numeric(pd.Series(_text(batch, "metric_value")), errors="coerce")
        good = _usable(frame["time"], frame["value"])
        self.damaged += int((~good).sum())
        return frame[good]


def _header(path: Path) -> list[str]:
    try:
        with TextStream(path) as stream:
            first_line = io.BufferedReader(stream).readline(100_000).decode("utf-8-sig", "replace").strip()
    except OSError as error:
        raise _unreadable(path, error) from error
    names = [name.strip('"') for name in first_line.split(",")]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        kind = "k6's JSON output, not its CSV" if first_line.startswith("{") else f"no k6 CSV: it has no column {missing[0]}"
        raise EvidenceError(f"the file is {kind}", f"{path}, line 1", _REMEDY)
    return names


def _first_damage(path: Path, header: Sequence[str]) -> str:
    """What is wrong with the first damaged row, and its line: found by reading the file once more, slowly."""
    line = 2
    with TextStream(path) as stream:
        rows = csv.reader(io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline=""))
        try:
            next(rows)
            for row in rows:
                if row and (wrong := _wrong(row, header)):
                    return f"line {line} {wrong}"
                line = rows.line_num + 1
        except csv.Error as error:
            return f"line {line}: {error}"
    return f"the compressed data ends early: {stream.damage}" if stream.damage else "a row is damaged"


def _wrong(row: Sequence[str], header: Sequence[str]) -> str:
    if len(row) != len(header):
        return f"has {len(row)} of {len(header)} columns"
    cells = dict(zip(header, row, strict=True))
    if cells["metric_name"] not in _METRIC_NAMES:
        return ""
    with contextlib.suppress(ValueError):
        if math.isfinite(float(cells["timestamp"])) and 0 <= float(cells["metric_value"]) <= _LARGEST_VALUE:
            return ""
    times, values = (pd.Series([cells[name]]) for name in ("timestamp", "metric_value"))
    return "" if _usable(_seconds(times), pd.to_numeric(values, errors="coerce")).all() else "has no usable time or value"


def _usable(times: pd.Series, values: pd.Series) -> pd.Series:
    return values.between(0, _LARGEST_VALUE) & times.between(0, 1e11)


def _text(batch: pa.RecordBatch, name: str) -> np.ndarray:
    """A column as str objects, '' where it is absent or empty."""
    if name not in batch.schema.names:
        return np.full(batch.num_rows, "", dtype=object)
    encoded = batch[name].dictionary_encode()
    words = np.array([(word or b"").decode() for word in encoded.dictionary.to_pylist()] + [""], dtype=object)
    return words[encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]


def _unreadable(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(f"the k6 results cannot be read: {error.strerror or error}", str(path), _REMEDY)


def _convert(header: Sequence[str]) -> pv.ConvertOptions:
    wanted = [name for name in (*_NEEDED, *_TAGS) if name in header]
    return pv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.binary()))


def _seconds(times: pd.Series) -> pd.Series:
    """Times as epoch seconds; NaN for what is none. Numbers are seconds, milli-, micro- or nanoseconds by their size."""
    numbers = pd.to_numeric(times, errors="coerce")
    scale = np.select([numbers > 1e17, numbers > 1e14, numbers > 1e11], [1e9, 1e6, 1e3], 1.0)
    found = numbers / scale
    text = times[numbers.isna()]
    if len(text):
        parsed = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
        found[text.index] = (parsed - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return found
