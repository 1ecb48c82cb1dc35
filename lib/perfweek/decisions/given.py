"""Files that the target names for decisions: traces, run summaries of Turborepo, recorded use of fields. Each is kept as a measurement."""

import gzip
import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.decisions.material import NO_BUILDS, NO_FIELDS, NO_TRACES, Build, Builds, Dataset, FieldUse, Missing, Traces
from perfweek.decisions.traces import read_traces
from perfweek.errors import EvidenceError, TargetError
from perfweek.files import sha256
from perfweek.profiling.timings.turborepo import is_turborepo, read_turborepo
from perfweek.target import Target
from perfweek.week import Week

MOST_FILES = 200


def read_traces_of(week: Week, target: Target) -> Traces | Missing:
    """The traces that decisions.traces names, or why there are none. Raises TargetError where a named file does not exist."""
    paths = [path for pattern in target.decisions.traces for path in _found(target.root, pattern, must=True)]
    if not paths:
        return NO_TRACES
    kept = _kept(week, "traces", paths)
    try:
        traces, dropped = read_traces(kept)
    except EvidenceError as error:
        return Missing(error.what, evidence.relative(week, kept[0]))
    times = [trace.root.start / 1000 for trace in traces]
    return Traces(_dataset(week, kept, len(traces), times), traces, dropped)


def read_builds(week: Week, target: Target) -> Builds | Missing:
    """The run summaries of Turborepo in the repository, oldest first; damaged ones are left out."""
    repository = target.resolve(target.repository.path)
    paths = [path for pattern in target.decisions.turbo for path in _found(repository, pattern)][-MOST_FILES:]
    if not paths:
        return NO_BUILDS
    kept = _kept(week, "builds", paths)
    runs = sorted((run for path in kept if (run := _build(path))), key=lambda one: one[0])
    if not runs:
        return Missing("no run summary of Turborepo could be read", evidence.relative(week, kept[0]))
    return Builds(_dataset(week, kept, len(runs), [start for start, _ in runs]), tuple(run for _, run in runs))


def read_fields(week: Week, target: Target) -> FieldUse | Missing:
    """The recorded answers with the fields that clients read, or why there are none. Raises TargetError for a named file that does not exist."""
    if not target.decisions.field_use:
        return NO_FIELDS
    kept = _kept(week, "field-use", _found(target.root, target.decisions.field_use, must=True))
    rows = [row for path in kept for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if (row := _answer(line))]
    if not rows:
        return Missing("the recorded answers hold no line with route, client, fields and body", evidence.relative(week, kept[0]))
    frame = pd.DataFrame(rows, columns=["route", "client", "fields", "sent", "used"])
    return FieldUse(_dataset(week, kept, len(frame), [0.0]), frame)


def _found(root: Path, pattern: str, must: bool = False) -> list[Path]:
    """The files of a pattern, oldest first."""
    absolute = Path(pattern)
    try:
        matches = absolute.parent.glob(absolute.name) if absolute.is_absolute() else root.glob(pattern)
        paths = sorted((path for path in matches if path.is_file()), key=lambda path: (path.stat().st_mtime, path.name))
    except (OSError, ValueError) as error:
        raise TargetError(f"{pattern!r} is no file or pattern: {error}", str(root), "Mend [decisions] in target.toml.") from error
    if must and not paths:
        raise TargetError(f"there is no file {pattern!r}", str(root), "Mend [decisions] in target.toml, or leave the key out.")
    return paths


def _kept(week: Week, name: str, paths: Sequence[Path]) -> list[Path]:
    """Copies of the files among the week's evidence."""
    inputs = {str(path): sha256(path) for path in paths}
    kept = evidence.collect(week, name, inputs, partial(_copy, paths))
    return [kept.path(_name(place, path)) for place, path in enumerate(paths)]


def _copy(paths: Sequence[Path], folder: Path) -> None:
    for place, path in enumerate(paths):
        shutil.copyfile(path, folder / _name(place, path))


def _name(place: int, path: Path) -> str:
    return f"{place:03}-{''.join(one if one.isascii() and (one.isalnum() or one in '._-') else '_' for one in path.name)[:80]}"


def _dataset(week: Week, paths: Sequence[Path], rows: int, times: Sequence[float]) -> Dataset:
    return Dataset(evidence.relative(week, paths[0]), sha256(paths[0]), rows, min(times), max(times))


def _build(path: Path) -> tuple[float, Build] | None:
    """(start in epoch seconds, the run) of a summary; None where it is damaged or of a dry run."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not is_turborepo(content):
            return None
        start = float((content.get("execution") or {}).get("startTime") or 0) / 1000
        return start, Build(str(content["turboVersion"])[:20], read_turborepo(content, path.name))
    except (OSError, ValueError, TypeError, RecursionError, EvidenceError):
        return None


def _answer(line: str) -> tuple[str, str, frozenset[str], int, int] | None:
    try:
        row = json.loads(line)
        used = frozenset(str(name) for name in row["fields"])
        body, route, client = row["body"], str(row["route"])[:300], str(row.get("client", ""))[:300]
        return route, client, used, _size(body), _size(only(body, used))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def only(body: Any, fields: frozenset[str], path: str = "") -> Any:
    """The part of a JSON value that the fields name; 'owner' takes all below it, lists take the fields of their items."""
    if isinstance(body, list):
        return [only(one, fields, path) for one in body]
    if path in fields or not isinstance(body, dict):
        return body
    below = {key: f"{path}.{key}" if path else str(key) for key in body}
    return {key: only(value, fields, below[key]) for key, value in body.items() if _wanted(below[key], fields)}


def _wanted(path: str, fields: frozenset[str]) -> bool:
    return any(one == path or one.startswith(f"{path}.") for one in fields)


def _size(body: Any) -> int:
    return len(gzip.compress(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"), 6))
