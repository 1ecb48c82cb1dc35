"""The statements of Monday's load: counted by request, and each with its text and time."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek import evidence
from perfweek.decisions.material import Dataset, Missing, Requests, Statements
from perfweek.files import sha256
from perfweek.week import Week

MEASUREMENT = "load-monday"
QUERY_HISTORY = "query_history.ndjson"
TEXTS = ["time", "text", "shape", "elapsed_ms", "queued_ms"]


def read_statements(week: Week, requests: Requests | Missing) -> Statements | Missing:
    """The statements that the embedded warehouse recorded during Monday's load, or why there are none. Damaged lines are left out."""
    if isinstance(requests, Missing):
        return requests
    path = evidence.read(week, MEASUREMENT).folder / QUERY_HISTORY
    if not path.is_file():
        return Missing("no query history was recorded during the load", any_file(week))
    rows = _rows(path)
    sent = requests.reads[requests.reads["queries"] > 0]
    frame = sent.merge(_repeats(rows), on="request_id")[["time", "route", "items", "repeats"]]
    if frame.empty:
        return Missing("the statements carry no request_id of the access log in their query tag", evidence.relative(week, path))
    return Statements(dataset_of(week, path, frame["time"]), frame, len(frame) / len(sent), _texts(rows))


def _rows(path: Path) -> list[dict[str, Any]]:
    found = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                tag = json.loads(row["query_tag"])
                found.append({**row, "request_id": str(tag["request_id"]), "shape": str(row["query_parameterized_hash"])})
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    return found


def _repeats(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """request_id and repeats: how often each request sent the statement that it sent most."""
    most: dict[str, int] = {}
    for (request, _), count in Counter((row["request_id"], row["shape"]) for row in rows).items():
        most[request] = max(count, most.get(request, 0))
    return pd.DataFrame({"request_id": pd.Series(list(most), dtype=str), "repeats": pd.Series(list(most.values()), dtype=int)})


def _texts(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """TEXTS of the statements that say when and how long."""
    started = pd.to_datetime(pd.Series([str(row.get("start_time")) for row in rows], dtype=str), utc=True, errors="coerce", format="mixed")
    table = pd.DataFrame(
        {
            "time": (started - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1),
            "text": [str(row.get("query_text") or "")[:100_000] for row in rows],
            "shape": [row["shape"] for row in rows],
            "elapsed_ms": pd.to_numeric(pd.Series([row.get("total_elapsed_time") for row in rows], dtype=object), errors="coerce"),
            "queued_ms": pd.to_numeric(pd.Series([row.get("queued_overload_time") for row in rows], dtype=object), errors="coerce").fillna(0.0),
        },
        columns=TEXTS,
    )
    return table.dropna(subset=["time", "elapsed_ms"]).astype({"elapsed_ms": float, "queued_ms": float})


def any_file(week: Week) -> str:
    """A file of Monday's measurement, to show that it was taken: its run.json where it has one."""
    files = sorted(path.name for path in evidence.read(week, MEASUREMENT).folder.iterdir() if path.name != evidence.LISTING)
    return evidence.relative(week, week.evidence / MEASUREMENT / ("run.json" if "run.json" in files else files[0]))


def dataset_of(week: Week, path: Path, times: pd.Series) -> Dataset:
    """The file of evidence with its hash, and the time that `times` (epoch seconds) span."""
    return Dataset(evidence.relative(week, path), sha256(path), len(times), float(times.min()), float(times.max()))
