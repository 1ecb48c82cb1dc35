"""Effects between two sides of several runs each: the run is the unit of replication.

Two runs of the same thing differ by more than the requests of one run tell, so an interval comes from how runs differ (Kalibera and Jones,
ISMM 2013). A hierarchical bootstrap draws runs with replacement, then blocks of time within each; its draws keep their shape and get the
spread that the runs show: Welch's standard error and Student's t for the few runs there are, never less than what one run knows of itself.
With one run on a side only the variation within the runs is known, and the effect says so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from perfweek.stats import CONFIDENCE, FEWEST_BLOCKS, Estimate, block_draws, block_seconds

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
RESAMPLES = 500
_TAILS = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Effect(Estimate):
    """A 'ratio' (after over before) or a 'difference' (after less before). `p`: two-sided, of no effect; `error`: the standard error (of the
    logarithm, for a ratio) with its degrees of freedom; `runs`: how many on each side, and `spread` how much runs of one side differ
    (standard deviation, of the logarithm for a ratio). All NaN where the data do not say."""

    p: float
    kind: Literal["ratio", "difference"]
    error: float = math.nan
    freedom: float = math.nan
    runs: tuple[int, int] = (1, 1)
    spread: float = math.nan

    @property
    def replicated(self) -> bool:
        """Whether each side has several runs."""
        return min(self.runs) > 1


@dataclass(frozen=True)
class RunQuantiles:
    """Logarithms of one run's latencies at QUANTILES, and of their resamples (a row each); `blocks` of time hold any."""

    n: int
    values: Floats
    draws: Floats
    blocks: int

    @classmethod
    def of(cls, latencies_ms: ArrayLike, times_s: ArrayLike, seed: int = 1) -> "RunQuantiles":
        """Of the latencies of one run and the seconds at which they were observed; no latency at all gives NaN."""
        values, times = np.asarray(latencies_ms, dtype=float), np.asarray(times_s, dtype=float)
        if not len(values):
            return cls(0, np.full(len(QUANTILES), math.nan), np.full((RESAMPLES, len(QUANTILES)), math.nan), 0)
        span = float(np.ptp(times))
        blocks = len(np.unique(np.floor((times - times.min()) / block_seconds(span))))
        with np.errstate(divide="ignore"):
            drawn = np.log(block_draws(values, times, QUANTILES, resamples=RESAMPLES, seed=seed))
            return cls(len(values), np.log(np.quantile(values, QUANTILES)), drawn, blocks)


def quantile_ratio(before: Sequence[RunQuantiles], after: Sequence[RunQuantiles], q: float, n: int, seed: int = 1) -> Effect:
    """The `q`-quantile of the runs of one side over that of the other, in the mean of their logarithms; q is one of QUANTILES."""
    column = QUANTILES.index(q)
    sides = [[run for run in side if run.n] for side in (before, after)]
    if not all(sides):
        return nothing("ratio", n)
    if min(map(len, sides)) == 1 and min(run.blocks for side in sides for run in side) < FEWEST_BLOCKS:
        return _unbounded(_change([[run.values[column] for run in side] for side in sides]), n, "too few seconds for an interval", sides)
    levels = [np.array([run.values[column] for run in side]) for side in sides]
    drawn = [np.array([run.draws[:, column] for run in side]) for side in sides]
    within = [float(np.mean([_variance(draws) for draws in side])) for side in drawn]
    random = np.random.default_rng(seed)
    hierarchical = _drawn(drawn[1], random) - _drawn(drawn[0], random)
    blocks = min(run.blocks for side in sides for run in side)
    return _of_logarithms(levels, within, n, hierarchical, blocks)


