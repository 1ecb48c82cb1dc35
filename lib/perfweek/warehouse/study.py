"""Everything that Wednesday's notebook shows, measured and worked out once."""

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
import pyarrow.parquet as pq

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.target import Target
from perfweek.warehouse.advisers import findings_of
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.clustering.judgements import judgements
from perfweek.warehouse.clustering.proof import collect_proof
from perfweek.warehouse.clustering.proven import Proof, read_proof
from perfweek.warehouse.connection import is_embedded
from perfweek.warehouse.history import EndpointTiming, History, endpoint_timings, read_history
from perfweek.warehouse.kept_look import read_look
from perfweek.warehouse.known_tables import TABLES, collect_tables
from perfweek.warehouse.measure import collect_history, has_history
from perfweek.week import Week

NO_HISTORY = (
    "No data: neither Monday's run nor the target brings a query history. Name a connection, a database or an exported history "
    "under [warehouse] in target.toml."
)


@dataclass(frozen=True)
class Study:
    """`history` and `material` are None for no data; `findings` of all advisers, the largest net saving of each unit first; `proof` of the
    best clustering key where it was laid out; `samples` is the evidence file of the tables that were asked. `checklist`: statements that
    the week-1 checklist's question finds. Sources are relative to the week."""

    threshold_ms: int
    top: int
    embedded: bool
    history: History | None = None
    timings: tuple[EndpointTiming, ...] = ()
    material: Material | None = None
    findings: tuple[Finding, ...] = ()
    proof: Proof | None = None
    samples: str = "no sample"
    checklist: int = 0

    @property
    def source(self) -> str:
        """The statements themselves."""
        return self.history.source if self.history else "no query history"

    @property
    def answers(self) -> str:
        """One of the answers to sql/history/, beside which the others lie."""
        return self.history.answers if self.history else "no query history"

    def answer(self, name: str) -> str:
        """The evidence file of one answer, such as 'endpoints'."""
        return self.answers.replace("extent.parquet", f"{name}.parquet")


def take_study(week: Week, target: Target, slow_ms: int = -1, top: int = 100) -> Study:
    """Collect the history and samples of its tables, ask all advisers, and lay the best clustering key out where that can be done.
    `slow_ms`: the threshold, -1 for the target's.

    Raises EvidenceError (no run on Monday, a damaged history) and WarehouseError (no such connection, login refused, file in use).
    """
    threshold = target.warehouse.slow_query_ms if slow_ms < 0 else slow_ms
    study = Study(threshold, top, engine_of(target) == "embedded")
    if not has_history(week, target):
        return study
    measured = collect_history(week, target, threshold, top)
    history = read_history(week, measured)
    material = _material(week, target, measured, history.statements)
    taken = evidence.read(week, TABLES) if material.tables else None
    return replace(
        study,
        history=history,
        timings=tuple(endpoint_timings(history.statements)),
        material=material,
        findings=tuple(findings_of(material)),
        proof=_proof(week, target, material),
        checklist=pq.read_metadata(measured.path("checklist.parquet")).num_rows,
        samples=evidence.relative(week, taken.path("tables.json")) if taken else study.samples,
    )


def engine_of(target: Target) -> Literal["snowflake", "embedded", "export"]:
    """Where the statements ran, as the advisers want to know it."""
    if target.warehouse.history:
        return "export"
    return "embedded" if is_embedded(target) else "snowflake"


def _material(week: Week, target: Target, measured: Measurement, statements: pd.DataFrame) -> Material:
    look = read_look(measured, "the query history")
    return Material(look, statements, engine_of(target), collect_tables(week, target, look, statements))


def _proof(week: Week, target: Target, material: Material) -> Proof | None:
    """Of the first table."""
    judged = material.once(judgements)
    measured = collect_proof(week, target, judged[0]) if judged else None
    return read_proof(week, measured) if measured else None
