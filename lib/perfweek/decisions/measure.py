"""Gathering what the decisions are judged by: the access log of Monday's load, and the repository's history."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.access_log import find_access_log, read_access_log
from perfweek.decisions import git
from perfweek.decisions.material import Dataset, Evidence, History, Missing, Requests
from perfweek.decisions.packages import find_packages
from perfweek.errors import EvidenceError, MeasurementError
from perfweek.files import sha256
from perfweek.target import Target
from perfweek.week import Week

MEASUREMENT = "load-monday"
METRICS_PATH = "/metrics"


def gather(week: Week, target: Target, commits: int) -> Evidence:
    """What is there to judge by; a part that is missing says why.

    Reads the measurement load-monday (EvidenceError where Monday has not run) and takes the measurement `git` of the target's
    repository: at most `commits` changes.
    """
    return Evidence(read_requests(week, target), read_history(week, target, commits))


def read_requests(week: Week, target: Target) -> Requests | Missing:
    """The access log of Monday's load without health checks and scrapes of metrics, or why there is none."""
    path = find_access_log(week, target, MEASUREMENT)
    if path is None:
        return Missing("the service writes no access log; name one under cache.log in target.toml")
    try:
        log = read_access_log(path)
    except EvidenceError as error:
        return Missing(error.what)
    frame = log.frame[~log.frame["route"].isin([f"GET {target.service.health}", f"GET {METRICS_PATH}"])].reset_index(drop=True)
    if frame.empty:
        return Missing("the access log holds health checks only")
    return Requests(_dataset(week, path, frame["time"]), frame, len(log.frame) / log.lines, generated=path.parent.name == MEASUREMENT)


def read_history(week: Week, target: Target, commits: int) -> History | Missing:
    """The last changes of the target's repository and its packages, kept as the measurement `git`, or why there are none."""
    repository = target.resolve(target.repository.path)
    try:
        head = git.head(repository)
        inputs = {"repository": str(repository), "head": head, "commits": commits}
        kept = evidence.collect(week, "git", inputs, lambda folder: git.collect_history(repository, head, commits, folder))
    except MeasurementError as error:
        return Missing(error.what)
    changes = list(_records(kept.path(git.CHANGES)))
    if not changes:
        return Missing("the repository has no change after its first commit")
    manifests = {record["path"]: record["text"] for record in _records(kept.path(git.PACKAGE_FILES))}
    times = pd.Series([change["time"] for change in changes], dtype=float)
    dataset = _dataset(week, kept.path(git.CHANGES), times)
    return History(dataset, changes[0]["kind"], tuple(tuple(change["files"]) for change in changes), find_packages(manifests))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _dataset(week: Week, path: Path, times: pd.Series) -> Dataset:
    return Dataset(evidence.relative(week, path), sha256(path), len(times), float(times.min()), float(times.max()))
