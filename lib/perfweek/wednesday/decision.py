"""What Wednesday concludes: its verdict, its key figures, its facts, and what people take away."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from perfweek import candidates, facts, predictions
from perfweek.progress.bias import corrected_by_record
from perfweek.stats import Estimate
from perfweek.warehouse import findings, sentences
from perfweek.warehouse.plan import Planned, predictions_of
from perfweek.warehouse.scripts import write_scripts
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.wednesday.asynchronous import write_example
from perfweek.wednesday.plan import plan_sentence
from perfweek.week import Week

T = TypeVar("T")
DAY = "wednesday"


def record(week: Week, study: Study, plan: Sequence[Planned]) -> None:
    """Write the day's facts, its predictions for the engine in use, corrected by what came of earlier ones, and the candidates that Friday ranks."""
    facts.record(week, DAY, findings.facts_of(study))
    predictions.record(week, DAY, corrected_by_record(week, predictions_of(plan, study.embedded)))
    candidates.record(week, DAY, findings.candidates_of(study, plan))


def artifacts(week: Week, study: Study, plan: Sequence[Planned]) -> list[Path]:
    """Write the plan, its scripts and the worked example of asynchronous queries; none without data."""
    return [*write_scripts(week, plan), write_example(week)] if study.material else []


def verdict(study: Study, plan: Sequence[Planned]) -> list[str]:
    """At most three sentences."""
    if study.material is None:
        return [NO_HISTORY]
    said = [sentences.slow_sentence(study), plan_sentence(study, plan)]
    if plan:
        said.append("The runbook warehouse-change makes a change, checks it and undoes it; Friday measures again and scores the predictions.")
    return said


def key_figures(study: Study, plan: Sequence[Planned], tile: Callable[[str, Estimate, str, str, str], T]) -> list[T]:
    """`tile` of (label, estimate, unit, source, change) for the figures of the first screen."""
    endpoint, p95 = findings.slowest_endpoint(study)
    return [
        tile(f"statements over {study.threshold_ms:,} ms", findings.slow_statements(study), "statements", study.answers, ""),
        tile(f"{endpoint}, a statement's 95th percentile", p95, "ms", study.source, ""),
        *_expected(study, plan, tile),
    ]


def _expected(study: Study, plan: Sequence[Planned], tile: Callable[[str, Estimate, str, str, str], T]) -> list[T]:
    """What the plan's first prediction of an endpoint says; without one, what its first change saves; none without a change."""
    helped, share, now = findings.expected_share(plan, study)
    if not math.isnan(share.value):
        return [tile(f"{helped}, partitions scanned after the change", share, "%", study.samples, now)]
    return [tile(*findings.first_saving(plan[0], study), study.source, "")] if plan else []
