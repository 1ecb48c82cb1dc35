"""What an adviser says: a change, what it would save, how sure that is, what it could not judge, and the scripts that make and undo it."""

from dataclasses import dataclass
from typing import Literal

from perfweek.predictions import Prediction

Unit = Literal["credits", "s", "B"]


@dataclass(frozen=True)
class Change:
    """The scripts of a finding: statements in Snowflake's dialect without their semicolons, names quoted, nothing taken from a query's text but
    names that were parsed. Each may be run twice.

    `name`: a slug such as 'cluster-unified-data-catalog', of which the files are named; `former`: the state before, in words, as captured;
    `warning`: what the rollback does not bring back; `costs`: what making and keeping it costs, in words; `grants`: privileges that it needs;
    `embedded`: the same for the embedded engine, where that differs; None where the embedded engine has no such thing, with
    `apply` empty where Snowflake has none. `predictions`: what Friday will look for; their artifact is filled in when the files are written.
    `check`: what running the verify script costs, in words, where that is more than a question.
    `rewritten`: statements as they would be written after the change, markers as `:name`; for a change of a text alone, `apply` and `rollback` are
    empty: the text is changed where it is written.
    """

    name: str
    apply: tuple[str, ...]
    verify: tuple[str, ...]
    rollback: tuple[str, ...]
    costs: str
    grants: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    former: str = ""
    warning: str = ""
    embedded: "Change | None" = None
    predictions: tuple[Prediction, ...] = ()
    rewritten: tuple[str, ...] = ()
    check: str = ""


@dataclass(frozen=True)
class Finding:
    """`low`, `likely` and `high` are the saving over the time that the history spans, in `unit`; `cost` is what the change costs over the same
    time, in that unit; `evidence` says what it was computed from, `assumes` what was taken to be so without being seen, and `cannot_judge` what would
    change it and was not seen."""

    adviser: str
    title: str
    low: float
    likely: float
    high: float
    unit: Unit
    confidence: Literal["measured", "replayed", "simulated", "estimated"]
    evidence: str
    cannot_judge: str = ""
    assumes: str = ""
    fingerprints: tuple[str, ...] = ()
    cost: float = 0.0
    change: Change | None = None

    @property
    def net(self) -> float:
        """The likely saving less what the change costs."""
        return self.likely - self.cost
