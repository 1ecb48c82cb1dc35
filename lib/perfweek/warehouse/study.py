"""Everything that Wednesday's notebook shows, measured and worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from perfweek import evidence
from perfweek.target import Target
from perfweek.warehouse.clustering import Advice, advise
from perfweek.warehouse.connection import is_embedded
from perfweek.warehouse.history import EndpointTiming, History, endpoint_timings, read_history
from perfweek.warehouse.measure import collect_history, has_history
from perfweek.warehouse.measure_table import clustering_key, collect_sample, read_sample
from perfweek.warehouse.tableuse import table_uses
from perfweek.week import Week

NO_HISTORY = (
    "No data: neither Monday's run nor the target brings a query history. Name a connection, a database or an exported history "
    "under [warehouse] in target.toml."
)
NO_TABLE = (
    "Cannot tell: the history holds no successful SELECT of a single table with its partitions counted and a column restricted, "
    "so no order of rows can be judged."
)
NO_SAMPLE = "Cannot tell: the history names a table, but the target has no warehouse to take a sample of its rows from."
ONE_PARTITION = "Nothing to gain: the table that takes the most time fits into one partition."


@dataclass(frozen=True)
class Study:
    """`history` is None for no data; `advice` is None where `missing` says why. `rows` and `sampled` are of the advised table,
    `key_now` the clustering key that it has; the sources are evidence files relative to the week's folder."""

    threshold_ms: int
    top: int
    embedded: bool
    history: History | None = None
    timings: tuple[EndpointTiming, ...] = ()
    advice: Advice | None = None
    missing: str = NO_HISTORY
    sample_source: str = "no sample"
    key_now: str = ""
    about_sample: Mapping[str, Any] | None = None

    @property
    def source(self) -> str:
        """The statements themselves."""
        return self.history.source if self.history else "no query history"

    @property
    def answers(self) -> str:
        """The folder of the answers to sql/history/."""
        return self.history.answers if self.history else "no query history"

    def answer(self, name: str) -> str:
        """The evidence file of one answer, such as 'endpoints'."""
        return self.answers.replace("extent.parquet", f"{name}.parquet")


def take_study(week: Week, target: Target, slow_ms: int = -1, top: int = 100) -> Study:
    """Collect the history and the sample, and judge one clustering key. `slow_ms`: the threshold, -1 for the target's.

    Raises EvidenceError (no run on Monday, a damaged history) and WarehouseError (no such connection, login refused, file in use).
    """
    threshold = target.warehouse.slow_query_ms if slow_ms < 0 else slow_ms
    study = Study(threshold, top, is_embedded(target))
    if not has_history(week, target):
        return study
    history = read_history(week, collect_history(week, target, threshold, top))
    return _with_advice(week, target, replace(study, history=history, timings=tuple(endpoint_timings(history.statements))), history)


def _with_advice(week: Week, target: Target, study: Study, history: History) -> Study:
    uses = [use for use in table_uses(history.statements) if use.weights]
    if not uses:
        return replace(study, missing=NO_TABLE)
    if uses[0].partitions < 2:
        return replace(study, missing=ONE_PARTITION)
    measured = collect_sample(week, target, uses[0])
    if measured is None:
        return replace(study, missing=NO_SAMPLE)
    sample = read_sample(measured, uses[0])
    return replace(
        study,
        advice=advise(uses[0], sample, history.statements),
        missing="",
        sample_source=evidence.relative(week, measured.path("sample.parquet")),
        key_now=clustering_key(measured),
        about_sample={"rows": sample.rows, "share": sample.share},
    )
