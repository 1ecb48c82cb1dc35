"""The scaling curve of each template: what another size did to its times, where both sizes were seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perfweek.blocks import Blocks
from perfweek.stats import Ratio, benjamini_hochberg
from perfweek.warehouse.shares import ratio_of_sums
from perfweek.warehouse.sizing.runs import Run

FEWEST = 20
"""Statements of a template at each size, for a ratio of their times."""
SMALLEST_EFFECT = 0.1
LEVEL = 0.05
RESAMPLES, STRETCHES = 400, 30
Floats = NDArray[np.float64]
Verdict = Literal["faster", "slower", "same", "cannot tell"]


@dataclass(frozen=True)
class Step:
    """One template from a smaller to a larger size: `ratio` is the geometric mean of elapsed times at the larger over that at the smaller one;
    `medians` are the medians at the two, in seconds."""

    template: str
    smaller: Run
    larger: Run
    ratio: Ratio
    medians: tuple[float, float]
    verdict: Verdict

    @property
    def gain(self) -> float:
        """How many times as fast."""
        return 1 / self.ratio.value if self.ratio.value else float("nan")


@dataclass(frozen=True)
class Total:
    """All templates that ran at both sizes: mean elapsed time at the smaller size over that at the larger, each template weighted by its number of
    statements at the larger; `low` and `high` from blocks of time."""

    smaller: Run
    larger: Run
    gain: float
    low: float
    high: float


def steps(runs: Sequence[Run]) -> list[Step]:
    """Each neighbouring pair of sizes (`runs` ascending by rate) and each template with FEWEST statements at both; corrected for their number."""
    found = []
    for smaller, larger in pairwise(runs):
        for template in sorted(_common(smaller, larger, FEWEST)):
            medians = [float(np.median(run.elapsed_s[run.templates == template])) for run in (smaller, larger)]
            found.append((template, smaller, larger, ratio_of_times(smaller, larger, template), (medians[0], medians[1])))
    adjusted = benjamini_hochberg([ratio.p for *_, ratio, _ in found])
    return [Step(*parts, _verdict(parts[3], p)) for parts, p in zip(found, adjusted, strict=True)]


def ratio_of_times(smaller: Run, larger: Run, template: str) -> Ratio:
    """Geometric mean of a template's elapsed times at the larger size over that at the smaller.

    Where both ran the same stream, the same stretches of it are resampled on both sides, so that its bursts do not count as uncertainty.
    """
    paired = same_stream(smaller, larger)
    drawn, values, number = [], [], 0
    for seed, run in enumerate((smaller, larger)):
        own = run.templates == template
        logs, n = np.log(run.elapsed_s[own]), int(own.sum())
        places = np.arange(n, dtype=float) if paired else run.starts_s[own]
        blocks = Blocks(0.0, float(n), STRETCHES) if paired else Blocks.of(places)
        weights = blocks.weights(RESAMPLES, 1 if paired else 1 + seed)[:, blocks.cell(places)]
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn.append((weights @ logs) / weights.sum(axis=1))
        values.append(float(logs.mean()))
        number += n
    method = f"{STRETCHES} stretches of one stream, resampled on both sides" if paired else "moving-block bootstrap of each side"
    return _ratio(np.exp(values[1] - values[0]), np.exp(drawn[1] - drawn[0]), number, f"geometric means; {method}; {RESAMPLES} resamples")


def _ratio(value: float, drawn: Floats, n: int, method: str) -> Ratio:
    known = drawn[np.isfinite(drawn)]
    if len(known) < RESAMPLES / 2:
        return Ratio(value, np.nan, np.nan, n, f"{method}; too few for an interval", np.nan)
    low, high = np.quantile(known, (0.025, 0.975))
    below = (np.count_nonzero(known < 1) + 0.5) / (len(known) + 1)
    return Ratio(value, float(min(low, value)), float(max(high, value)), n, method, float(2 * min(below, 1 - below)))


def same_stream(one: Run, other: Run) -> bool:
    """Whether both ran about the same number of each template: a stream that was run again, as benchmarks and rehearsals do."""
    counts = [dict(zip(*np.unique(run.templates.astype(str), return_counts=True), strict=True)) for run in (one, other)]
    return set(counts[0]) == set(counts[1]) and all(abs(number - counts[1][name]) <= 0.02 * number for name, number in counts[0].items())


def totals(runs: Sequence[Run]) -> list[Total]:
    """A row a neighbouring pair of sizes that share a template."""
    return [_total(smaller, larger) for smaller, larger in pairwise(runs) if _common(smaller, larger, 1)]


def _common(smaller: Run, larger: Run, fewest: int) -> set[str]:
    counted = [dict(zip(*np.unique(run.templates.astype(str), return_counts=True), strict=True)) for run in (smaller, larger)]
    return {str(name) for name, number in counted[0].items() if number >= fewest and counted[1].get(name, 0) >= fewest}


def _verdict(ratio: Ratio, p: float) -> Verdict:
    if np.isnan(ratio.low) or np.isnan(ratio.high):
        return "cannot tell"
    if ratio.low > 1 - SMALLEST_EFFECT and ratio.high < 1 + SMALLEST_EFFECT:
        return "same"
    if p >= LEVEL or 1 - SMALLEST_EFFECT < ratio.value < 1 + SMALLEST_EFFECT:
        return "cannot tell"
    return "slower" if ratio.value > 1 else "faster"


def _total(smaller: Run, larger: Run) -> Total:
    """The mix of the larger one's statements stands for both: each statement of the smaller counts for as many as its template is more common."""
    common = sorted(_common(smaller, larger, 1))
    means = []
    for run in (smaller, larger):
        weights = np.zeros(len(run.starts_s))
        for template in common:
            own, wanted = run.templates == template, (larger.templates == template).sum()
            weights[own] = wanted / own.sum()
        means.append(ratio_of_sums(run.elapsed_s * weights, weights, run.starts_s, block_s=max(1.0, float(np.ptp(run.starts_s)) / 40)))
    small, large = means
    spread = np.sqrt(sum(np.log(one.high / one.low) ** 2 for one in means)) / 2 if all(one.low > 0 for one in means) else np.nan
    gain = small.value / large.value
    return Total(smaller, larger, gain, float(gain * np.exp(-spread)), float(gain * np.exp(spread)))
