"""What to fill a cold cache with."""

import math
from pathlib import Path

from perfweek import facts
from perfweek.caching.logged import Logged
from perfweek.caching.warming import figures, sentences
from perfweek.caching.warming.cold import cold_start
from perfweek.caching.warming.plan import Plan, plan_of
from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.files import write_atomic
from perfweek.target import Target
from perfweek.thursday.invalidation import shared_tier
from perfweek.week import Week

LIST = "warm_paths.txt"
_FORMATS = {"origin's time, ms": ".1f"}


def warming(week: Week, target: Target, logged: Logged) -> Section:
    """Which keys, how fast, and what that saves; writes the list of paths into the artifacts, where the log knows them."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    size_mb, ttl_s = shared_tier(target)
    plan, source = plan_of(logged, 1e6 * size_mb), logged.source
    if not plan.chosen:
        return [Sentence(sentences.plan_sentence(plan))]
    start = cold_start(plan, 1e6 * size_mb, ttl_s, origin_limit(week, target))
    said, note = sentences.course_sentence(start), sentences.warming_note(logged, start)
    file = write_paths(week, plan)
    names = ["key", "reads before", "origin's time, ms", "bytes"]
    shown: list[Exhibit] = [
        Sentence(sentences.plan_sentence(plan)),
        Picture(figures.coverage_figure(plan), sentences.plan_sentence(plan), note, source),
        Sentence(said),
        Picture(figures.course_figure(start), said, note, source),
        Sentence(sentences.rate_sentence(start)),
        Sentence(sentences.run_sentence(start, str(file.relative_to(target.root)) if file and file.is_relative_to(target.root) else str(file or ""))),
    ]
    return [*shown, Listing(plan.table.head(10).set_axis(names, axis="columns"), "What to warm first", source, _FORMATS, note)]


def write_paths(week: Week, plan: Plan) -> Path | None:
    """artifacts/thursday/warm_paths.txt, one path a line, the most valuable first; None where the log does not know paths."""
    paths = [name for name in plan.table["name"].head(plan.chosen) if name.startswith("/") and not name.startswith("//")]
    return write_atomic(week.artifacts / "thursday" / LIST, "\n".join(paths) + "\n") if paths else None


def origin_limit(week: Week, target: Target) -> float:
    """Requests a second that the origin takes: as the target says, else Monday's capacity (caches that were on then make it too large); NaN for
    unknown."""
    if target.cache.origin_limit:
        return target.cache.origin_limit
    monday = facts.read(week, "monday")
    known = monday[monday["metric"] == "http.capacity.rate"]["value"].dropna()
    return float(known.iloc[0]) if len(known) else math.nan
