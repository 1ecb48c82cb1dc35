"""Where each level of load has warmed up: what the service did before is no figure of the service as it runs.

Only stretches of constant load are looked at: in a ramp the response time moves because the load does. A level is a series of log
quantiles, each request against the median of its own endpoint, so that a change of the mix is no change of speed. MSER-5 (Spratt
1998) chooses where to cut: where the standard error of the mean of what is left is least. It proposes a cut in a third of all series
that are level from the start, so a cut also has to remove something that is clearly slower or faster than the rest.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.load.plan import Phase, Plan

Kind = Literal["flat", "warm-up", "slowdown", "no steady state", "too short"]
QUANTILES = (0.5, 0.9)
BATCH = 5
SMALLEST_CHANGE = math.log(1.1)
_LARGEST_T = 4.0
_FEWEST_BATCHES = 8
_STEPS, _SHORTEST_S, _LONGEST_S, _FEWEST_A_STEP = 100, 0.2, 1.0, 5
_MOST_CORRELATION = 0.8
_NEARLY_LEAST = 1.1
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """A stretch of constant load. `kind`: 'flat' from the start; 'warm-up' where the first `cut_s` seconds are slower than the rest and
    'slowdown' where they are faster; 'no steady state' where it is still changing in the second half and nothing is cut; 'too short' to
    tell. `change`: the response time of the first part over that of the rest (of the first half over the second without a steady state),
    1 where nothing was found."""

    phase: Phase
    kind: Kind
    cut_s: float
    change: float


def levels_of(requests: pd.DataFrame, plan: Plan, origin: float, resolution_s: float = 1e-3) -> tuple[Level, ...]:
    """One for each plateau of `plan`, in its order. `requests`: time (epoch seconds), scenario, endpoint, duration_ms, failed;
    `origin`: epoch seconds of the start of the test; `resolution_s`: how finely the times are known."""
    answered = requests[~requests["failed"] & (requests["duration_ms"] > 0)]
    return tuple(_level(_within(answered, phase, origin), phase, origin, resolution_s) for phase in plan.plateaus)


def without_warmup(plan: Plan, levels: Sequence[Level]) -> Plan:
    """`plan` with the first seconds of a plateau as a phase 'warm-up' of their own where a level has any to cut."""
    cuts = {level.phase: level.cut_s for level in levels if level.cut_s}
    phases = chain.from_iterable(_divided(phase, cuts.get(phase, 0.0)) for phase in plan.phases)
    return replace(plan, phases=tuple(sorted(phases, key=lambda phase: phase.start_s)))


def log_quantiles(requests: pd.DataFrame, start: float, end: float, q: float, step_s: float) -> Floats:
    """The `q`-quantile of log(duration over the median of its endpoint) of each `step_s` seconds from `start` to `end` (epoch seconds);
    steps without a request are left out."""
    logs = np.log(requests["duration_ms"])
    relative = logs - logs.groupby(requests["endpoint"], observed=True).transform("median")
    step = np.floor((requests["time"] - start) / step_s)
    return relative[step < math.floor((end - start) / step_s)].groupby(step).quantile(q).to_numpy(dtype=float)


def mser5(series: Floats) -> tuple[int, int, Floats]:
    """(how many batches to cut in the first half, how many at all, the means of batches of five).

    The first cut for which the squared standard error of the mean of the rest is within a tenth of its least: where the rest is level,
    chance decides which is the very least. Five batches are always left; observations that fill no batch are left out at the start."""
    count = len(series) // BATCH
    means = series[len(series) - count * BATCH :].reshape(count, BATCH).mean(axis=1)
    left = count - np.arange(count)
    sums, squares = (np.cumsum(column[::-1])[::-1] for column in (means, means**2))
    spread = (squares - sums**2 / left) / left**2
    early, late = (int(np.argmax(part <= _NEARLY_LEAST * part.min())) for part in (spread[: count // 2 + 1], spread[: max(count - BATCH, 1)]))
    return early, late, means


def judged(series: Floats) -> tuple[Kind, float, float]:
    """(kind, share of the series to cut, log of the change) of one series; see `Level`."""
    if len(series) < _FEWEST_BATCHES * BATCH:
        return "too short", 0.0, 0.0
    cut, late, means = mser5(series)
    half = len(means) // 2
    if change := _drift(means[cut:]):
        return "no steady state", 0.0, change
    if 0 < cut < half and (change := _change(means[:cut], means[cut:])):
        return ("warm-up" if change > 0 else "slowdown"), (len(series) - BATCH * (len(means) - cut)) / len(series), change
    if late >= half and (change := _change(means[:late], means[late:])):  # it changes for longer than may be cut
        return "no steady state", 0.0, change
    return "flat", 0.0, 0.0


def _level(requests: pd.DataFrame, phase: Phase, origin: float, resolution_s: float) -> Level:
    length, start = phase.end_s - phase.start_s, origin + phase.start_s
    step_s = max(min(max(length / _STEPS, _SHORTEST_S), _LONGEST_S), resolution_s, _FEWEST_A_STEP * length / max(len(requests), 1))
    found = [judged(log_quantiles(requests, start, start + length, q, step_s)) for q in QUANTILES]
    order: tuple[Kind, ...] = ("too short", "flat", "slowdown", "warm-up", "no steady state")
    kind, share, change = max(found, key=lambda one: (order.index(one[0]), one[1]))
    return Level(phase, kind, math.ceil(share * length), math.exp(change))


def _change(first: Floats, rest: Floats) -> float:
    """How far the mean of `first` lies above that of `rest`; 0 where it may be chance by how `rest` spreads, or is less than a tenth of it."""
    change = float(first.mean() - rest.mean())
    error = math.sqrt(_variance(rest - rest.mean()) * (1 / len(first) + 1 / len(rest)))
    return change if abs(change) > max(SMALLEST_CHANGE, _LARGEST_T * error) else 0.0


def _drift(means: Floats) -> float:
    """How far the first half of a straight line through `means` lies above its second half; 0 as in `_change`."""
    steps = np.arange(len(means)) - (len(means) - 1) / 2
    slope = float(steps @ means) / float(steps @ steps)
    error = math.sqrt(_variance(means - means.mean() - slope * steps) / float(steps @ steps))
    change = -slope * len(means) / 2
    return change if abs(change) > SMALLEST_CHANGE and abs(slope) > _LARGEST_T * error else 0.0


def _variance(apart: Floats) -> float:
    """Of a long mean's terms: batches follow each other, and their correlation counts as that of an autoregressive series would."""
    square = float(apart @ apart)
    correlation = float(apart[1:] @ apart[:-1]) / square + 1 / len(apart) if square else 0.0
    correlation = min(max(correlation, 0.0), _MOST_CORRELATION)
    return square / max(len(apart) - 1, 1) * (1 + correlation) / (1 - correlation)


def _within(requests: pd.DataFrame, phase: Phase, origin: float) -> pd.DataFrame:
    offset = requests["time"] - origin
    return requests[(requests["scenario"] == phase.scenario) & (offset >= phase.start_s) & (offset < phase.end_s)]


def _divided(phase: Phase, cut_s: float) -> tuple[Phase, ...]:
    if not cut_s:
        return (phase,)
    middle = phase.start_s + cut_s
    return replace(phase, kind="warm-up", end_s=middle), replace(phase, start_s=middle)
