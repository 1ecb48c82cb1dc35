"""The kinds of lines: JSON objects, delimited columns, the common log format."""

import csv
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from perfweek.caching.readers.fields import KEY, OP, SIZE, STATUS, TIME
from perfweek.caching.readers.scanning import name_known_by
from perfweek.caching.readers.splitting import split_columns, split_common_log, split_objects
from perfweek.caching.readers.text import Bytes, Layout, Places

States = npt.NDArray[np.int8]


class JsonLines(Layout):
    """One JSON object a line. `names`: field -> name of the member."""

    def __init__(self, names: Mapping[int, str], dates: bool) -> None:
        self.present, self.dates = frozenset(names), dates
        self._names = dict(names)
        self._hashes = np.array([name_known_by(name) for name in names.values()], np.uint64)
        self._fields = np.array(list(names), np.int64)

    def split(self, text: Bytes, starts: Places, ends: Places, spans: Places, states: States) -> None:
        split_objects(text, starts, ends, self._hashes, self._fields, spans, states)

    def split_odd(self, line: bytes) -> dict[int, bytes]:
        try:
            record = json.loads(line.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            raise ValueError("is not JSON") from None
        return {field: _text(record[name]) for field, name in self._names.items() if record.get(name) is not None}


class Columns(Layout):
    """Rows with a delimiter. `places`: field -> column, of `columns` columns; `header`: whether the first line names them."""

    def __init__(self, delimiter: str, places: Mapping[int, int], columns: int, header: bool, dates: bool) -> None:
        self.present, self.dates, self.skipped = frozenset(places), dates, int(header)
        self._delimiter, self._places = delimiter, dict(places)
        self._fields = np.full(columns, -1, np.int64)
        for field, column in places.items():
            self._fields[column] = field

    def split(self, text: Bytes, starts: Places, ends: Places, spans: Places, states: States) -> None:
        split_columns(text, starts, ends, ord(self._delimiter), self._fields, spans, states)

    def split_odd(self, line: bytes) -> dict[int, bytes]:
        try:
            (row,) = csv.reader([line.decode("utf-8", "surrogateescape")], delimiter=self._delimiter, strict=True)
        except (csv.Error, ValueError):
            raise ValueError("is no row") from None
        if len(row) != self._fields.size:
            raise ValueError("has another number of columns")
        return {field: row[column].encode("utf-8", "surrogateescape") for field, column in self._places.items()}


class CommonLog(Layout):
    """Apache's and nginx's common and combined format."""

    present = frozenset({TIME, KEY, SIZE, OP, STATUS})
    dates = True

    def split(self, text: Bytes, starts: Places, ends: Places, spans: Places, states: States) -> None:
        split_common_log(text, starts, ends, spans, states)


def _text(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
