"""The Universal Scalability Law: throughput against concurrency, with contention and coherency (Gunther 2007, chapter 4).

    X(N) = g N / (1 + a (N - 1) + b N (N - 1))

g: throughput of one request at a time; a: the share that waits its turn; b: the cost of keeping each other informed, which makes
throughput fall beyond the peak at N* = sqrt((1 - a) / b). Divided by the measured throughput, the law is linear in 1/g, a/g and b/g:
least squares of the relative error, none of the three below zero. Intervals: a parametric bootstrap. A level is one observation, because
within it everything follows everything; each is drawn anew around the law with an error as large as the residuals, and as unsure of its
size as their number makes it. On 7 and 10 levels with errors of 2 and 5 % the nominal 95 % were found to be 93 to 98 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from perfweek.stats import CONFIDENCE, Estimate

FEWEST_LEVELS = 6
FARTHEST = 2.0
"""The law is not asked about more than this multiple of the largest concurrency that was tested."""
_APART = 1.02
_PARAMETERS = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """A fitted law. `peak`: concurrency of the largest throughput, without value where b is not told from zero or the peak lies farther
    off than FARTHEST; `most`: the throughput there. `tested`: the largest concurrency of the data; `draws`: (g, a, b) of each resample."""

    g: Estimate
    a: Estimate
    b: Estimate
    peak: Estimate
    most: Estimate
    tested: float
    draws: Floats

    @property
    def falls(self) -> bool:
        """Whether the data show that throughput falls again beyond a peak: the interval of b leaves zero out."""
        return self.b.low > 0

    def throughput(self, concurrency: float) -> Estimate:
        """X(N). Without value beyond FARTHEST times the tested load: nothing is known there."""
        if not 0 < concurrency <= FARTHEST * self.tested:
            return Estimate(math.nan, math.nan, math.nan, self.g.n, f"beyond {FARTHEST:g} times the tested load")
        value = float(law(concurrency, self.g.value, self.a.value, self.b.value))
        return _estimate(value, law(concurrency, *self.draws.T), self.g.n)


@dataclass(frozen=True)
class NoScaling:
    """Why there is no fit."""

    reason: str


def law(concurrency: ArrayLike, g: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """X(N) of the law."""
    n = np.asarray(concurrency, float)
    return np.asarray(g, float) * n / (1 + np.asarray(a, float) * (n - 1) + np.asarray(b, float) * n * (n - 1))


def fit_scaling(concurrency: Sequence[float], throughput: Sequence[float], resamples: int = 1000, seed: int = 1) -> Scaling | NoScaling:
    """Fit the law to one point a level. NoScaling below FEWEST_LEVELS different concurrencies, or where throughput does not depend on it."""
    n, x = np.asarray(concurrency, float), np.asarray(throughput, float)
    known = np.isfinite(n) & np.isfinite(x) & (n > 0) & (x > 0)
    n, x = n[known], x[known]
    levels = _distinct(n)
    if levels < FEWEST_LEVELS:
        return NoScaling(f"{levels} of the {FEWEST_LEVELS} different concurrencies that a fit needs were measured")
    fitted = _least_squares(n, x)
    if fitted is None:
        return NoScaling("throughput does not grow with concurrency")
    draws = _resampled(n, x, fitted, resamples, seed)
    g, a, b = (_estimate(float(value), draws[:, column], len(n)) for column, value in enumerate(fitted))
    tested = float(n.max())
    peak, most = _peak(fitted, draws, b, tested, len(n))
    return Scaling(g, a, b, peak, most, tested, draws)


def _distinct(n: Floats) -> int:
    ordered = np.sort(n)
    return int(len(ordered) and 1 + np.count_nonzero(ordered[1:] > _APART * ordered[:-1]))


def _terms(n: Floats) -> Floats:
    return np.column_stack([np.ones_like(n), n - 1, n * (n - 1)])


def _least_squares(n: Floats, x: Floats) -> Floats | None:
    """(g, a, b) with the least sum of (X / law - 1) squared; None where no g explains the data."""
    columns = _terms(n) * (x / n)[:, None]
    scale = np.abs(columns).max(axis=0)
    scale[scale == 0] = 1.0
    found, _ = nnls(columns / scale, np.ones_like(n))
    inverse, *rest = found / scale
    return np.array([1.0, *rest]) / inverse if inverse > 0 else None


def _resampled(n: Floats, x: Floats, fitted: Floats, resamples: int, seed: int) -> Floats:
    """(g, a, b) of each resample: normal errors as large as the residuals, and as unsure as their number makes them."""
    random = np.random.default_rng(seed)
    expected = law(n, *fitted)
    freedom = len(n) - _PARAMETERS
    spread = math.sqrt(float(np.sum((x / expected - 1) ** 2)) / freedom)
    sizes = spread * np.sqrt(freedom / random.chisquare(freedom, resamples))
    errors = sizes[:, None] * random.standard_normal((resamples, len(n)))
    drawn = [_least_squares(n, expected * np.maximum(1 + error, 0.05)) for error in errors]
    return np.array([draw for draw in drawn if draw is not None])


def _peak(fitted: Floats, draws: Floats, b: Estimate, tested: float, levels: int) -> tuple[Estimate, Estimate]:
    nowhere = math.sqrt((1 - fitted[1]) / fitted[2]) if b.low > 0 and fitted[1] < 1 else math.nan
    if not nowhere <= FARTHEST * tested:
        why = "no peak: coherency is not told from zero" if not b.low > 0 else f"the peak lies beyond {FARTHEST:g} times the tested load"
        unknown = Estimate(math.nan, math.nan, math.nan, levels, why)
        return unknown, unknown
    peaks = np.sqrt(np.maximum(1 - draws[:, 1], 0) / np.maximum(draws[:, 2], 1e-300))
    most = law(peaks, *draws.T)
    return _estimate(nowhere, peaks, levels), _estimate(float(law(nowhere, *fitted)), most, levels)


def _estimate(value: float, drawn: Floats, levels: int) -> Estimate:
    low, high = np.quantile(drawn, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return Estimate(
        value, min(float(low), value), max(float(high), value), levels, f"parametric bootstrap over {levels} levels, {len(drawn)} resamples"
    )
