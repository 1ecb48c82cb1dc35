"""k6's results as tables: one row a request, whatever k6 of the last years wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from perfweek.load.reading.audit import Audit, audit_of, resolution_of
from perfweek.load.reading.console import Printed, is_console_log, read_console_log
from perfweek.load.reading.outcome import by_start, groups_of, outcome_of
from perfweek.load.reading.read import Settings, read_samples
from perfweek.load.reading.samples import Counted, Samples
from perfweek.load.reading.shapes import PARTS

REQUEST_COLUMNS = ("time", "duration_ms", "endpoint", "scenario", "status", "failed")
MORE_COLUMNS = ("timed_out", "refused", "error_code", "group", "method")
PART_COLUMNS = tuple(f"{'tls' if part == 'tls_handshaking' else part}_ms" for part in PARTS)


@dataclass(frozen=True)
class Results:
    """`requests`: REQUEST_COLUMNS, one row a request, by start: `time` in epoch seconds, of the start (k6 stamps the end; the duration is
    taken off), `status` 0 where no answer came, `failed` where none came or it was not the expected one; then MORE_COLUMNS (`timed_out`:
    waited until the timeout, so its duration is a lower bound; `refused`: no answer for another reason, its duration says nothing) and
    PART_COLUMNS of the request's time where the files have them. Text columns are categories.
    `iterations`: time (epoch seconds), scenario, done and dropped: counts of iterations finished, and of those that could not start.
    `rows` whole rows of the files; `damaged` rows left out and what was wrong with the first ('' for none).
    `resolution_s`: how finely the files tell the time.
    `counted`: n, sum, least and largest of every metric; `values` of the metrics that are not of requests; `checks`: name -> (failed,
    passed); `audit` of all that. Results made of tables have none of these."""

    requests: pd.DataFrame
    iterations: pd.DataFrame
    rows: int
    damaged: int
    first_damage: str
    resolution_s: float
    counted: dict[str, Counted] = field(default_factory=dict)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    checks: dict[str, tuple[int, int]] = field(default_factory=dict)
    audit: Audit | None = None


def read_results(paths: Sequence[Path], settings: Settings | None = None) -> Results:
    """Read k6's CSV or JSON lines, or what a script printed of its requests, compressed or not, as one run; a copy that `keep` left beside a file
    is used where it is of that file. Raises EvidenceError for a file that is missing, of another kind, or without any request."""
    from perfweek.load.reading.keep import kept_samples

    if paths and all(path.is_file() and is_console_log(path) for path in paths):
        return _printed([read_console_log(path) for path in paths])
    return results_of(kept_samples(paths) or read_samples(paths, settings))


def _printed(files: Sequence[Printed]) -> Results:
    """The requests of a log; it tells of no iteration, and of milliseconds at best."""
    requests = pd.concat([one.requests for one in files]).sort_values("time", kind="stable", ignore_index=True)
    nothing = pd.DataFrame({"time": [], "scenario": [], "done": [], "dropped": []})
    damage = next((one.first_damage for one in files if one.damaged), "")
    return Results(requests, nothing, sum(one.lines + one.damaged for one in files), sum(one.damaged for one in files), damage, 0.001)


def results_of(samples: Samples) -> Results:
    """The tables of what was read."""
    outcome = outcome_of(samples)
    audit = audit_of(samples, outcome)
    names, places = groups_of(samples)
    order = by_start(outcome.start_s)
    columns: dict[str, Any] = {
        "time": outcome.start_s[order],
        "duration_ms": samples.duration_ms[order],
        "endpoint": pd.Categorical.from_codes(places[order], categories=pd.Index(names, dtype="str")),
        "scenario": _category(samples, "scenario", samples.tag[order]),
        "status": outcome.status[order].astype(np.int64),
        "failed": outcome.failed[order],
        "timed_out": outcome.timed_out[order],
        "refused": outcome.refused[order],
        **{tag: _category(samples, tag, samples.tag[order]) for tag in ("error_code", "group", "method")},
    }
    for place, column in enumerate(PART_COLUMNS):
        values = samples.part_ms[:, place]
        if len(values) and not np.isnan(values).all():
            columns[column] = np.ascontiguousarray(values[order])
    return Results(
        requests=pd.DataFrame(columns, copy=False),
        iterations=_iterations(samples),
        rows=audit.rows,
        damaged=audit.lost,
        first_damage=audit.first_damage,
        resolution_s=resolution_of(samples),
        counted=dict(samples.counted),
        values=dict(samples.values),
        checks=dict(samples.checks),
        audit=audit,
    )


def _iterations(samples: Samples) -> pd.DataFrame:
    order = np.argsort(samples.count_ns, kind="stable")
    count, dropped = samples.count[order].astype(np.int64), samples.count_dropped[order]
    return pd.DataFrame(
        {
            "time": samples.count_ns[order] / 1e9,
            "scenario": _category(samples, "scenario", samples.count_tag[order]),
            "done": np.where(dropped, 0, count),
            "dropped": np.where(dropped, count, 0),
        }
    )


def _category(samples: Samples, tag: str, tags: np.ndarray) -> pd.Categorical:
    labels = samples.labels(tag)
    words = sorted(set(labels))
    places = {word: place for place, word in enumerate(words)}
    place_of_tag = np.array([places[label] for label in labels], np.int32)
    return pd.Categorical.from_codes(place_of_tag[tags] if len(tags) else [], categories=pd.Index(words, dtype="str"))
