"""How right each adviser was: what came of its predictions over what it promised, week by week."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfweek import predictions
from perfweek.predictions import Prediction
from perfweek.week import Week

FEWEST = 3
"""Fewer scored predictions correct nothing."""
LEAST, MOST = 0.0, 3.0
_SCORED = ("inside", "above", "below")


@dataclass(frozen=True)
class Record:
    """Of one adviser: how many of its predictions were `scored`, how many lay `inside` their range, the `success` (share of them that
    realised at least half of what was promised, pulled towards a half by one success and one failure) and the `bias`, the median of realised
    over predicted, between 0 and 3."""

    adviser: str
    scored: int
    inside: int
    success: float
    bias: float


def adviser_of(prediction: Prediction) -> str:
    """Whose prediction it is: what stands before the colon of its id."""
    return prediction.id.partition(":")[0]


def realised(prediction: Prediction) -> float:
    """The change that was measured over the change that was expected: 1 as promised, 0 nothing, below 0 the wrong way. NaN for no data."""
    if prediction.measured is None or not math.isfinite(prediction.measured) or prediction.expected == prediction.before:
        return math.nan
    return (prediction.measured - prediction.before) / (prediction.expected - prediction.before)


def records_of(scored: Iterable[Prediction]) -> dict[str, Record]:
    """By adviser, from its scored predictions; one without a score has no record."""
    by_adviser: dict[str, list[Prediction]] = {}
    for prediction in scored:
        if prediction.verdict in _SCORED and math.isfinite(realised(prediction)):
            by_adviser.setdefault(adviser_of(prediction), []).append(prediction)
    return {name: _record(name, rows) for name, rows in sorted(by_adviser.items())}


def earlier_records(week: Week) -> dict[str, Record]:
    """From the Fridays of all earlier weeks in the same folder."""
    return records_of(prediction for earlier in week.earlier() for prediction in predictions.read(earlier, ["friday"]))


def corrected(prediction: Prediction, records: Mapping[str, Record]) -> Prediction:
    """The prediction with its adviser's earlier errors taken off: the expected change times the bias, the range wide enough for both."""
    record = records.get(adviser_of(prediction))
    if record is None or record.scored < FEWEST:
        return prediction
    expected = prediction.before + (prediction.expected - prediction.before) * record.bias
    low, high = (prediction.before + (bound - prediction.before) * record.bias for bound in (prediction.expected_low, prediction.expected_high))
    return replace(prediction, expected=expected, expected_low=min(low, prediction.expected_low), expected_high=max(high, prediction.expected_high))


def corrected_by_record(week: Week, fresh: Iterable[Prediction]) -> list[Prediction]:
    """The predictions of a day, each corrected by what came of its adviser's earlier ones."""
    records = earlier_records(week)
    return [corrected(prediction, records) for prediction in fresh]


def record_table(records: Mapping[str, Record]) -> pd.DataFrame:
    """One row an adviser: adviser, scored, inside, realised over predicted (median), probability of success."""
    rows = [(one.adviser, one.scored, one.inside, one.bias, one.success) for one in records.values()]
    return pd.DataFrame(rows, columns=["adviser", "scored", "inside their range", "realised over predicted", "probability of success"])


def _record(name: str, rows: Sequence[Prediction]) -> Record:
    ratios = np.array([realised(prediction) for prediction in rows])
    inside = sum(prediction.verdict == "inside" for prediction in rows)
    success = (int((ratios >= 0.5).sum()) + 1) / (len(rows) + 2)
    return Record(name, len(rows), inside, success, float(np.clip(np.median(ratios), LEAST, MOST)))
