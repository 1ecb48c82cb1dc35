"""What the decisions are judged by: the requests of Monday's load and the repository's history, or why one is missing."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from perfweek.decisions.packages import Packages

InputGrade = Literal["measured", "estimated", "assumed"]
WRITES = ("POST", "PUT", "PATCH", "DELETE")
READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Missing:
    """There is no such data, why, and the evidence file that shows it (relative to the week; '' where the data say it themselves)."""

    reason: str
    source: str = ""


@dataclass(frozen=True)
class Dataset:
    """The evidence file behind a figure: path relative to the week, SHA-256, rows used, first and last second (epoch)."""

    source: str
    sha256: str
    rows: int
    start: float
    end: float


@dataclass(frozen=True)
class Requests:
    """The access log without health checks: `frame` as `access_log.SCHEMA` says; `kept` is the share of the log's lines that were whole.

    `generated`: the requests are those of a load test, so their rate and their mix are what the load script assumes.
    """

    dataset: Dataset
    frame: pd.DataFrame
    kept: float
    generated: bool

    @property
    def mix(self) -> InputGrade:
        """How well the rate and the mix of the requests are known."""
        return "assumed" if self.generated else "measured"

    @property
    def reads(self) -> pd.DataFrame:
        """Answered reads, by the HTTP verb."""
        return self.frame[self.frame["method"].isin(READS) & (self.frame["status"] < 400)]

    @property
    def writes(self) -> pd.DataFrame:
        """Answered writes, by the HTTP verb: each is an event that happened."""
        return self.frame[self.frame["method"].isin(WRITES) & (self.frame["status"] < 400)]


@dataclass(frozen=True)
class History:
    """The files of each of the last changes ('merges' or 'commits', newest first) and the packages as they are now."""

    dataset: Dataset
    kind: str
    changes: tuple[tuple[str, ...], ...]
    packages: Packages


@dataclass(frozen=True)
class Statements:
    """The requests whose statements the warehouse recorded: `frame` with time, route, items, and repeats (how often the
    request sent the statement that it sent most, literals aside); `found` is their share of the requests that sent any."""

    dataset: Dataset
    frame: pd.DataFrame
    found: float


@dataclass(frozen=True)
class Evidence:
    requests: Requests | Missing
    history: History | Missing
    statements: Statements | Missing
