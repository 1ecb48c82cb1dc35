"""The week's predictions against what Friday measured."""

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from perfweek.facts import Fact
from perfweek.metrics import CATALOGUE
from perfweek.predictions import Prediction, score
from perfweek.progress.bias import FEWEST, Record
from perfweek.wording import listed

PREDICTING_DAYS = ("monday", "tuesday", "wednesday", "thursday")


def scored(predictions: Iterable[Prediction], facts: Iterable[Fact]) -> list[Prediction]:
    """Each prediction scored by the fact of its metric and labels; 'no data' where Friday has no such fact."""
    measured = {_series(fact.metric, fact.labels): fact.estimate.value for fact in facts}
    return [score(prediction, measured.get(_series(prediction.metric, prediction.labels), math.nan)) for prediction in predictions]


def score_table(predictions: Sequence[Prediction]) -> pd.DataFrame:
    """One row a prediction: change, what (the metric's title and its labels), before, expected, low, high, measured, verdict."""
    rows = [
        (
            one.change,
            ", ".join([CATALOGUE[one.metric].title, *one.labels.values()]),
            one.before,
            one.expected,
            one.expected_low,
            one.expected_high,
            math.nan if one.measured is None else one.measured,
            one.verdict or "no data",
        )
        for one in predictions
    ]
    return pd.DataFrame(rows, columns=["change", "what", "before", "expected", "low", "high", "measured", "verdict"])


def scored_point(one: Prediction) -> str:
    """A scored prediction in a line: what was expected of which series, what was measured, the verdict."""
    what = ", ".join([CATALOGUE[one.metric].title, *one.labels.values()])
    measured = "not measured" if one.measured is None or math.isnan(one.measured) else f"{one.measured:.3g} measured"
    return f"{what}: {one.expected_low:.3g} to {one.expected_high:.3g} expected, {measured}: {one.verdict or 'no data'}"


def score_sentence(predictions: Sequence[Prediction]) -> str:
    """How many predictions came true, and by how much the others missed."""
    if not predictions:
        return "No data: no day of this week has predicted anything."
    counts = pd.Series([one.verdict for one in predictions]).value_counts()
    right, missing = int(counts.get("inside", 0)), int(counts.get("no data", 0))
    missed = [one for one in predictions if one.verdict in {"below", "above"}]
    parts = [f"{right} of {len(predictions)} predictions came true: the measured value lies within the expected range"]
    if missed:
        worst = max(missed, key=_miss)
        parts.append(
            f"{len(missed)} did not; the worst is {CATALOGUE[worst.metric].title} of {', '.join(worst.labels.values()) or 'the service'}: "
            f"{worst.measured:.3g} measured, {worst.expected_low:.3g} to {worst.expected_high:.3g} expected"
        )
    if missing:
        parts.append(f"{missing} could not be scored for want of data")
    return "; ".join(parts) + "."


def record_sentence(records: Mapping[str, Record], earlier: Mapping[str, Record]) -> str:
    """What came of what each adviser promised, and whether that corrects its next estimates."""
    if not records:
        return "No adviser has a scored prediction this week."
    parts = [f"{one.adviser} {one.bias:.2f} (n = {one.scored})" for one in records.values()]
    correcting = [name for name, one in earlier.items() if one.scored >= FEWEST]
    used = (
        f"Estimates of {listed(correcting)} are corrected by their earlier weeks."
        if correcting
        else f"Nothing is corrected yet: that takes {FEWEST} scores of earlier weeks."
    )
    return f"Realised over predicted change, 1 as promised: {', '.join(parts)}. {used}"


def _miss(prediction: Prediction) -> float:
    """How far outside its range the measured value lies, against the size of the change that was expected."""
    assert prediction.measured is not None
    bound = prediction.expected_low if prediction.verdict == "below" else prediction.expected_high
    return abs(prediction.measured - bound) / (abs(prediction.expected - prediction.before) or 1.0)


def _series(metric: str, labels: object) -> tuple[str, tuple[tuple[str, str], ...]]:
    return metric, tuple(sorted(dict(labels).items()))  # type: ignore[call-overload]
