"""Estimates with their uncertainty.

Latencies of one run follow each other: an interval that takes them for independent is two to six times too narrow.
The quantiles here are therefore resampled in blocks of time (circular moving-block bootstrap: Politis and Romano 1992),
as long as the run allows (`block_seconds`); the percentile interval is widened for the number of blocks (Hesterberg 2015,
section 4.3) and for a level of the run that stays for longer than a block (`resampling.dependence`).
On 20 s of simulated latencies the nominal 95 % were 94 % where they were independent, and 90 % where the level of the run was
correlated by 0.7 from second to second (blocks of 1 s: 65 %); on 60 s 95 % and 92 %, on 300 s 96 %. A run that is short against
what moves its level knows too little: 20 s with a correlation of 0.9 gave 70 %, and p99 of a strongly correlated run 70 to 86 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfweek.resampling import CELLS_A_BLOCK, Sample, dependence, dependence_below, resampled_quantiles, widened
from perfweek.student import normal_from_student, student_from_normal

CONFIDENCE = 0.95
FEWEST_BLOCKS = 5
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, the number of observations behind it and how the interval was made.

    `low` and `high` are NaN where the data identify no bound (say so in the report: a missing bound is a result).
    `n_eff`: how many independent observations would have told as much; NaN where the method does not ask.
    """

    value: float
    low: float
    high: float
    n: int
    method: str
    n_eff: float = field(default=math.nan, kw_only=True)


@dataclass(frozen=True)
class Ratio(Estimate):
    """A quantile of the second run over that of the first; `p` is the two-sided p-value of 'the ratio is 1' (NaN where
    the interval is), made from the same resamples as the interval: p < 0.05 exactly where the interval leaves 1 out."""

    p: float


def block_seconds(span_s: float) -> float:
    """The length of a block for a run of `span_s` seconds: its square root, but no fewer than six blocks and no less than 1 s."""
    return max(1.0, min(math.sqrt(span_s), span_s / 6))


def block_quantile(values: ArrayLike, times: ArrayLike, q: float, *, block_s: float | None = None, resamples: int = 1000, seed: int = 1) -> Estimate:
    """The `q`-quantile of `values` observed at `times` (seconds, any order); see `block_quantiles`."""
    return block_quantiles(values, times, (q,), block_s=block_s, resamples=resamples, seed=seed)[0]


def block_quantiles(
    values: ArrayLike, times: ArrayLike, qs: Sequence[float], *, block_s: float | None = None, resamples: int = 1000, seed: int = 1
) -> list[Estimate]:
    """The quantiles `qs` from the same resamples, in the order of `qs`. Value: linear interpolation, as k6 and numpy do it.

    Blocks of `block_seconds`, and the interval widened for correlation beyond them; with `block_s` given, blocks of that length as they are.
    A bound is NaN where n observations do not identify the quantile (`identified`), or fewer than 5 blocks hold any. Infinite values are
    allowed (no answer is slower than any), NaN is an error of the caller (ValueError). `n_eff` says how many independent ones tell as much.
    """
    if not np.size(values):
        return [_nothing() for _ in qs]
    run = _Run.of(values, times, block_s)
    known = [dependence(run.sample, q) for q in qs]
    drawn = run.drawn(qs, [one.widening for one in known], resamples, seed)
    return [
        _interval(run.sample.quantile(q), drawn[:, column], [run], q, run.method(resamples), known[column].effective) for column, q in enumerate(qs)
    ]


def block_draws(values: ArrayLike, times: ArrayLike, qs: Sequence[float], *, resamples: int = 1000, seed: int = 1) -> NDArray[np.float64]:
    """Array (resamples, len(qs)) of the resampled quantiles that the intervals of `block_quantiles` are made of, before these are widened for
    the number of blocks; NaN rows where a resample drew only empty blocks, no rows without observations."""
    if not np.size(values):
        return np.empty((0, len(qs)))
    run = _Run.of(values, times, None)
    return run.drawn(qs, [dependence(run.sample, q).widening for q in qs], resamples, seed)


