"""Predictions: what a recommended change is expected to do, written before it is made and scored after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perfweek.errors import ParameterError
from perfweek.files import atomic_path
from perfweek.metrics import CATALOGUE
from perfweek.week import Week

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("change", pa.string()),
        ("metric", pa.string()),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("before", pa.float64()),
        ("expected_low", pa.float64()),
        ("expected", pa.float64()),
        ("expected_high", pa.float64()),
        ("artifact", pa.string()),
        ("measured", pa.float64()),
        ("verdict", pa.string()),
    ]
)


@dataclass(frozen=True)
class Prediction:
    """The expected value of `metric` after `change`, with its range; `artifact` is the script that makes the change.

    `labels` say which series is meant, as in a fact. `measured` and `verdict` are Friday's.
    """

    id: str
    change: str
    metric: str
    labels: Mapping[str, str]
    before: float
    expected_low: float
    expected: float
    expected_high: float
    artifact: str
    measured: float | None = None
    verdict: str | None = None


def record(week: Week, day: str, predictions: Iterable[Prediction]) -> Path:
    """Write the day's predictions, replacing earlier ones of the same day, and return the file."""
    rows = [{**vars(prediction), "labels": sorted(prediction.labels.items())} for prediction in predictions]
    for row in rows:
        if row["metric"] not in CATALOGUE:
            raise ParameterError(f"{row['metric']!r} is not in the catalogue of metrics", "perfweek/metrics.py", "Add it there, with its unit.")
    path = week.predictions / f"{day}.parquet"
    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary)
    return path


def read(week: Week, days: Iterable[str]) -> list[Prediction]:
    """The predictions of the given days, in that order; a day without any adds none."""
    found = []
    for day in days:
        path = week.predictions / f"{day}.parquet"
        if path.exists():
            found += [Prediction(**{**row, "labels": dict(row["labels"])}) for row in pq.read_table(path).to_pylist()]
    return found


def score(prediction: Prediction, measured: float) -> Prediction:
    """The prediction with what was measured and whether it lay inside the expected range ('inside', 'below', 'above').

    A missing measurement (NaN) is scored 'no data'.
    """
    if pd.isna(measured):
        verdict = "no data"
    elif measured < prediction.expected_low:
        verdict = "below"
    elif measured > prediction.expected_high:
        verdict = "above"
    else:
        verdict = "inside"
    return Prediction(**{**vars(prediction), "measured": measured, "verdict": verdict})
