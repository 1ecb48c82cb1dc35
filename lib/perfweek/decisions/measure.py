"""Gathering what the decisions are judged by: Monday's evidence, the repository, its builds, and what the target names besides."""

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence, facts
from perfweek.access_log import ASKED, find_access_log, read_access_log
from perfweek.decisions import git
from perfweek.decisions.given import read_builds, read_fields, read_traces_of
from perfweek.decisions.material import Capacity, Change, Dataset, Evidence, History, Missing, Requests
from perfweek.decisions.packages import find_packages
from perfweek.decisions.records import Record, read_records
from perfweek.decisions.statements import MEASUREMENT, QUERY_HISTORY, any_file, dataset_of, read_statements
from perfweek.errors import EvidenceError, MeasurementError
from perfweek.files import sha256, write_atomic
from perfweek.project import project_folder
from perfweek.target import Target
from perfweek.week import Week

__all__ = ["MEASUREMENT", "QUERY_HISTORY", "gather", "keep_records", "read_history", "read_requests", "read_statements", "records_folder"]
METRICS_PATH = "/metrics"
RECORDS = "records.json"


def gather(week: Week, target: Target, commits: int) -> Evidence:
    """What is there to judge by; a part that is missing says why.

    Reads the measurement load-monday (EvidenceError where Monday has not run) and takes the measurements `git`, `builds`, `traces` and
    `field-use`: at most `commits` changes, and the files that the target names.
    """
    requests = read_requests(week, target)
    return Evidence(
        requests,
        read_history(week, target, commits),
        read_statements(week, requests),
        read_traces_of(week, target),
        read_builds(week, target),
        read_fields(week, target),
        read_capacity(week, requests),
        target.decisions,
        target.cache,
        target.prices,
    )


def records_folder(target: Target) -> Path:
    """The folder of the target's decision records; without one, that of the five records that come with perfweek."""
    own = target.decisions.records
    return target.resolve(own) if own else project_folder("runbooks") / "adr"


def read_requests(week: Week, target: Target) -> Requests | Missing:
    """The access log of Monday's load without health checks and scrapes of metrics, or why there is none."""
    path = find_access_log(week, target, MEASUREMENT)
    if path is None:
        return Missing("the service writes no access log; name one under cache.log in target.toml", any_file(week))
    source = evidence.relative(week, path)
    try:
        log = read_access_log(path, ASKED)
    except EvidenceError as error:
        return Missing(error.what, source)
    frame = log.frame[~log.frame["route"].isin([f"GET {target.service.health}", f"GET {METRICS_PATH}"])].reset_index(drop=True)
    if frame.empty:
        return Missing("the access log holds health checks only", source)
    return Requests(dataset_of(week, path, frame["time"]), frame, len(log.frame) / log.lines, generated=path.parent.name == MEASUREMENT)


def read_capacity(week: Week, requests: Requests | Missing) -> Capacity | Missing:
    """What Monday found the service to take, and the share of reads that its caches let through meanwhile."""
    known = facts.read(week, "monday")
    known = known[(known["metric"] == "http.capacity.rate") & known["value"].notna()]
    if known.empty:
        return Missing("Monday measured no capacity; set cache.origin_limit in target.toml", any_file(week))
    row, missed = known.iloc[0], 1.0
    if not isinstance(requests, Missing) and len(requests.reads):
        missed = float((~requests.reads["tier"].isin(("l1", "l2", "l4"))).mean())
    at = float(row["at"].timestamp())
    source = week.root / str(row["source"])
    return Capacity(
        Dataset(str(row["source"]), sha256(source), int(row["n"]), at, at), float(row["value"]), float(row["low"]), float(row["high"]), missed
    )


def read_history(week: Week, target: Target, commits: int) -> History | Missing:
    """The last changes of the target's repository and its packages, kept as the measurement `git`, or why there are none."""
    repository = target.resolve(target.repository.path)
    siblings = [target.resolve(path) for path in target.decisions.siblings]
    head = _head(repository)
    inputs = {"repository": str(repository), "head": head, "commits": commits, "siblings": {str(path): _head(path) for path in siblings}}
    kept = evidence.collect(week, "git", inputs, partial(git.collect, repository, head, commits, siblings))
    state = json.loads(kept.path(git.STATE).read_text())
    changes = [] if state["problem"] else list(_rows(kept.path(git.CHANGES)))
    if not changes:
        cut = "the clone is shallow and holds one commit only; fetch its history: git fetch --unshallow" if state["shallow"] else ""
        reason = state["problem"] or cut or "the repository has no change after its first commit"
        return Missing(reason, evidence.relative(week, kept.path(git.STATE)))
    manifests = {row["path"]: row["text"] for row in _rows(kept.path(git.PACKAGE_FILES))}
    dataset = dataset_of(week, kept.path(git.CHANGES), pd.Series([change["time"] for change in changes], dtype=float))
    others: dict[str, list[Change]] = {}
    for row in _rows(kept.path(git.SIBLINGS)):
        others.setdefault(row["repository"], []).append(_change(row))
    return History(
        dataset,
        changes[0]["kind"],
        tuple(map(_change, changes)),
        find_packages(manifests),
        state["shallow"],
        frozenset(state["owners"]),
        {name: tuple(rows) for name, rows in others.items()},
    )


def _change(row: dict[str, Any]) -> Change:
    return Change(float(row["time"]), row["author"], row["subject"], tuple(row["files"]))


def keep_records(week: Week, folder: Path) -> str:
    """Keep the records as they are now as the measurement `records`; the path of their list, relative to the week.

    Raises RecordError as `read_records` does.
    """
    records = read_records(folder)
    inputs = {record.path.name: sha256(record.path) for record in records}
    return evidence.relative(week, evidence.collect(week, "records", inputs, partial(_copy_records, records)).path(RECORDS))


def _copy_records(records: Sequence[Record], folder: Path) -> None:
    for record in records:
        shutil.copyfile(record.path, folder / record.path.name)
    listed = [{"id": one.id, "title": one.title, "status": one.status, "date": one.date.isoformat(), "options": one.options} for one in records]
    write_atomic(folder / RECORDS, json.dumps(listed, indent=2, ensure_ascii=False) + "\n")


def _head(repository: Path) -> str:
    try:
        return git.head(repository)
    except MeasurementError:
        return ""


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