def block_ratio(
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    q: float,
    *,
    block_s: float | None = None,
    resamples: int = 1000,
    seed: int = 1,
) -> Ratio:
    """The `q`-quantile of the run `after` over that of `before`, each a pair (values, times in seconds).

    The two runs are resampled independently, in blocks of one length (that of the shorter); n counts both. NaN bounds and p as in
    `block_quantiles`, for either run. The interval knows how each run varied within itself, not how runs differ from each other.
    """
    n = np.size(before[0]) + np.size(after[0])
    if not np.size(before[0]) or not np.size(after[0]):
        return Ratio(math.nan, math.nan, math.nan, n, "no data", math.nan)
    shortest = min(float(np.ptp(np.asarray(times, dtype=float))) for _, times in (before, after))
    runs = [_Run.of(*run, block_s, shortest) for run in (before, after)]
    known = [dependence(run.sample, q) for run in runs]
    first, second = (run.drawn((q,), [known[place].widening], resamples, seed + place)[:, 0] for place, run in enumerate(runs))
    below, above = (run.sample.quantile(q) for run in runs)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = second / first
    found = _interval(
        above / below if below else math.nan, drawn, runs, q, f"two runs, {runs[0].method(resamples)}", sum(one.effective for one in known)
    )
    p = math.nan if math.isnan(found.low) else _p_value(drawn, min(run.blocks for run in runs))
    return Ratio(found.value, found.low, found.high, n, found.method, p, n_eff=found.n_eff)


def identified(q: float, n: int) -> bool:
    """Whether n observations bound the `q`-quantile on both sides: 1 - max(q, 1 - q)^n >= 95 %, so p99 needs 299.

    The chance that all of n independent observations lie on one side of the quantile is q^n (order statistics,
    David and Nagaraja 2003, section 7.1).
    """
    return n > 0 and max(q, 1 - q) ** n <= 1 - CONFIDENCE


def wilson(successes: int, n: int) -> Estimate:
    """The share successes / n with its score interval (Wilson 1927), for independent observations; NaN for n = 0."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share")
    if n == 0:
        return _nothing()
    return Estimate(successes / n, *_score_interval(successes / n, n, _Z), n, "Wilson interval", n_eff=float(n))


def block_share(flags: ArrayLike, times: ArrayLike) -> Estimate:
    """The share of `flags` (true or false) observed at `times` (seconds), with a Wilson interval for the effective number of observations.

    Failures come in bursts, so n is divided by the design effect that the counts of time blocks show, and Student's t for the number of blocks
    takes the place of the normal quantile (Korn and Graubard 1998, for the score interval). As if independent where all flags are equal or fewer
    than 5 blocks hold any.
    """
    flagged = np.asarray(flags, dtype=float)
    n, successes = len(flagged), int(np.sum(flagged))
    if not 0 < successes < n:
        return wilson(successes, n)
    run = _Run.of(flagged, times, None)
    known = dependence_below(run.sample, n - successes)
    if run.blocks < FEWEST_BLOCKS or known.effective >= n:
        return wilson(successes, n)
    bounds = _score_interval(successes / n, known.effective, student_from_normal(_Z, run.blocks - 1))
    return Estimate(successes / n, *bounds, n, f"Wilson interval for n_eff from {run.block_s:.2g} s blocks", n_eff=known.effective)


def _score_interval(share: float, n: float, z: float) -> tuple[float, float]:
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n * n)) / (1 + z**2 / n)
    return (0.0 if share == 0 else centre - half), (1.0 if share == 1 else centre + half)


def ratio_of_windows(numerators: ArrayLike, denominators: ArrayLike) -> Estimate:
    """sum(numerators) / sum(denominators) over windows of time, with a t interval from how the windows differ.

    Such as CPU seconds over requests, a window each (ratio estimator: Cochran 1977, section 6.4). n counts windows; fewer
    than two that hold anything give no bounds.
    """
    top, bottom = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    windows, total = int(np.count_nonzero(bottom)), float(bottom.sum())
    if not total:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    value = float(top.sum()) / total
    if windows < 2:
        return Estimate(value, math.nan, math.nan, windows, "one window: no interval")
    error = math.sqrt(windows / (windows - 1) * float(np.sum((top - value * bottom) ** 2))) / total
    half = student_from_normal(_Z, windows - 1) * error
    return Estimate(value, value - half, value + half, windows, f"t interval over {windows} windows")


def mean_of_windows(values: ArrayLike) -> Estimate:
    """The mean of one value a window, with its t interval; NaN bounds for fewer than two."""
    windows = np.asarray(values, dtype=float)
    return ratio_of_windows(windows, np.ones_like(windows))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that rejecting those below a keeps the false discovery rate at a (Benjamini and Hochberg 1995).

    In the order given. NaN (no test was possible) stays NaN and does not count as a comparison.
    """
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * (len(order) / np.arange(1, len(order) + 1))
    adjusted = p.copy()
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return adjusted.tolist()