def figure_ratio(before: Sequence[float], after: Sequence[float], within: tuple[float, float] = (0.0, 0.0), n: int = 0, blocks: int = 2) -> Effect:
    """One positive figure a run, such as CPU time a request: its geometric mean over that of the other side. `within`: the variance of the
    logarithm that one run of each side knows of itself, from so many `blocks`; none where it knows nothing."""
    levels = [np.array([value for value in side if value > 0 and math.isfinite(value)]) for side in (before, after)]
    if not all(len(side) for side in levels):
        return nothing("ratio", n)
    if min(map(len, levels)) == 1 and not any(within):
        return _unbounded(_change([np.log(side) for side in levels]), n or sum(map(len, levels)), "one run a side", levels)
    return _of_logarithms([np.log(side) for side in levels], list(within), n or sum(map(len, levels)), None, blocks)


def standard_error(levels: Sequence[Floats], within: Sequence[float], blocks: int) -> tuple[float, float]:
    """Welch's standard error of the difference of two means, and its degrees of freedom (Satterthwaite); a side's variance is that between
    its runs, at least that within one. A side of one run has the variance within it, with the degrees of freedom of its blocks."""
    variances = [max(float(np.var(side, ddof=1)) if len(side) > 1 else 0.0, inner) / len(side) for side, inner in zip(levels, within, strict=True)]
    freedoms = [len(side) - 1 if len(side) > 1 else max(1, blocks - 1) for side in levels]
    total = sum(variances)
    if not total:
        return 0.0, float(min(freedoms))
    freedom = total**2 / sum(variance**2 / free for variance, free in zip(variances, freedoms, strict=True))
    return math.sqrt(total), freedom


def nothing(kind: Literal["ratio", "difference"], n: int = 0) -> Effect:
    """The effect of which nothing is known."""
    return Effect(math.nan, math.nan, math.nan, n, "no data", math.nan, kind)


def _of_logarithms(levels: list[Floats], within: list[float], n: int, drawn: Floats | None, blocks: int) -> Effect:
    change = _change(levels)
    error, freedom = standard_error(levels, within, blocks)
    runs = len(levels[0]), len(levels[1])
    if not math.isfinite(change) or not math.isfinite(error):
        return nothing("ratio", n)
    below, above = _shape(drawn)
    half = float(student.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    p = 2 * float(student.sf(abs(change) / error, freedom)) if error else float(change == 0)
    several = min(runs) > 1
    method = f"hierarchical bootstrap, {runs[0]} and {runs[1]} runs" if several else "moving-block bootstrap within runs; one run a side"
    method = method if drawn is not None else f"Welch's interval, {runs[0]} and {runs[1]} runs"
    spread = math.sqrt(float(np.mean([np.var(side, ddof=1) for side in levels]))) if several else math.nan
    bounds = math.exp(change - half * below), math.exp(change + half * above)
    return Effect(math.exp(change), *bounds, n, method, p, "ratio", error, freedom, runs, spread)


def _change(levels: Sequence[Sequence[float] | Floats]) -> float:
    return float(np.mean(levels[1]) - np.mean(levels[0]))


def _unbounded(change: float, n: int, method: str, sides: Sequence[Sequence[object] | Floats]) -> Effect:
    return Effect(math.exp(change), math.nan, math.nan, n, method, math.nan, "ratio", runs=(len(sides[0]), len(sides[1])))


def _drawn(draws: Floats, random: np.random.Generator) -> Floats:
    """Means over runs drawn with replacement, each by one of its resamples; `draws`: (runs, resamples)."""
    runs, resamples = draws.shape
    chosen = random.integers(runs, size=(resamples, runs))
    return draws[chosen, random.integers(resamples, size=(resamples, runs))].mean(axis=1)


def _variance(draws: Floats) -> float:
    known = draws[np.isfinite(draws)]
    return float(np.var(known)) if len(known) > 1 else 0.0


def _shape(drawn: Floats | None) -> tuple[float, float]:
    """How far the lower and the upper half of the draws reach, against half of both: 1 and 1 for a symmetrical one."""
    known = drawn[np.isfinite(drawn)] if drawn is not None else np.array([])
    if len(known) < 100:
        return 1.0, 1.0
    low, middle, high = np.quantile(known, _TAILS)
    half = (high - low) / 2
    return (float((middle - low) / half), float((high - middle) / half)) if half else (1.0, 1.0)
