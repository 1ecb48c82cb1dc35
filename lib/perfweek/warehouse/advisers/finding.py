"""What an adviser says: a change, what it would save, how sure that is, and what it could not judge."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["credits", "s", "B"]


@dataclass(frozen=True)
class Finding:
    """`low`, `likely` and `high` are the saving over the time that the history spans, in `unit`; `evidence` says what it was computed
    from; `cannot_judge` what would change it and was not seen."""

    adviser: str
    title: str
    low: float
    likely: float
    high: float
    unit: Unit
    confidence: Literal["measured", "replayed", "estimated"]
    evidence: str
    cannot_judge: str = ""
    fingerprints: tuple[str, ...] = ()
