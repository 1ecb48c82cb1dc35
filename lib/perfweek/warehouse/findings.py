"""What Wednesday leaves behind: facts, predictions and the key figures of its first screen."""

import math

from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.stats import Estimate
from perfweek.warehouse import clustering
from perfweek.warehouse.history import counted, timing_facts
from perfweek.warehouse.sentences import as_estimate
from perfweek.warehouse.study import Study


def facts_of(study: Study) -> list[Fact]:
    """Timings, bytes, counts and shares of partitions by endpoint, and the number of all statements; none without data."""
    if not study.history:
        return []
    total = Fact("warehouse.query.count", counted(int(study.history.extent["statements"])), study.answers)
    return [total, *timing_facts(list(study.timings), study.source)]


def predictions_of(study: Study) -> list[Prediction]:
    """What clustering is expected to do to each affected endpoint."""
    return clustering.predictions_of(study.advice, study.embedded) if study.advice else []


def slow_statements(study: Study) -> Estimate:
    """How many of all statements were over the threshold: a count."""
    return counted(int(study.history.extent["slow"]), int(study.history.extent["statements"])) if study.history else _no_data()


def slowest_endpoint(study: Study) -> tuple[str, Estimate]:
    """The endpoint whose statements take the most time, and the 95th percentile of their execution time (ms)."""
    return (study.timings[0].endpoint, study.timings[0].p95) if study.timings else ("statements", _no_data())


def expected_share(study: Study) -> tuple[str, Estimate]:
    """The endpoint that clustering helps most, and the share of partitions (per cent) that it is expected to scan."""
    if not study.advice or not study.advice.affected:
        return "statements", _no_data()
    name = study.advice.affected[0]
    return name, as_estimate(study.advice.chosen, name, study.advice.now[name].n)


def share_now(study: Study) -> str:
    """What it scans now, in words for a tile."""
    if not study.advice or not study.advice.affected:
        return ""
    return f"now {100 * study.advice.now[study.advice.affected[0]].value:.3g} %"


def _no_data() -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, 0, "no data")