@dataclass(frozen=True)
class _Run:
    """Checked observations of one run, in blocks of `block_s` seconds, `blocks` of which hold any; `free`: chosen here, not by the caller."""

    sample: Sample
    block_s: float
    blocks: int
    free: bool

    @classmethod
    def of(cls, values: ArrayLike, times: ArrayLike, block_s: float | None, span_s: float | None = None) -> "_Run":
        value, time = np.asarray(values, dtype=float), np.asarray(times, dtype=float)
        if value.ndim != 1 or value.shape != time.shape:
            raise ValueError("values and times must be two lists of one length")
        if np.isnan(value).any() or not np.isfinite(time).all():
            raise ValueError("values and times must be numbers")
        length = block_s or block_seconds(float(np.ptp(time)) if span_s is None else span_s)
        sample = Sample.of(value, time, length)
        blocks = int(np.count_nonzero(np.bincount(sample.cells // CELLS_A_BLOCK)))
        return cls(sample, length, blocks, block_s is None)

    def method(self, resamples: int) -> str:
        length = f"{self.block_s:.2g}" if self.free else f"{self.block_s:g}"
        return f"moving-block bootstrap, {length} s blocks, {resamples} resamples"

    def drawn(self, qs: Sequence[float], widenings: Sequence[float], resamples: int, seed: int) -> NDArray[np.float64]:
        """Resampled quantiles; where the length of blocks was free as far from the quantile as correlation beyond a block makes them, within
        what was observed."""
        found = resampled_quantiles(self.sample, qs, resamples=resamples, seed=seed)
        for column, (q, widening) in enumerate(zip(qs, widenings, strict=True)):
            if self.free:
                further = widened(found[:, column], self.sample.quantile(q), widening)
                found[:, column] = np.clip(further, self.sample.values[0], self.sample.values[-1])
        return found


def _nothing() -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, 0, "no data", n_eff=0.0)


def _interval(value: float, drawn: NDArray[np.float64], runs: Sequence[_Run], q: float, method: str, effective: float) -> Estimate:
    sizes, blocks = [len(run.sample.values) for run in runs], min(run.blocks for run in runs)
    if blocks < FEWEST_BLOCKS or not all(identified(q, size) for size in sizes):
        return Estimate(value, math.nan, math.nan, sum(sizes), f"{method}; too few observations for an interval", n_eff=effective)
    tail = _NORMAL.cdf(-student_from_normal(_Z, blocks - 1) * math.sqrt(blocks / (blocks - 1)))
    ordered = np.sort(drawn[~np.isnan(drawn)])
    low, high = (ordered[round(place * (len(ordered) - 1))] for place in (tail, 1 - tail))
    return Estimate(value, min(float(low), value), max(float(high), value), sum(sizes), method, n_eff=effective)


def _p_value(ratios: NDArray[np.float64], blocks: int) -> float:
    """The level at which the widened interval of `ratios` just reaches 1."""
    known = ratios[~np.isnan(ratios)]
    below = (np.count_nonzero(known < 1) + np.count_nonzero(known == 1) / 2 + 0.5) / (len(known) + 1)
    student = abs(_NORMAL.inv_cdf(below)) * math.sqrt((blocks - 1) / blocks)
    return 2 * _NORMAL.cdf(-normal_from_student(student, blocks - 1))
