"""Facts: one Parquet file a day, one row a figure, each tied to the evidence file that it came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perfweek.errors import EvidenceError, ParameterError
from perfweek.evidence import LISTING
from perfweek.evidence import read as read_measurement
from perfweek.files import atomic_path
from perfweek.metrics import CATALOGUE
from perfweek.stats import Estimate
from perfweek.week import Week

SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("unit", pa.string()),
        ("n", pa.int64()),
        ("method", pa.string()),
        ("source", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Fact:
    """One figure. `source` is an evidence file relative to the week's folder, as `evidence.relative` gives it."""

    metric: str
    estimate: Estimate
    source: str
    labels: Mapping[str, str] = field(default_factory=dict)


def record(week: Week, day: str, facts: Iterable[Fact]) -> Path:
    """Write the day's facts, replacing earlier ones of the same day, and return the file.

    Raises ParameterError for a metric outside the catalogue and EvidenceError for a source that is not a file of a
    whole measurement: no figure without the evidence behind it.
    """
    rows = [_row(week, fact) for fact in facts]
    path = week.facts / f"{day}.parquet"
    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), temporary)
    return path


def _row(week: Week, fact: Fact) -> dict[str, object]:
    if fact.metric not in CATALOGUE:
        raise ParameterError(f"{fact.metric!r} is not in the catalogue of metrics", "perfweek/metrics.py", "Add it there, with its unit.")
    estimate = fact.estimate
    return {
        "metric": fact.metric,
        "labels": sorted((str(key), str(value)) for key, value in fact.labels.items()),
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "unit": CATALOGUE[fact.metric].unit,
        "n": estimate.n,
        "method": estimate.method,
        "source": fact.source,
        "at": measured_at(week, fact.source),
    }


def measured_at(week: Week, source: str) -> datetime:
    """When the measurement that holds the file `source` ended. Raises EvidenceError where there is no such file."""
    parts = Path(source).parts
    if len(parts) < 3 or parts[0] != "evidence" or not (week.root / source).is_file():
        raise EvidenceError(f"{source} is not a file of this week's evidence", str(week.root), "A fact must name the evidence file it came from.")
    if parts[2] == LISTING:
        raise EvidenceError("a measurement's list of files is not evidence", source, "Name the measured file.")
    return datetime.fromisoformat(read_measurement(week, parts[1]).finished)


def read(week: Week, day: str) -> pd.DataFrame:
    """The day's facts with the columns of SCHEMA (labels as dict); no rows where the day recorded none."""
    path = week.facts / f"{day}.parquet"
    if not path.exists():
        return SCHEMA.empty_table().to_pandas()
    try:
        frame = pq.read_table(path, schema=SCHEMA).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise EvidenceError(f"the facts of {day} are damaged: {error}", str(path), f"Run the day again: perfweek run {day}") from error
    frame["labels"] = [dict(labels) for labels in frame["labels"]]
    return frame
