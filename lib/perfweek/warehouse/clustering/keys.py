"""The parts of a clustering key: columns, expressions that keep their order with fewer values, and what each version of clustering sees of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from perfweek.warehouse.codes import Codes, Floats

Form = Literal["", "day", "hour", "month", "trunc", "left"]
Version = Literal["OPTIMA", "CLASSIC"]
CLASSIC_BYTES, OPTIMA_BYTES = 5, 1024
"""Classic sees so many bytes of each column, Optima so many of all together (docs.snowflake.com/en/user-guide/tables-auto-reclustering)."""
OTHER_BYTES = 8
"""What a number or a time takes."""
_SECONDS = {"day": 86_400, "hour": 3_600}


@dataclass(frozen=True)
class Key:
    """One part of a clustering key: a column, or an expression over it: its day, hour or month, a number without its last `size` digits, the
    first `size` characters of a text."""

    column: str
    form: Form = ""
    size: int = 0

    def __str__(self) -> str:
        return self.sql(self.column)

    def sql(self, name: str) -> str:
        """The part in Snowflake's dialect; `name` is the column as it is written there."""
        if self.form == "day":
            return f"to_date({name})"
        if self.form in ("hour", "month"):
            return f"date_trunc('{self.form}', {name})"
        if self.form == "trunc":
            return f"trunc({name}, -{self.size})"
        return f"left({name}, {self.size})" if self.form == "left" else name


def key_name(keys: Sequence[Key]) -> str:
    """'(to_date(created_at), source_system)'."""
    return f"({', '.join(map(str, keys))})"


def key_values(codes: Codes, key: Key, seen_bytes: int | None = None) -> Floats:
    """What the part sorts by, a number a row. `seen_bytes`: of a text only so many bytes count."""
    values = codes.values
    if codes.words is not None:
        return _text_values(codes, key, seen_bytes)
    if key.form in _SECONDS and codes.time:
        return np.floor(values / _SECONDS[key.form])
    if key.form == "month" and codes.time:
        known = ~np.isnan(values)
        months = np.full(len(values), np.nan)
        months[known] = values[known].astype("datetime64[s]").astype("datetime64[M]").astype(float)
        return months
    return np.trunc(values / 10.0**key.size) if key.form == "trunc" else values


def visible_bytes(columns: Sequence[Codes], version: Version) -> list[int | None]:
    """How many bytes of each part are seen; None for a part that is no text. Optima's are shared out in the key's order."""
    left = OPTIMA_BYTES
    found: list[int | None] = []
    for codes in columns:
        if codes.words is None:
            found.append(None)
            left -= OTHER_BYTES
            continue
        longest = max((len(word.encode()) for word in codes.words), default=0)
        found.append(CLASSIC_BYTES if version == "CLASSIC" else max(0, min(longest, left)))
        left -= longest
    return found


def _text_values(codes: Codes, key: Key, seen_bytes: int | None) -> Floats:
    if not codes.words or (key.form != "left" and seen_bytes is None):
        return codes.values
    cut = [word[: key.size] if key.form == "left" else word for word in codes.words]
    shown = [word.encode()[:seen_bytes] for word in cut] if seen_bytes is not None else [word.encode() for word in cut]
    _, places = np.unique(np.array(shown, dtype=object), return_inverse=True)
    known = ~np.isnan(codes.values)
    values = np.full(len(codes.values), np.nan)
    values[known] = places[codes.values[known].astype(np.int64)].astype(float)
    return values
