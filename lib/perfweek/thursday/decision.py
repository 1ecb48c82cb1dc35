"""What Thursday concludes."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from perfweek.caching import findings
from perfweek.caching.sentences import REMEDY, growing
from perfweek.caching.study import Study
from perfweek.caching.worth import sentences
from perfweek.caching.worth.whole import Worth
from perfweek.stats import Estimate
from perfweek.thursday.tiers import NO_TIERS
from perfweek.week import Week
from perfweek.wording import bracketed, in_percent, listed

T = TypeVar("T")


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


def artifacts(week: Week) -> list[Path]:
    """What the day's sections have written for people to take away."""
    return sorted(path for path in (week.artifacts / "thursday").rglob("*") if path.is_file())
