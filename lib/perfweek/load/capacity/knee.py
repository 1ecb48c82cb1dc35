"""Where response times bend upwards: the knee of the 95th percentile against the load, and the load that the service cannot serve.

A level line and a rising one that meet at the knee are fitted to the logarithm of the 95th percentile, each level of load weighted by how
sure it is. There is a knee where the second line rises in nearly all draws of the levels from their intervals, and where the response
time grows by half along it: a bend that nobody would feel is none.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perfweek.load.capacity.cells import ALLOWED, Cell
from perfweek.stats import CONFIDENCE, Estimate

FEWEST_CELLS = 5
SMALLEST_RISE = 1.5
_BETWEEN = 4
_SUREST, _UNSURE = 0.2, math.log(2)
"""Standard deviations of log p95: of the surest level, because from one stretch to the next more changes than its own requests show,
and of one whose interval its few or drifting requests do not give."""
_Z = 1.96
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Knee:
    """`rate`: arrivals a second at the bend (without value where there is none, `reason` then says why); `p95_ms`: the fitted response
    time up to there; `rise`: that at the highest level over it."""

    rate: Estimate
    p95_ms: float
    rise: float
    reason: str


def find_knee(cells: Sequence[Cell], resamples: int = 1000, seed: int = 1) -> Knee:
    """The knee of p95 against the offered rate, over the whole levels; NaN with its reason where there is none."""
    known = [cell for cell in cells if cell.whole and cell.p95.value > 0]
    if len(known) < FEWEST_CELLS:
        return _none(len(known), f"{len(known)} of the {FEWEST_CELLS} levels that a knee needs were measured")
    rates = np.array([cell.offered for cell in known])
    p95, spread = np.log([cell.p95.value for cell in known]), np.array([_spread(cell.p95) for cell in known])
    drawn = p95 + spread * np.random.default_rng(seed).standard_normal((resamples, len(known)))
    bends = _between(rates)
    bend, line = (found[0] for found in _hinges(rates, p95[None, :], 1 / spread, bends))
    drawn_bends, lines = _hinges(rates, drawn, 1 / spread, bends)
    sure = float((lines[:, 1] > 0).mean()) >= (1 + CONFIDENCE) / 2
    rise = math.exp(float(line[1] * (rates[-1] - bend)))
    if not sure or rise < SMALLEST_RISE:
        return _none(len(known), "response times are no longer at the highest load than at the lowest")
    low, high = np.quantile(drawn_bends, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    method = f"a level and a rising line through log p95 of {len(known)} levels, {resamples} draws"
    return Knee(Estimate(float(bend), *_widened(rates, float(bend), float(low), float(high)), len(known), method), math.exp(float(line[0])), rise, "")


def _spread(p95: Estimate) -> float:
    """Standard deviation of the logarithm, from the interval."""
    known = p95.low > 0 and math.isfinite(p95.high)
    return max(_SUREST, math.log(p95.high / p95.low) / (2 * _Z)) if known else _UNSURE


def saturated_from(cells: Sequence[Cell]) -> Cell | None:
    """The lowest level at which requests piled up, and from which on they did at every whole level; None where there is none."""
    found = None
    for cell in sorted(cells, key=lambda cell: cell.offered, reverse=True):
        if cell.saturated:
            found = cell
        elif cell.whole:
            break
    return found


def highest_kept(cells: Sequence[Cell]) -> Estimate:
    """The highest rate of arrivals at which the budget for the 95th percentile was kept.

    low: the highest level that surely kept it; high: the lowest level above that which surely missed it, NaN where none did ('at least').
    Value: the highest level below `high` whose own figures keep it; NaN where there is none. A disturbed level below a higher one that
    surely kept the budget does not count.
    """
    ordered = sorted(cells, key=lambda cell: cell.offered)
    kept = [cell.offered for cell in ordered if cell.whole and cell.verdict == "kept"]
    low = max(kept, default=math.nan)
    high = min((cell.offered for cell in ordered if cell.verdict == "missed" and not cell.offered < low), default=math.nan)
    below = [cell.offered for cell in ordered if cell.whole and cell.late.value <= ALLOWED and not cell.offered >= high]
    value = max(below, default=math.nan)
    return Estimate(value, low, high, len(ordered), f"{len(ordered)} levels of load; the bounds are levels that surely kept and surely missed it")


def _between(rates: Floats) -> Floats:
    """Where the lines may meet: at the levels and between them, so that each line has two levels."""
    inner = rates[1:-1]
    return np.unique(np.concatenate([np.linspace(low, high, _BETWEEN + 1) for low, high in pairwise(inner)]))


def _hinges(rates: Floats, values: Floats, weights: Floats, bends: Floats) -> tuple[Floats, Floats]:
    """For each row of `values`: the bend with the least weighted squares, and its lines: the height of the level one, the slope of the other."""
    errors, lines = [], []
    for bend in bends:
        columns = np.column_stack([np.ones_like(rates), np.maximum(rates - bend, 0)]) * weights[:, None]
        solved = (values * weights) @ np.linalg.pinv(columns).T
        errors.append(np.sum((values * weights - solved @ columns.T) ** 2, axis=1))
        lines.append(solved)
    best = np.argmin(errors, axis=0)
    return bends[best], np.array(lines)[best, np.arange(len(values))]


def _widened(rates: Floats, bend: float, low: float, high: float) -> tuple[float, float]:
    """The interval, reaching at least to the levels on both sides: nothing was measured between them."""
    below, above = rates[rates < bend], rates[rates > bend]
    return min(low, float(below[-1]) if len(below) else low), max(high, float(above[0]) if len(above) else high)


def _none(cells: int, reason: str) -> Knee:
    return Knee(Estimate(math.nan, math.nan, math.nan, cells, reason), math.nan, math.nan, reason)
