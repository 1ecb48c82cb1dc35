"""What Wednesday leaves behind: facts, candidates for next week, and the key figures of its first screen."""

import math
from collections.abc import Sequence

from perfweek.candidates import Candidate, Of
from perfweek.facts import Fact
from perfweek.metrics import CATALOGUE
from perfweek.stats import Estimate
from perfweek.warehouse.advisers.finding import Change
from perfweek.warehouse.history import counted, timing_facts
from perfweek.warehouse.plan import FOLDER, Planned
from perfweek.warehouse.study import Study
from perfweek.wording import listed


def facts_of(study: Study) -> list[Fact]:
    """Timings, bytes, counts and shares of partitions by endpoint, and the number of all statements; none without data."""
    if not study.history:
        return []
    total = Fact("warehouse.query.count", counted(int(study.history.extent["statements"])), study.answers)
    return [total, *timing_facts(list(study.timings), study.source), *credit_facts(study)]


def credit_facts(study: Study) -> list[Fact]:
    """Credits of statements over their execution time, without the idle time of warehouses; none where nothing was metered, or does not add up."""
    if not study.material or not study.material.look.cost.ranked:
        return []
    known = study.material.look.fingerprints.dropna(subset=["credits", "execution_ms"])
    seconds = float(known["execution_ms"].sum()) / 1000
    if not seconds:
        return []
    value, method = float(known["credits"].sum()) / seconds, str(study.material.look.cost.basis)
    return [Fact("warehouse.credits.per_second", Estimate(value, math.nan, math.nan, int(known["statements"].sum()), method), study.answers)]


def candidates_of(study: Study, plan: Sequence[Planned]) -> list[Candidate]:
    """The changes of the plan for Friday to rank, by the share of all warehouse time or of all credits that they would save."""
    return [found for one in plan if (found := _candidate(study, one))]


def slow_statements(study: Study) -> Estimate:
    """How many of all statements were over the threshold: a count."""
    return counted(int(study.history.extent["slow"]), int(study.history.extent["statements"])) if study.history else _no_data()


def slowest_endpoint(study: Study) -> tuple[str, Estimate]:
    """The endpoint whose statements take the most time, and the 95th percentile of their execution time (ms)."""
    return (study.timings[0].endpoint, study.timings[0].p95) if study.timings else ("statements", _no_data())


def expected_share(plan: Sequence[Planned], study: Study) -> tuple[str, Estimate, str]:
    """The endpoint whose statements the plan helps most, the share of partitions (per cent) that they are expected to scan, and what they scan
    now, in words."""
    found = [one for step in plan if (change := step.here(study.embedded)) for one in change.predictions if "endpoint" in one.labels]
    if not found:
        return "statements", _no_data(), ""
    first = found[0]
    low, likely, high = (100 * value for value in (first.expected_low, first.expected, first.expected_high))
    n = sum(timing.p50.n for timing in study.timings if timing.endpoint == first.labels["endpoint"])
    return first.labels["endpoint"], Estimate(likely, low, high, n, "simulated layout"), f"now {100 * first.before:.3g} %"


def first_saving(one: Planned, study: Study) -> tuple[str, Estimate, str]:
    """What a change is expected to save over the time of the history: words, the estimate and its unit."""
    finding = one.finding
    estimate = Estimate(finding.likely, finding.low, finding.high, study.material.look.queries if study.material else 0, finding.confidence)
    return f"saved by the first change: {finding.title}", estimate, finding.unit


def _candidate(study: Study, one: Planned) -> Candidate | None:
    whole = _whole(study, one.finding.unit)
    if not whole > 0 or math.isnan(one.finding.likely):
        return None
    low, likely, high = (min(1.0, max(0.0, value / whole)) for value in (one.finding.low, one.finding.likely, one.finding.high))
    of: Of = "credits" if one.finding.unit == "credits" else "warehouse time"
    here = one.here(study.embedded)
    applies = here is not None and bool(here.apply)
    return Candidate(
        id=one.stem,
        title=one.finding.title,
        day="wednesday",
        adviser=one.finding.adviser,
        of=of,
        low=low,
        likely=likely,
        high=high,
        effort="setting" if one.change.apply else "query",
        success=_success(one.change),
        source=study.source,
        runbook="warehouse-change" if applies else "",
        artifact=f"artifacts/{FOLDER}/{one.script('apply', study.embedded)}" if applies else f"artifacts/{FOLDER}/plan.md",
    )


def _success(change: Change) -> str:
    looked_for = listed(list(dict.fromkeys(CATALOGUE[prediction.metric].title for prediction in change.predictions)))
    return f"its verify script, and on Friday: {looked_for}" if looked_for else "its verify script"


def _whole(study: Study, unit: str) -> float:
    """All execution time (s) or all credits of the history; NaN for bytes, which no share is of."""
    if not study.history or not study.material or unit == "B":
        return math.nan
    if unit == "credits":
        return float(study.material.look.cost.ledger["metered"].sum())
    return float(study.history.extent["execution_time"] or 0) / 1000


def _no_data() -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, 0, "no data")
