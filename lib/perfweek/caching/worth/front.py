"""Many designs side by side: the front of cost against p95, and the cheapest that reaches a target."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.designs import candidates, levels
from perfweek.caching.worth.outcome import Outcome, tried
from perfweek.caching.worth.workload import Workload
from perfweek.stats import Estimate

AS_GOOD = 1.005  # two times this close are one


@dataclass(frozen=True)
class Point:
    """A design with its dollars a month, its p95 in ms and the share of the reads that reach the origin."""

    design: Design
    dollars: Estimate
    p95: Estimate
    origin: Estimate


@dataclass(frozen=True)
class Front:
    """`points`: every design that was tried. `best`: those that no other beats in cost and p95, the cheapest first. `target_ms`: what p95 must reach;
    `chosen`: the cheapest design whose p95 reaches it with its whole interval; None where none does."""

    points: Sequence[Point]
    best: Sequence[Point]
    target_ms: float
    chosen: Point | None

    @property
    def proposed(self) -> Point:
        """The chosen design, else the fastest of the front."""
        return self.chosen or min(self.best, key=lambda point: (point.p95.value, point.dollars.value))


def front_of(workload: Workload, start: Design, target_ms: float) -> Front:
    """All candidates of `start` tried, on a sample of the keys where the trace is long."""
    part = workload.for_many()
    points = [_point(tried(part, design)) for design in candidates(part, start)]
    reaching = [point for point in points if _upper(point.p95) <= target_ms]
    chosen = min(reaching, key=lambda point: (round(point.dollars.value, 2), len(levels(point.design)), point.p95.value), default=None)
    return Front(points, _best(points), target_ms, chosen)


def _point(outcome: Outcome) -> Point:
    return Point(outcome.design, outcome.dollars(), outcome.quantile(0.95), outcome.share("origin"))


def _best(points: Sequence[Point]) -> list[Point]:
    """From the cheapest up, each that is clearly faster than all before it; of equal ones the one with the fewest tiers."""
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (round(point.dollars.value, 2), len(levels(point.design)), point.p95.value)):
        if not best or point.p95.value * AS_GOOD < best[-1].p95.value:
            best.append(point)
    return best


def _upper(estimate: Estimate) -> float:
    return estimate.value if math.isnan(estimate.high) else estimate.high
