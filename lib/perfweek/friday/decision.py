"""What Friday concludes: its facts and scores, its verdict, and what people take away."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from perfweek import facts, predictions
from perfweek.decisions.material import Missing
from perfweek.friday import onboarding, what_next
from perfweek.predictions import Prediction
from perfweek.progress import sentences
from perfweek.progress.findings import facts_of
from perfweek.progress.onboarding.numbers import Numbers
from perfweek.progress.result import Progress
from perfweek.stats import Estimate
from perfweek.target import Target
from perfweek.week import Week

T = TypeVar("T")
DAY = "friday"


def record(week: Week, progress: Progress, scored: Sequence[Prediction]) -> None:
    """Write the day's facts and the scores of the week's predictions."""
    facts.record(week, DAY, facts_of(progress, scored))
    predictions.record(week, DAY, scored)


def key_figures(progress: Progress, tile: Callable[[str, Estimate, str, str, str], T]) -> list[T]:
    """`tile` of (label, estimate, unit, source, change) for the first screen."""
    return [tile("95th percentile of all requests", progress.p95, "ms", progress.source, sentences.p95_change(progress))]


def artifacts(week: Week, target: Target, progress: Progress, scored: Sequence[Prediction], numbers: Numbers | Missing) -> list[Path]:
    """Write the papers of the review and the onboarding material; return them and the plan."""
    return [*what_next.papers(week, target, progress, scored), *onboarding.artifacts(week, numbers)]
