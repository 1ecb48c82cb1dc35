"""What Friday measures, once: both versions, and the week's predictions against them."""

from perfweek import predictions
from perfweek.predictions import Prediction
from perfweek.progress.findings import facts_of
from perfweek.progress.measure import measure_pair
from perfweek.progress.result import Progress
from perfweek.progress.scoring import PREDICTING_DAYS, scored
from perfweek.target import Target
from perfweek.week import Week


def take_progress(week: Week, target: Target, profile: str, smallest_effect: float) -> Progress:
    """Both versions under load, compared; see `perfweek.progress.measure`."""
    return Progress(measure_pair(week, target, profile), smallest_effect, target.service.latency_budget_p95_ms)


def take_scores(week: Week, progress: Progress) -> list[Prediction]:
    """The predictions of the week's other days, scored by what Friday measured."""
    predicted = predictions.read(week, PREDICTING_DAYS)
    return scored(predicted, facts_of(progress, predicted))
