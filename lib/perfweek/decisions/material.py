"""What the decisions are judged by: Monday's requests and statements, the repository, its builds, traces and what people know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from perfweek.blocks import Blocks
from perfweek.decisions.packages import Packages
from perfweek.decisions.traces import Trace
from perfweek.profiling.timings.turborepo import Summary
from perfweek.profiling.timings.turborepo import Task as BuildTask
from perfweek.target import Cache, Prices
from perfweek.target_decisions import Decisions

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

    @cached_property
    def blocks(self) -> Blocks:
        """The time of the whole log: criteria that are resampled on it vary together."""
        return Blocks.of(self.frame["time"])

    @property
    def seconds(self) -> float:
        return self.dataset.end - self.dataset.start

    @cached_property
    def reads(self) -> pd.DataFrame:
        """Answered reads, by the HTTP verb."""
        return self.frame[self.frame["method"].isin(READS) & (self.frame["status"] < 400)]

    @cached_property
    def writes(self) -> pd.DataFrame:
        """Answered writes, by the HTTP verb: each is an event that happened."""
        return self.frame[self.frame["method"].isin(WRITES) & (self.frame["status"] < 400)]


@dataclass(frozen=True)
class Change:
    """A merge or a commit: when (epoch seconds), whose, its subject, and the files it touched."""

    time: float
    author: str
    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """The last changes ('merges' or 'commits', newest first), the packages as they are now, and who owns the code (CODEOWNERS).

    `shallow`: the clone was cut off, so there are fewer changes than there were. `siblings`: changes of the other repositories.
    """

    dataset: Dataset
    kind: str
    log: tuple[Change, ...]
    packages: Packages
    shallow: bool = False
    owners: frozenset[str] = frozenset()
    siblings: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[tuple[str, ...], ...]:
        return tuple(change.files for change in self.log)


@dataclass(frozen=True)
class Statements:
    """The requests whose statements the warehouse recorded: `frame` with time, route, items, and repeats (how often the
    request sent the statement that it sent most, literals aside); `found` is their share of the requests that sent any.

    `texts`: one row a statement: time, text, shape (hash without literals), elapsed_ms, queued_ms.
    """

    dataset: Dataset
    frame: pd.DataFrame
    found: float
    texts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["time", "text", "shape", "elapsed_ms", "queued_ms"]))


@dataclass(frozen=True)
class Traces:
    dataset: Dataset
    traces: tuple[Trace, ...]
    dropped: int = 0


@dataclass(frozen=True)
class Build:
    """One run of Turborepo: the version that made it (what its cache takes for changed differs by version), and its tasks."""

    version: str
    summary: Summary

    @property
    def tasks(self) -> tuple[BuildTask, ...]:
        return self.summary.tasks

    @property
    def cold(self) -> bool:
        """Whether no task came from the cache, so that the wall time is that of the work."""
        return not any(task.hit for task in self.tasks)


@dataclass(frozen=True)
class Builds:
    dataset: Dataset
    runs: tuple[Build, ...]


@dataclass(frozen=True)
class FieldUse:
    """One row a recorded response: route, client, fields (frozenset of used paths), sent and used (bytes after gzip)."""

    dataset: Dataset
    frame: pd.DataFrame


@dataclass(frozen=True)
class Capacity:
    """What the service took on Monday: requests a second within the budget; `missed`: the share that its caches let through meanwhile."""

    dataset: Dataset
    rate: float
    low: float
    high: float
    missed: float = 1.0


NO_TRACES = Missing("no traces are given; name OTLP JSON files under decisions.traces in target.toml")
NO_BUILDS = Missing("there is no run summary of Turborepo; write one with turbo run build --summarize")
NO_FIELDS = Missing("nobody recorded which fields clients use; name a file under decisions.field_use in target.toml")
NO_CAPACITY = Missing("Monday measured no capacity; set cache.origin_limit in target.toml")


@dataclass(frozen=True)
class Evidence:
    """Everything that a criterion may ask for; a part that is missing says why."""

    requests: Requests | Missing
    history: History | Missing
    statements: Statements | Missing
    traces: Traces | Missing = NO_TRACES
    builds: Builds | Missing = NO_BUILDS
    fields: FieldUse | Missing = NO_FIELDS
    capacity: Capacity | Missing = NO_CAPACITY
    known: Decisions = field(default_factory=Decisions)
    cache: Cache = field(default_factory=Cache)
    prices: Prices = field(default_factory=Prices)

    @property
    def any_dataset(self) -> Dataset | None:
        """A file of the week beside which a stated figure stands; None where nothing was gathered."""
        parts = (self.requests, self.history, self.traces, self.builds)
        return next((one.dataset for one in parts if not isinstance(one, Missing)), None)
