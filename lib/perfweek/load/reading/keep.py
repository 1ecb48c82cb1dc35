"""What was read once, kept as Parquet beside the files it came from: a second look takes a fraction of a second.

One table holds it all: first the requests, then counts of iterations, then values of other metrics; its metadata say how many of each.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from perfweek.files import atomic_path, sha256
from perfweek.load.reading.outcome import by_start, outcome_of
from perfweek.load.reading.read import read_samples
from perfweek.load.reading.samples import KEPT, Counted, FileRead, Samples
from perfweek.load.reading.shapes import PARTS

_KEY = b"perfweek.k6"
_VERSION = 1
_PATTERNS = ("k6*.csv*", "k6*.json*")
_NO_RESULTS = ("k6_summary.json", KEPT)


def result_files(folder: Path) -> list[Path]:
    """The files of k6's raw results in an evidence folder, sorted."""
    return sorted({path for pattern in _PATTERNS for path in folder.glob(pattern) if path.name not in _NO_RESULTS})


def keep_parquet(folder: Path) -> Path:
    """Read the results of an evidence folder and keep them as k6.parquet in it; return its path. Raises EvidenceError as reading does."""
    return keep(read_samples(result_files(folder)), folder / KEPT)


def keep(samples: Samples, path: Path) -> Path:
    """Write what was read to `path`, requests by their start, with size, time and hash of the files it came from."""
    order = by_start(outcome_of(samples).start_s)
    end_ns, duration_ms, tag, part_ms = (column[order] for column in (samples.end_ns, samples.duration_ms, samples.tag, samples.part_ms))
    metrics = sorted(samples.values)
    values = [samples.values[metric] for metric in metrics]
    sizes = [len(samples.tag), len(samples.count), *map(len, values)]
    columns: dict[str, Any] = {
        "ns": _joined(np.int64, end_ns, samples.count_ns, sum(sizes)),
        "value": np.concatenate([duration_ms, samples.count, *values]),
        "tag": _joined(np.int32, tag, samples.count_tag, sum(sizes)),
        "dropped": _joined(np.bool_, np.zeros(sizes[0], bool), samples.count_dropped, sum(sizes)),
    }
    for place, part in enumerate(PARTS):
        if not np.isnan(part_ms[:, place]).all():
            columns[part] = np.concatenate([part_ms[:, place], np.full(sum(sizes) - sizes[0], np.nan, np.float32)])
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(_description(samples, metrics, sizes)).encode()})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", compression_level=1, use_dictionary=False)
    return path


def kept_samples(paths: Sequence[Path]) -> Samples | None:
    """What k6.parquet beside the files keeps of them; None where there is none, or it is of other files or of another version."""
    if not paths or any(path.parent != paths[0].parent for path in paths):
        return None
    kept = paths[0].parent / KEPT
    try:
        said = json.loads((pq.read_schema(kept).metadata or {})[_KEY])
        if said["version"] != _VERSION or not _same_files(paths, said["sources"]):
            return None
        return _samples(pq.read_table(kept), said, paths)
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None


def _description(samples: Samples, metrics: list[str], sizes: list[int]) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "sources": {file.path.name: {**_stamp(file.path), "sha256": sha256(file.path)} for file in samples.files},
        "sizes": sizes,
        "metrics": metrics,
        "tags": samples.tags,
        "counted": {name: asdict(counted) for name, counted in samples.counted.items()},
        "checks": samples.checks,
        "declared": samples.declared,
        "files": [{**asdict(file), "path": file.path.name} for file in samples.files],
    }


def _samples(table: pa.Table, said: Mapping[str, Any], paths: Sequence[Path]) -> Samples:
    columns = {name: table[name].to_numpy() for name in table.column_names}
    sizes = said["sizes"]
    requests, counts = slice(0, sizes[0]), slice(sizes[0], sizes[0] + sizes[1])
    ends = np.cumsum(sizes).tolist()
    parts = np.full((len(PARTS), sizes[0]), np.nan, np.float32).T
    for place, part in enumerate(PARTS):
        if part in columns:
            parts[:, place] = columns[part][requests]
    at = {path.name: path for path in paths}
    return Samples(
        end_ns=columns["ns"][requests],
        duration_ms=columns["value"][requests],
        tag=columns["tag"][requests],
        part_ms=parts,
        count_ns=columns["ns"][counts],
        count_tag=columns["tag"][counts],
        count=columns["value"][counts],
        count_dropped=columns["dropped"][counts],
        tags=[tuple(texts) for texts in said["tags"]],
        values={metric: columns["value"][start:end] for metric, start, end in zip(said["metrics"], ends[1:-1], ends[2:], strict=True)},
        counted={name: Counted(**counted) for name, counted in said["counted"].items()},
        checks={name: (counts[0], counts[1]) for name, counts in said["checks"].items()},
        declared=said["declared"],
        files=[replace(FileRead(**file), path=at[file["path"]]) for file in said["files"]],
    )


def _joined(kind: type, requests: np.ndarray, counts: np.ndarray, size: int) -> np.ndarray:
    found: np.ndarray = np.zeros(size, kind)
    found[: len(requests)] = requests
    found[len(requests) : len(requests) + len(counts)] = counts
    return found


def _stamp(path: Path) -> dict[str, int]:
    status = path.stat()
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def _same_files(paths: Sequence[Path], sources: Mapping[str, Mapping[str, Any]]) -> bool:
    """An unchanged size and time spare the hash, as for all evidence."""
    if sorted(path.name for path in paths) != sorted(sources):
        return False
    for path in paths:
        said, now = sources[path.name], _stamp(path)
        if any(now[key] != said[key] for key in now) and (now["bytes"] != said["bytes"] or sha256(path) != said["sha256"]):
            return False
    return True
