"""One look at files of k6 results: audit, latency of each group, each second; or, without raw results, what a summary has."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.load.reading.audit import Audit, audit_of
from perfweek.load.reading.endpoints import Endpoint, Seconds, endpoints_of, seconds_of
from perfweek.load.reading.outcome import By, outcome_of
from perfweek.load.reading.read import Settings, Told, read_files
from perfweek.load.reading.samples import KEPT, Samples
from perfweek.load.reading.stream import REMEDY
from perfweek.load.reading.summary import Summary, compare, summary_of
from perfweek.load.reading.twice import refuse_twice
from perfweek.wording import count


@dataclass(frozen=True)
class Look:
    """`audit`, `endpoints` and `seconds` of raw results; None and empty where the files are summaries only. `summaries` as given."""

    audit: Audit | None
    endpoints: list[Endpoint]
    seconds: Seconds | None
    summaries: list[Summary]


def look_at(paths: Sequence[Path], by: By = "name", told: Told | None = None) -> Look:
    """Read the files as one run. Raises EvidenceError for a file that is missing or of another kind, and where no whole request was found, or
    a file is given twice.

    A summary among the files, or beside a single one as k6_summary.json or NAME_summary.json, is compared with the raw results.
    """
    refuse_twice(paths)
    samples, summaries = _read(paths, by, told)
    if samples is None:
        return Look(None, [], None, summaries)
    if not samples.counted:
        raise EvidenceError(f"the k6 results hold no whole row{_damage(samples)}", ", ".join(map(str, paths)), REMEDY)
    if not len(samples.tag):
        others = f"{count(sum(file.rows for file in samples.files), 'whole row')} of {', '.join(sorted(samples.counted))} only"
        raise EvidenceError(f"the k6 results hold no whole HTTP request: {others}{_damage(samples)}", ", ".join(map(str, paths)), REMEDY)
    compared = summaries or _beside(paths)
    outcome = outcome_of(samples)
    comparisons = compare(compared[0], samples) if compared else []
    audit = audit_of(samples, outcome, comparisons, compared[0].path if compared else None)
    return Look(audit, endpoints_of(samples, outcome, by), seconds_of(samples, outcome), summaries)


def _damage(samples: Samples) -> str:
    return next((f": {file.first_damage}" for file in samples.files if file.lost), "")


def _read(paths: Sequence[Path], by: By, told: Told | None) -> tuple[Samples | None, list[Summary]]:
    if by != "url" and all((path.parent / KEPT).exists() for path in paths):
        from perfweek.load.reading.keep import kept_samples

        if kept := kept_samples(paths):
            return kept, []
    found = read_files(paths, Settings(keep_url=by == "url", told=told))
    return found.samples, [summary_of(path, content) for path, content in found.summaries]


def _beside(paths: Sequence[Path]) -> list[Summary]:
    """Only names that say whose summary it is: another run's would be an accusation."""
    if len(paths) != 1:
        return []
    stem = paths[0].name.partition(".")[0]
    for name in ("k6_summary.json" if stem == "k6" else "", f"{stem}_summary.json"):
        path = paths[0].with_name(name) if name else paths[0]
        if name and path.is_file():
            try:
                return [summary_of(found, content) for found, content in read_files([path]).summaries]
            except EvidenceError:
                return []
    return []
