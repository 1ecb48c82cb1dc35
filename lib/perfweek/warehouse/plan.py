"""The optimization plan: the findings that are worth making, in order of net benefit, each with the name of its scripts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perfweek.metrics import CATALOGUE
from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.wording import size
from perfweek.wording import number, percent

FOLDER: Final = "wednesday"
_UNITS: Final = ("credits", "s", "B")
_NAMES: Final = {"credits": "credits", "s": "s of execution", "B": "bytes"}


@dataclass(frozen=True)
class Planned:
    """A finding that is accepted: it has a change, and its likely saving is more than it costs. `stem`: what the names of its scripts begin
    with, such as '01-cluster-orders'."""

    finding: Finding
    change: Change
    stem: str

    def here(self, embedded: bool) -> Change | None:
        """The change for the engine in use; None where that engine has no such thing."""
        return self.change.embedded if embedded else self.change

    def script(self, kind: str, embedded: bool = False) -> str:
        """The file's name: kind is apply, verify or rollback."""
        return f"{self.stem}.{kind}{'_embedded' if embedded else ''}.sql"


def ranked(findings: Sequence[Finding]) -> list[Finding]:
    """Credits first, then seconds, then bytes, each with the largest net benefit first."""
    return sorted(findings, key=lambda one: (_UNITS.index(one.unit), -_net(one)))


def plan_of(findings: Sequence[Finding]) -> list[Planned]:
    """The accepted findings in order, numbered."""
    accepted = [(one, one.change) for one in ranked(findings) if one.change is not None and _net(one) > 0]
    return [Planned(finding, change, f"{place:02}-{change.name}") for place, (finding, change) in enumerate(accepted, 1)]


def predictions_of(plan: Sequence[Planned], embedded: bool) -> list[Prediction]:
    """What Friday will look for where the plan's changes are made on the engine in use. One series is predicted once: by the change that comes
    first."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Prediction] = {}
    for one in plan:
        change = one.here(embedded)
        name = one.script("apply", embedded) if change and change.apply else f"{one.stem}.rewritten.sql"
        artifact = f"artifacts/{FOLDER}/{name}"
        for prediction in change.predictions if change else ():
            named = Prediction(**(vars(prediction) | {"artifact": artifact}))
            found.setdefault((prediction.metric, tuple(sorted(prediction.labels.items()))), named)
    return list(found.values())


def saving_words(finding: Finding) -> str:
    """Such as '3.2 s of execution (2.9 to 3.4)'."""
    return f"{_amount(finding, finding.likely)} ({_bare(finding, finding.low)} to {_bare(finding, finding.high)})"


def net_words(finding: Finding) -> str:
    """The likely saving less the cost."""
    return _amount(finding, finding.net)


def cost_words(finding: Finding) -> str:
    """What it costs, in the unit of its saving; '' where nothing is counted in that unit."""
    return _amount(finding, finding.cost) if finding.cost else ""


def prediction_words(one: Prediction) -> str:
    """Such as 'GET /search: share of partitions scanned, 97.1 % now, expected 3.2 % (3.2 % to 19.4 %)'."""
    metric = CATALOGUE[one.metric]
    values = (one.before, one.expected_low, one.expected, one.expected_high)
    before, low, likely, high = (percent(value) if metric.unit == "1" else f"{number(value)} {metric.unit}" for value in values)
    whose = f"{', '.join(one.labels.values())}: " if one.labels else ""
    return f"{whose}{metric.title}, {before} now, expected {likely} ({low} to {high})"


def _amount(finding: Finding, value: float) -> str:
    return size(value) if finding.unit == "B" else f"{number(value)} {_NAMES[finding.unit]}"


def _bare(finding: Finding, value: float) -> str:
    return size(value) if finding.unit == "B" else number(value)


def _net(finding: Finding) -> float:
    """A finding whose saving cannot be told comes last and is not accepted."""
    return -math.inf if math.isnan(finding.net) else finding.net
