"""Two profiles compared: which calls cost more or less CPU time a request, and of which one cannot tell.

The same load asks for the same things in the same order, so the windows of two runs are compared in pairs, the first with the first. A profile
against itself has many functions that differ by chance: the p-values are adjusted for all comparisons (Benjamini and Hochberg 1995).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from scipy.stats import t as student

from perfweek.profiling.cost import counted
from perfweek.profiling.record import Profile
from perfweek.profiling.run import ProfileRun, Window
from perfweek.profiling.shares import Counts
from perfweek.profiling.stacks import Stack
from perfweek.stats import CONFIDENCE, Estimate, benjamini_hochberg, mean_of_windows

Key = TypeVar("Key", bound=Hashable)
Verdict = Literal["more", "less", "cannot tell"]
FEWEST_PAIRS = 3
SMALLEST = 0.005
"""Calls below this share of the CPU time a request, both profiles together, are not tested."""


@dataclass(frozen=True)
class Change:
    """CPU-milliseconds a request `before` and `after`, the `difference` with its t interval over pairs of windows, `p` adjusted for all
    comparisons, and the verdict: 'more' and 'less' at a false discovery rate of 5 %."""

    before: float
    after: float
    difference: Estimate
    p: float
    verdict: Verdict


@dataclass(frozen=True)
class Differential:
    """CPU-milliseconds a request of each stack in both profiles; what changed by call (`paths`, the frames from the root to it, () for all
    together, with all that it calls) and by function on its own (`functions`). `pairs` of windows were compared. `refused` says why they cannot
    be compared, else ''."""

    before: Mapping[Stack, float]
    after: Mapping[Stack, float]
    paths: Mapping[Stack, Change]
    functions: Mapping[str, Change]
    pairs: int
    refused: str = ""


def differential(before: ProfileRun, after: ProfileRun) -> Differential:
    """Compare two profile runs; nothing is compared where one is missing or they were taken in different ways (`refused`)."""
    first, second = counted(before.on), counted(after.on)
    pairs = min(len(first), len(second))
    refused = incomparable(before.profile, after.profile)
    if not refused and pairs < FEWEST_PAIRS:
        refused = f"there are {pairs} pairs of windows with requests, and {FEWEST_PAIRS} are needed"
    if refused:
        return Differential({}, {}, {}, {}, pairs, refused)
    one, other = first[:pairs], second[:pairs]
    return Differential(
        _mean(_costs(one, lambda stack: [stack])),
        _mean(_costs(other, lambda stack: [stack])),
        changes(_costs(one, _prefixes), _costs(other, _prefixes)),
        changes(_costs(one, lambda stack: stack[-1:]), _costs(other, lambda stack: stack[-1:])),
        pairs,
    )


def incomparable(before: Profile, after: Profile) -> str:
    """Why two profiles must not be compared: names and idle threads differ between versions of py-spy, shares between its modes; else ''."""
    for profile, when in ((before, "first"), (after, "second")):
        if profile.reason:
            return f"there is no {when} profile: {profile.reason}"
    if before.version != after.version:
        return f"they were taken by py-spy {before.version} and {after.version}, which name functions and count idle threads differently"
    if (sorted(before.flags), before.rate_hz) != (sorted(after.flags), after.rate_hz):
        return "they were taken in different modes of py-spy, of which each sees other shares"
    return ""


def changes(before: Mapping[Key, Counts], after: Mapping[Key, Counts]) -> dict[Key, Change]:
    """key -> Change, for a value a window of each key in CPU-milliseconds a request (a key that is missing cost nothing)."""
    pairs = len(next(iter({**before, **after}.values()), ()))
    nothing = np.zeros(pairs)
    both = {key: (before.get(key, nothing), after.get(key, nothing)) for key in {**before, **after}}
    largest = max((float(one.mean() + other.mean()) for one, other in both.values()), default=0.0)
    found = {key: _change(one, other) for key, (one, other) in both.items() if one.mean() + other.mean() >= SMALLEST * largest}
    adjusted = benjamini_hochberg([change.p for change in found.values()])
    return {key: _judged(change, p) for (key, change), p in zip(found.items(), adjusted, strict=True)}


def _change(before: Counts, after: Counts) -> Change:
    difference = mean_of_windows(after - before)
    spread = float(np.std(after - before, ddof=1)) / math.sqrt(len(after))
    p = 2 * float(student.sf(abs(difference.value) / spread, len(after) - 1)) if spread else float(difference.value == 0)
    return Change(float(before.mean()), float(after.mean()), difference, p, "cannot tell")


def _judged(change: Change, p: float) -> Change:
    if not p < 1 - CONFIDENCE:
        return replace(change, p=p)
    return replace(change, p=p, verdict="more" if change.difference.value > 0 else "less")


def _costs(windows: Sequence[Window], keys: Callable[[Stack], Iterable[Key]]) -> dict[Key, Counts]:
    """CPU-milliseconds a request in each window of every key that `keys` gives for a stack."""
    costs: dict[Key, Counts] = defaultdict(lambda: np.zeros(len(windows)))
    for place, window in enumerate(windows):
        ms = 1000 * window.slot.cpu_s / window.samples / sum(window.served.values()) if window.samples else 0.0
        for stack, samples in window.stacks.items():
            for key in keys(stack):
                costs[key][place] += samples * ms
    return dict(costs)


def _prefixes(stack: Stack) -> Iterable[Stack]:
    return (stack[:depth] for depth in range(len(stack) + 1))


def _mean(costs: Mapping[Stack, Counts]) -> dict[Stack, float]:
    return {stack: float(values.mean()) for stack, values in costs.items()}
