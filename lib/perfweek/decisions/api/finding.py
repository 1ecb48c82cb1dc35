"""A check's finding, and what is at stake in a week's traffic."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from perfweek.decisions.api.spec import Operation, Spec
from perfweek.decisions.api.traffic import RouteTraffic, Traffic
from perfweek.stats import Estimate

Quantity = Literal["bytes", "ms", "requests"]


@dataclass(frozen=True)
class Stake:
    """What a week's traffic has to do with a finding: `a_week` of the quantity, which is `share` of all of it. `spared`: it is an upper
    bound of what the change spares; else it is what the finding touches."""

    quantity: Quantity
    a_week: Estimate
    share: float
    spared: bool = False


@dataclass(frozen=True)
class Finding:
    """`what` is wrong with `route` ('' for the whole document) at `pointer`, what to `do`; `stake` is None without traffic.

    `by`: 'perfweek', or the linter that found it.
    """

    check: str
    route: str
    what: str
    do: str
    pointer: str = ""
    stake: Stake | None = None
    by: str = "perfweek"

    @property
    def weight(self) -> float:
        """What findings are ranked by: the share of a week's traffic; -1 where no traffic says."""
        return -1.0 if self.stake is None or math.isnan(self.stake.share) else self.stake.share


@dataclass(frozen=True)
class Material:
    """What checks look at. `traffic` is None without an access log; `budget_ms` is the service's p95 budget, None without one."""

    spec: Spec
    traffic: Traffic | None = None
    budget_ms: float | None = None

    def seen(self, operation: Operation) -> RouteTraffic | None:
        return self.traffic.of(operation) if self.traffic else None

    def touched(self, operation: Operation, quantity: Quantity) -> Stake | None:
        """All of the operation's traffic; None where no log was given or the operation is not in it."""
        seen = self.seen(operation)
        return self.stake(quantity, amount_a_week(seen, quantity)) if seen else None

    def stake(self, quantity: Quantity, a_week: Estimate, *, spared: bool = False) -> Stake:
        assert self.traffic
        whole = {"bytes": self.traffic.bytes_a_week, "ms": self.traffic.ms_a_week, "requests": self.traffic.requests_a_week}[quantity]
        return Stake(quantity, a_week, a_week.value / whole if whole else math.nan, spared)


def amount_a_week(traffic: RouteTraffic, quantity: Quantity) -> Estimate:
    return {"bytes": traffic.bytes_a_week, "ms": traffic.ms_a_week, "requests": traffic.requests_a_week}[quantity]


@dataclass(frozen=True)
class Check:
    """A principle that a document or its traffic can break. `id` names it in runbooks/adr/api-principles.md."""

    id: str
    principle: str
    find: Callable[[Material], Iterator[Finding]]
