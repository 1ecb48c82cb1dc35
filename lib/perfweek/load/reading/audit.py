"""What must be known of results before any figure is read from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading.outcome import Outcome
from perfweek.load.reading.samples import FileRead, Samples
from perfweek.load.reading.shapes import PARTS
from perfweek.load.reading.summary import Comparison

_EDGE = 0.1
_FEWEST = 100


@dataclass(frozen=True)
class LittlesLaw:
    """Over the middle 80 % of the run: requests in flight as the mean over time, and as rate (a second) times mean duration. They differ by
    more than a few percent where times or durations are wrong, or the load changed much."""

    in_flight: float
    rate: float
    duration_s: float

    @property
    def ratio(self) -> float:
        return self.rate * self.duration_s / self.in_flight if self.in_flight else float("nan")


@dataclass(frozen=True)
class Audit:
    """`rows` whole rows and `lost` ones (or regions), the first of them with file and line; `times_back`: rows with an earlier time than the
    row before, by at most `most_back_ms`; `resolution_s` of the times. `parts_differ`: requests whose sending, waiting and receiving do not
    add up to their duration; `without_parts`: requests without all three. `pause_s`: the longest time without a
    request under way. `little` is None where times are in whole seconds or requests few.
    `comparisons` with a summary, empty without one."""

    files: Sequence[FileRead]
    rows: int
    lost: int
    first_damage: str
    times_back: int
    most_back_ms: float
    resolution_s: float
    requests: int
    failed: int
    refused: int
    timed_out: int
    iterations: int
    dropped_iterations: int
    start_s: float
    length_s: float
    parts_differ: int
    without_parts: int
    pause_s: float
    little: LittlesLaw | None
    comparisons: Sequence[Comparison] = ()
    summary: Path | None = None


def audit_of(samples: Samples, outcome: Outcome, comparisons: Sequence[Comparison] = (), summary: Path | None = None) -> Audit:
    """Look over what was read; pure counting, nothing is corrected."""
    files, dropped = samples.files, samples.count_dropped
    sums = samples.part_ms[:, PARTS.index("sending") :].sum(axis=1, dtype=np.float64)
    known = ~np.isnan(sums)
    differ = np.abs(sums - samples.duration_ms) > 1e-3 + 1e-6 * samples.duration_ms
    start, end = (float(outcome.start_s.min()), float(samples.end_ns.max() / 1e9)) if len(samples.tag) else (float("nan"), float("nan"))
    resolution = resolution_of(samples)
    return Audit(
        files=files,
        rows=sum(file.rows for file in files),
        lost=sum(file.lost for file in files),
        first_damage=next((file.first_damage for file in files if file.lost), ""),
        times_back=sum(file.times_back for file in files),
        most_back_ms=max((file.most_back_ns for file in files), default=0) / 1e6,
        resolution_s=resolution,
        requests=len(samples.tag),
        failed=int(outcome.failed.sum()),
        refused=int(outcome.refused.sum()),
        timed_out=int(outcome.timed_out.sum()),
        iterations=int(samples.count[~dropped].sum()),
        dropped_iterations=int(samples.count[dropped].sum()),
        start_s=start,
        length_s=end - start,
        parts_differ=int((known & differ).sum()),
        without_parts=int((~known).sum()),
        pause_s=_longest_pause(outcome.start_s, samples.end_ns / 1e9),
        little=None if resolution == 1 or len(samples.tag) < _FEWEST else littles_law(samples, outcome),
        comparisons=comparisons,
        summary=summary,
    )


def _longest_pause(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> float:
    order = np.argsort(starts)
    pauses = starts[order][1:] - np.maximum.accumulate(ends[order])[:-1]
    return float(max(pauses.max(initial=0.0), 0.0))


def resolution_of(samples: Samples) -> float:
    """How finely the files tell the time, in seconds: 1, 1e-3, 1e-6 or 1e-9; of the coarsest file."""
    finest = [1e-9 if file.finer & 4 else 1e-6 if file.finer & 2 else 1e-3 if file.finer & 1 else 1.0 for file in samples.files if file.rows]
    return max(finest, default=1.0)


def littles_law(samples: Samples, outcome: Outcome) -> LittlesLaw:
    """L = lambda W (Little 1961), measured on both sides."""
    starts, durations = outcome.start_s, samples.duration_ms / 1000
    ends = starts + durations
    first, last = float(starts.min()), float(ends.max())
    low, high = first + _EDGE * (last - first), last - _EDGE * (last - first)
    window = high - low
    if window <= 0:
        return LittlesLaw(0.0, 0.0, 0.0)
    overlap = np.clip(np.minimum(ends, high) - np.maximum(starts, low), 0, None)
    begun = (starts >= low) & (starts < high)
    count = int(begun.sum())
    return LittlesLaw(float(overlap.sum()) / window, count / window, float(durations[begun].mean()) if count else 0.0)
