"""Columns as numbers, so that ranges of times, numbers and words are compared in one way."""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.warehouse.conditions import Value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Codes:
    """A column as numbers in the order of its values. `words` are the distinct values of a text column, sorted."""

    values: Floats
    least: float
    greatest: float
    words: tuple[str, ...] | None = None
    time: bool = False

    def of(self, value: Value) -> float:
        """The number of a constant of a statement; NaN where it cannot be compared. A word that was not sampled lies between two."""
        if self.words is not None:
            place = bisect_left(self.words, str(value))
            return place if place < len(self.words) and self.words[place] == str(value) else place - 0.5
        if self.time:
            found = pd.to_datetime(str(value), errors="coerce", utc=True)
            return math.nan if pd.isna(found) else float(found.timestamp())
        try:
            return float(value) if value is not None else math.nan
        except ValueError:
            return math.nan


def codes_of(column: pd.Series, bounds: tuple[object, object] | None = None) -> Codes:
    """`bounds` are the least and greatest value of the whole table's column, where they are known; nulls become NaN."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        times = pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
        values = np.where(times.isna(), np.nan, times.astype("int64").to_numpy() / 1e6)
        least, greatest = (_seconds(bound) for bound in bounds) if bounds else _ends(values)
        return Codes(values, least, greatest, time=True)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        least, greatest = (float(str(bound)) for bound in bounds) if bounds else _ends(values)
        return Codes(values, least, greatest)
    null = column.isna().to_numpy()
    words, places = np.unique(column.fillna("").astype(str).to_numpy(dtype=object), return_inverse=True)
    return Codes(np.where(null, np.nan, places.astype(float)), -0.5, len(words) - 0.5, tuple(words))


def _seconds(bound: object) -> float:
    return float(pd.to_datetime(str(bound), utc=True).timestamp())


def _ends(values: Floats) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
