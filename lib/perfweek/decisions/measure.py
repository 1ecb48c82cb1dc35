"""Gathering what the decisions are judged by: the access log and the statements of Monday's load, and the repository's history."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.access_log import find_access_log, read_access_log
from perfweek.decisions import git
from perfweek.decisions.material import Dataset, Evidence, History, Missing, Requests, Statements
from perfweek.decisions.packages import find_packages
from perfweek.decisions.records import Record, read_records
from perfweek.errors import EvidenceError, MeasurementError
from perfweek.files import sha256, write_atomic
from perfweek.target import Target
from perfweek.week import Week

MEASUREMENT = "load-monday"
METRICS_PATH = "/metrics"
RECORDS = "records.json"
QUERY_HISTORY = "query_history.ndjson"


def gather(week: Week, target: Target, commits: int) -> Evidence:
    """What is there to judge by; a part that is missing says why.

    Reads the measurement load-monday (EvidenceError where Monday has not run) and takes the measurement `git` of the target's
    repository: at most `commits` changes.
    """
    requests = read_requests(week, target)
    return Evidence(requests, read_history(week, target, commits), read_statements(week, requests))


def read_requests(week: Week, target: Target) -> Requests | Missing:
    """The access log of Monday's load without health checks and scrapes of metrics, or why there is none."""
    path = find_access_log(week, target, MEASUREMENT)
    if path is None:
        return Missing("the service writes no access log; name one under cache.log in target.toml", _any_file(week))
    source = evidence.relative(week, path)
    try:
        log = read_access_log(path)
    except EvidenceError as error:
        return Missing(error.what, source)
    frame = log.frame[~log.frame["route"].isin([f"GET {target.service.health}", f"GET {METRICS_PATH}"])].reset_index(drop=True)
    if frame.empty:
        return Missing("the access log holds health checks only", source)
    return Requests(_dataset(week, path, frame["time"]), frame, len(log.frame) / log.lines, generated=path.parent.name == MEASUREMENT)


def read_statements(week: Week, requests: Requests | Missing) -> Statements | Missing:
    """The statements that the embedded warehouse recorded during Monday's load, counted by request, or why there are none."""
    if isinstance(requests, Missing):
        return requests
    path = evidence.read(week, MEASUREMENT).folder / QUERY_HISTORY
    if not path.is_file():
        return Missing("no query history was recorded during the load", _any_file(week))
    repeats = _repeats(path)
    sent = requests.reads[requests.reads["queries"] > 0]
    frame = sent.merge(repeats, on="request_id")[["time", "route", "items", "repeats"]]
    if frame.empty:
        return Missing("the statements carry no request_id of the access log in their query tag", evidence.relative(week, path))
    return Statements(_dataset(week, path, frame["time"]), frame, len(frame) / len(sent))


def _repeats(path: Path) -> pd.DataFrame:
    """request_id and repeats: how often each request sent the statement that it sent most. Damaged lines are left out."""
    sent: Counter[tuple[str, str]] = Counter()
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                statement = json.loads(line)
                sent[str(json.loads(statement["query_tag"])["request_id"]), str(statement["query_parameterized_hash"])] += 1
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    most: dict[str, int] = {}
    for (request, _), count in sent.items():
        most[request] = max(count, most.get(request, 0))
    return pd.DataFrame({"request_id": pd.Series(list(most), dtype=str), "repeats": pd.Series(list(most.values()), dtype=int)})


def _any_file(week: Week) -> str:
    """A file of Monday's measurement, to show that it was taken: its run.json where it has one."""
    files = sorted(path.name for path in evidence.read(week, MEASUREMENT).folder.iterdir() if path.name != evidence.LISTING)
    return evidence.relative(week, week.evidence / MEASUREMENT / ("run.json" if "run.json" in files else files[0]))


def read_history(week: Week, target: Target, commits: int) -> History | Missing:
    """The last changes of the target's repository and its packages, kept as the measurement `git`, or why there are none."""
    repository = target.resolve(target.repository.path)
    head = _head(repository)
    inputs = {"repository": str(repository), "head": head, "commits": commits}
    kept = evidence.collect(week, "git", inputs, partial(git.collect, repository, head, commits))
    state = kept.path(git.STATE)
    problem = json.loads(state.read_text())["problem"]
    changes = [] if problem else list(_records(kept.path(git.CHANGES)))
    if not changes:
        return Missing(problem or "the repository has no change after its first commit", evidence.relative(week, state))
    manifests = {record["path"]: record["text"] for record in _records(kept.path(git.PACKAGE_FILES))}
    dataset = _dataset(week, kept.path(git.CHANGES), pd.Series([change["time"] for change in changes], dtype=float))
    return History(dataset, changes[0]["kind"], tuple(tuple(change["files"]) for change in changes), find_packages(manifests))


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


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _dataset(week: Week, path: Path, times: pd.Series) -> Dataset:
    return Dataset(evidence.relative(week, path), sha256(path), len(times), float(times.min()), float(times.max()))
