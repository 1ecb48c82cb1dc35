"""What a file is, by what is in it: names and endings do not count."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from perfweek.errors import EvidenceError
from perfweek.load.reading.stream import REMEDY, ByteSource

Kind = Literal["csv", "json", "summary"]
NEEDED = ("metric_name", "timestamp", "metric_value")
_BOM = b"\xef\xbb\xbf"
_BEGIN = 1 << 16
_LARGEST_SUMMARY = 1 << 26


@dataclass(frozen=True)
class Sniffed:
    """A file that is open: its `kind`, the bytes read after the header, and for CSV `columns` and delimiter; `spreadsheet` where its
    line ends or its delimiter show that a spreadsheet saved it again. `summary` is the content of one."""

    path: Path
    kind: Kind
    source: ByteSource
    begun: bytes
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    spreadsheet: bool = False
    summary: Mapping[str, Any] | None = None


def sniff(path: Path) -> Sniffed:
    """Open a file and tell what it is. Raises EvidenceError, which says what it is instead, for anything but k6's results or summary."""
    source = ByteSource(path)
    begin = _read(source, _BEGIN).removeprefix(_BOM)
    if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _refused(path, "UTF-16 text", "Save it as UTF-8.")
    line = begin.lstrip().partition(b"\n")[0]
    if line.startswith(b"{"):
        return _json(path, source, begin, line)
    header, delimiter = _header(line)
    if NEEDED[0] in header or (header and header[0] in NEEDED):
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise _refused(path, f"no k6 CSV: it has no column {missing[0]}")
        if begin.find(b"\n") < 0 and len(begin) < _BEGIN:
            begin += b"\n"
        rows = begin.lstrip().partition(b"\n")[2]
        return Sniffed(path, "csv", source, rows, header, delimiter, delimiter != "," or line.endswith(b"\r"))
    raise _refused(path, _what(begin, line))


def is_summary(path: Path) -> bool:
    """Whether the file is k6's summary; a file of another kind is none."""
    try:
        file = sniff(path)
    except EvidenceError:
        return False
    file.source.close()
    return file.summary is not None


def _json(path: Path, source: ByteSource, begin: bytes, line: bytes) -> Sniffed:
    with_point = b'"type"' in line and (b'"Point"' in line or b'"Metric"' in line) and b'"metric"' in line
    if with_point or _is_torn_point(line):
        return Sniffed(path, "json", source, begin)
    text = begin + _read(source, _LARGEST_SUMMARY)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(path, "text that begins like JSON but is neither k6's JSON lines nor a whole summary") from None
    metrics = content.get("metrics") or (content.get("results") or {}).get("metrics") if isinstance(content, dict) else None
    if not isinstance(metrics, dict | list) or not metrics:
        raise _refused(path, "JSON of another kind: it has no metrics of k6")
    return Sniffed(path, "summary", source, b"", summary=content)


def _is_torn_point(line: bytes) -> bool:
    return line.startswith((b'{"metric":"', b'{"type":"Point"', b'{"type":"Metric"'))


def _header(line: bytes) -> tuple[tuple[str, ...], str]:
    text = line.decode("utf-8", "replace").strip("\r\n")
    delimiter = max(",;\t", key=text.count)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), []) if text and "\0" not in text else []
    return tuple(name.strip() for name in names), delimiter


def _what(begin: bytes, line: bytes) -> str:
    if not begin.strip():
        return "empty: no k6 CSV" if not begin else "blank: no k6 CSV"
    if begin.lstrip()[:1] == b"<":
        return "a web page or XML"
    if b"\0" in begin:
        return "binary data: no k6 CSV"
    if b"level=" in begin or b"execution: local" in begin or b"/\\      |" in begin or b"\x1b[" in begin:
        return "the text that k6 printed, not its results"
    if b"," in line:
        return f"no k6 CSV: it has no column {NEEDED[0]}"
    return "no k6 CSV and no JSON"


def _read(source: ByteSource, size: int) -> bytes:
    buffer = bytearray(size)
    return bytes(buffer[: source.readinto(memoryview(buffer))])


def _refused(path: Path, what: str, remedy: str = REMEDY) -> EvidenceError:
    return EvidenceError(f"the file is {what}", f"{path}, line 1", remedy)
