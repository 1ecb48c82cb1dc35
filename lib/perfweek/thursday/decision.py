"""What Thursday concludes."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from perfweek import candidates, facts, predictions
from perfweek.caching import findings
from perfweek.caching.sentences import REMEDY, growing
from perfweek.caching.study import Study
from perfweek.caching.worth import sentences
from perfweek.caching.worth.designs import described
from perfweek.caching.worth.whole import Worth
from perfweek.candidates import Candidate
from perfweek.progress.bias import corrected_by_record
from perfweek.stats import Estimate
from perfweek.target import Target
from perfweek.thursday.tiers import NO_TIERS
from perfweek.week import Week
from perfweek.wording import bracketed, in_percent, listed

T = TypeVar("T")
DAY = "thursday"


def verdict(study: Study, worth: Worth | None) -> list[str]:
    """What to build, which tiers are not worth it, and whether it is safe to start; at most three sentences."""
    if study.too_short:
        return [study.too_short, REMEDY]
    if not study.curve.hits.size:
        return ["Do not cache: no key was read a second time, so no cache of any size would have answered anything."]
    short = " The trace is too short to show the whole working set: measure for longer before you buy memory." if growing(study) else ""
    if worth is None:
        return [f"{NO_TIERS}{short}"]
    return [sentences.front_sentence(worth) + short, _tiers(worth), sentences.cold_sentence(worth)]


def _tiers(worth: Worth) -> str:
    by = {kind: [step.level.upper() for step in worth.tiers if step.verdict == kind] for kind in ("worth it", "not worth it", "cannot tell")}
    parts = [f"{listed(names)} {'is' if len(names) == 1 else 'are'} {kind}" for kind, names in by.items() if kind != "cannot tell" and names]
    if by["cannot tell"]:
        parts.append(f"of {listed(by['cannot tell'])} it cannot be told")
    missed = bracketed(worth.designed.share("origin"), "%")
    return f"Added one after the other {'; '.join(parts)}; with all of them {missed} of the reads reach the origin."


def key_figures(study: Study, worth: Worth | None, tile: Callable[[str, Estimate, str, str], T]) -> list[T]:
    """`tile` of (label, estimate, unit, source) for the figures of the first screen."""
    source = study.source
    first = [
        tile("working set", findings.working_set(study), "keys", source),
        tile("reads answered in the process now", in_percent(study.observed()), "%", source),
    ]
    if worth is None:
        return first
    return [
        *first,
        tile("reads that reach the origin, as designed", in_percent(worth.designed.share("origin")), "%", source),
        tile("p95 as designed", worth.designed.quantile(0.95), "ms", source),
        tile("p95 as proposed", worth.proposed.quantile(0.95), "ms", source),
        tile("cost as designed", worth.designed.dollars(), "$/month", source),
        tile("cost as proposed", worth.proposed.dollars(), "$/month", source),
    ]


def record(week: Week, target: Target, study: Study, worth: Worth | None) -> None:
    """Write the day's facts, its predictions, corrected by what came of earlier weeks' ones, and the candidate that Friday ranks."""
    facts.record(week, DAY, findings.facts_of(study, worth))
    predictions.record(week, DAY, corrected_by_record(week, findings.predictions_of(study, target, worth)))
    candidates.record(week, DAY, candidates_of(study, worth))


def candidates_of(study: Study, worth: Worth | None) -> list[Candidate]:
    """The proposed tiers, where they shorten the mean response time beyond doubt; none for no data."""
    if worth is None or not worth.bare.mean().value:
        return []
    now, saved = worth.bare.mean().value, worth.proposed.less(worth.bare, "mean")
    low, likely, high = (bound / now for bound in (saved.low, saved.value, saved.high))
    if not low > 0:
        return []
    return [
        Candidate(
            id="cache-tiers",
            title=f"cache tiers as proposed: {described(worth.proposed.design)}",
            day=DAY,
            adviser="caches",
            of="response time",
            low=low,
            likely=likely,
            high=high,
            effort="code",
            success="the share of the reads that each tier answers lies in its predicted range",
            source=study.source,
            runbook="cache-roll-out",
        )
    ]


def artifacts(week: Week) -> list[Path]:
    """What the day's sections have written for people to take away."""
    return sorted(path for path in (week.artifacts / "thursday").rglob("*") if path.is_file())
