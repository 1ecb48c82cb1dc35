"""What a criterion is, and how the evidence judges it.

A rule says what is measured and where the threshold lies; a criterion is a rule with what this week's evidence says.
Only an interval that lies wholly past the threshold supports or opposes. One that straddles it is inconclusive, and a
value with too few observations behind it, or that covers too little of the traffic, is no data.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from scipy.stats import norm

from perfweek.decisions.joint import Drawn
from perfweek.decisions.material import Dataset, InputGrade, Missing
from perfweek.resampling import Floats
from perfweek.stats import Estimate

Verdict = Literal["supports", "opposes", "inconclusive", "no data"]
Direction = Literal["at least", "at most"]
Role = Literal["necessary", "supporting", "veto"]

SURER = float(norm.ppf(0.995) / norm.ppf(0.975))
"""How much wider a normal interval of 99 % is than one of 95 %. Several criteria decide a record, and each may miss: at 95 % each, a record whose
criteria lie on their thresholds would be decided, wrongly, in more than one week of twenty."""
GRADES = {"L": "literature", "P": "practitioners' reports", "M": "measured", "D": "derived", "J": "our default"}


@dataclass(frozen=True)
class Threshold:
    """A value `direction` `supports` supports; one on the far side of `opposes` opposes. The two differ where the source gives a range.

    `grade`: where the threshold comes from, a key of GRADES. `meaning` says it in words.
    """

    direction: Direction
    supports: float
    opposes: float
    grade: str
    meaning: str

    def __post_init__(self) -> None:
        if self.grade not in GRADES or (self.supports < self.opposes if self.direction == "at least" else self.supports > self.opposes):
            raise ValueError(f"{self} contradicts itself")


@dataclass(frozen=True)
class Rule:
    """One measured question of a decision record. `unit` '1' is a share. `instead`: the cheaper cure, said when the rule opposes.

    `formula` names the quantity's source. `waived_by`: criteria that support in its place, so that it no longer refuses. `measure`: what to
    do where there is no data. Fewer than `fewest` observations, or less than `least_coverage` of the traffic, is no data.
    """

    record: str
    id: str
    quantity: str
    unit: str
    formula: str
    threshold: Threshold
    role: Role
    instead: str
    fewest: int
    least_coverage: float = 0.5
    waived_by: tuple[str, ...] = ()
    measure: str = ""

    @property
    def name(self) -> str:
        """Such as 'ADR-001.peak-write-rate', as target.toml's decisions.thresholds writes it."""
        return f"{self.record}.{self.id}"

    @property
    def sign(self) -> str:
        """What stands behind its values: '%' for a share, nothing for other quantities, whose unit the heading gives."""
        return "%" if self.unit == "1" else ""


@dataclass(frozen=True)
class Observation:
    """What a dataset says on a rule: the estimate, the share of the traffic that it covers, and a finding in words."""

    estimate: Estimate
    coverage: float
    input_grade: InputGrade
    finding: str
    draws: Floats | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, drawn: Drawn, coverage: float, input_grade: InputGrade, finding: str) -> "Observation":
        return cls(drawn.estimate, coverage, input_grade, finding, drawn.draws)


@dataclass(frozen=True)
class Criterion:
    """A rule, what was observed and the verdict. `reason` says why there is no data; `dataset` is None where there is none at all.

    `source`: the evidence file behind the value, or behind the lack of one.
    """

    rule: Rule
    dataset: Dataset | None
    observation: Observation | None
    verdict: Verdict
    reason: str = ""
    source: str = ""

    @property
    def estimate(self) -> Estimate:
        return self.observation.estimate if self.observation else Estimate(math.nan, math.nan, math.nan, 0, "no data")


class Dated(Protocol):
    """Any part of the evidence that knows its file."""

    @property
    def dataset(self) -> Dataset: ...


Data = TypeVar("Data", bound=Dated)


def criterion(rule: Rule, material: Missing | Data, observe: Callable[[Data], Observation | Missing]) -> Criterion:
    """Judge `rule` by what `observe` finds in `material`; either may be missing, with its reason."""
    if isinstance(material, Missing):
        return Criterion(rule, None, None, "no data", material.reason, material.source)
    dataset = material.dataset
    found = observe(material)
    if isinstance(found, Missing):
        return Criterion(rule, dataset, None, "no data", found.reason, dataset.source)
    reason = lacking(rule, found)
    return Criterion(rule, dataset, found, "no data" if reason else verdict(rule.threshold, found.estimate), reason, dataset.source)


def lacking(rule: Rule, found: Observation) -> str:
    """Why the observation is too little to judge by; '' where it is enough."""
    estimate = found.estimate
    if estimate.n < rule.fewest:
        return f"{estimate.n} observations, at least {rule.fewest} are needed"
    if found.coverage < rule.least_coverage:
        return f"the data cover {100 * found.coverage:.0f} % of what is asked, at least {100 * rule.least_coverage:.0f} % are needed"
    if math.isnan(estimate.value + estimate.low + estimate.high):
        return "too few observations for an interval"
    return ""


def stated(rule: Rule, value: float, dataset: Dataset | None, finding: str, key: str) -> Criterion:
    """Judge what people know and no measurement tells; below 0 nobody has said."""
    if value < 0:
        return Criterion(rule, None, None, "no data", f"nobody has said; set decisions.{key} in target.toml", dataset.source if dataset else "")
    estimate = Estimate(value, value, value, max(1, rule.fewest), f"stated in target.toml, decisions.{key}")
    return Criterion(
        rule, dataset, Observation(estimate, 1.0, "assumed", finding), verdict(rule.threshold, estimate), "", dataset.source if dataset else ""
    )


def verdict(threshold: Threshold, estimate: Estimate) -> Verdict:
    """Where the whole 99 % interval lies: on the supporting side, on the opposing side, or across (inconclusive).

    The estimate's own, of 95 %, is stretched on either side of the value: see SURER.

    >>> rule = Threshold("at least", supports=3000, opposes=1000, grade="P", meaning="")
    >>> verdict(rule, Estimate(7, 5, 9, 540, "")), verdict(rule, Estimate(2000, 1500, 2500, 540, ""))
    ('opposes', 'inconclusive')
    """
    low = estimate.value - SURER * (estimate.value - estimate.low)
    high = estimate.value + SURER * (estimate.high - estimate.value)
    if threshold.direction == "at least":
        supports, opposes = low >= threshold.supports, high < threshold.opposes
    else:
        supports, opposes = high <= threshold.supports, low > threshold.opposes
    return "supports" if supports else "opposes" if opposes else "inconclusive"
