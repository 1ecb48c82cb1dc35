"""What a size that was not seen would do to a recorded stream of statements, with a range that says how little is known.

Each draw takes other blocks of time, another number of statements that run at once, and another place between the bounds of the scaling
law; the scaled work is replayed with the recorded arrivals, and where clients are seen to hold so many connections and no more, they wait for
one as they do now. Where three sizes or more are known, the largest of them is first forecast
from the others: how far that was off widens the range.

On three runs of the Cloud Analytics Benchmark, with one size held out each time, the nominal 95 % held the medians of 23, 21 and 23 of 23
templates and every sum (8 credits an hour from 2 and 4, 4 from 2 and 8, 2 from 4 and 8). The ranges are a factor of 4, 5 and 7 wide, and half of
the best guesses are off by less than 1.1, 1.9 and 1.4 times. Without the clients' limit they were 8, 5 and 78 wide: nobody held arrivals back.
How slow a size below the known ones may be (laws.py) was set with these runs in sight: on others it is an assumption.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.blocks import Blocks
from perfweek.warehouse.prices import sizes
from perfweek.warehouse.sizing.curves import SMALLEST_EFFECT
from perfweek.warehouse.sizing.laws import base_of, speeds, speeds_from
from perfweek.warehouse.sizing.runs import SLOTS, Run, most_at_once
from perfweek.warehouse.sizing.sharing import replay
from perfweek.warehouse.sizing.suspend import Gaps

Floats = NDArray[np.float64]
FEWEST = 8
"""Statements of a template at each size; rarer ones scale as all together."""
MOST_TEMPLATES = 100
REST = "rarer templates"
_WORK = 3e5
"""Statements replayed in all draws together: a forecast takes about a second."""


@dataclass(frozen=True)
class Range:
    """95 % of the draws lie between `low` and `high`; `likely` is their median."""

    low: float
    likely: float
    high: float

    @classmethod
    def of(cls, drawn: Floats) -> "Range":
        low, likely, high = np.quantile(drawn, (0.025, 0.5, 0.975))
        return cls(float(low), float(likely), float(high))


@dataclass(frozen=True)
class Forecast:
    """The stream of `base` on a warehouse of `rate` credits an hour. Seconds: `total` of all statements and `p95` of one in the warehouse, with the
    wait in its queue; `waiting` for a connection, the mean of a statement, and `whole_p95` with that as well; `on` the time billed with
    suspending after `suspend_s`; `templates`: template, n, median_now, low, likely, high, verdict. `utilisation`: work over what the slots
    could do in the time of the arrivals, 1 and more does not keep up (the wait then is where it can be: in the warehouse's queue or with the
    client). `known`: the sizes that it is made from; `beyond`: whether `rate` lies outside them."""

    base: Run
    size: str
    rate: float
    known: tuple[float, ...]
    beyond: bool
    total: Range
    p95: Range
    waiting: Range
    whole_p95: Range
    on: Range
    utilisation: Range
    templates: pd.DataFrame
    draws: int

    @property
    def credits(self) -> Range:
        return Range(*(self.rate * seconds / 3600 for seconds in (self.on.low, self.on.likely, self.on.high)))


def forecast(
    runs: Sequence[Run], rate: float, *, base: Run | None = None, suspend_s: float = 60.0, draws: int = 100, seed: int = 1
) -> Forecast | None:
    """`runs`: of one workload, a run a size, ascending; `rate`: credits an hour of the size asked about; `base`: the one of them whose
    statements are replayed, by default the nearest size that is not larger.

    None where fewer than two sizes are known, or they share no template.
    """
    rates = np.array([run.rate for run in runs])
    mix = _templates(runs) if len(runs) > 1 else []
    if not mix:
        return None
    place = next(number for number, run in enumerate(runs) if run is base) if base is not None else base_of(rates, rate)
    base = runs[place].busiest()
    drawing = _Drawing(runs, mix, np.random.default_rng(seed), place)
    off = _spread_of_the_largest(runs, mix) if len(runs) > 2 and rate not in rates else 0.0
    kept = max(20, min(draws, int(_WORK / len(base.starts_s))))
    limit = most_at_once(runs)
    replays = [_replayed(base, mix, drawing, rate, off, limit) for _ in range(kept)]
    waits, elapsed = (np.stack([one[part] for one in replays]) for part in (0, 1))
    return Forecast(
        base=base,
        size=_named(runs, rate),
        rate=rate,
        known=tuple(rates.tolist()),
        beyond=not rates[0] <= rate <= rates[-1],
        total=Range.of(elapsed.sum(axis=1)),
        p95=Range.of(np.quantile(elapsed, 0.95, axis=1)),
        waiting=Range.of(waits.mean(axis=1)),
        whole_p95=Range.of(np.quantile(waits + elapsed, 0.95, axis=1)),
        on=Range.of(np.array([_billed_s(base.starts_s + wait, one, suspend_s) for wait, one in zip(waits, elapsed, strict=True)])),
        utilisation=Range.of(np.array([used for _, _, used in replays])),
        templates=_by_template(base, mix, elapsed),
        draws=kept,
    )


def _billed_s(starts_s: Floats, elapsed_s: Floats, suspend_s: float) -> float:
    return Gaps.of(starts_s, starts_s + elapsed_s).billed(suspend_s).on_s


def _named(runs: Sequence[Run], rate: float) -> str:
    """As the history spells it, else as Snowflake does."""
    seen = {run.rate: run.size for run in runs}
    return seen.get(rate) or next((name.title() for name, one in sizes(runs[0].kind).items() if one == rate), f"{rate:g} credits/h")


def _templates(runs: Sequence[Run]) -> list[str]:
    """Those with FEWEST statements at every size, the ones that take the most time first."""
    counts = [dict(zip(*np.unique(run.templates.astype(str), return_counts=True), strict=True)) for run in runs]
    common = [str(name) for name in counts[-1] if all(one.get(name, 0) >= FEWEST for one in counts)]
    spent = {name: float(runs[-1].elapsed_s[runs[-1].templates == name].sum()) for name in common}
    return sorted(common, key=lambda name: -spent[name])[:MOST_TEMPLATES]


class _Drawing:
    """Resamples of each run's mean work by template."""

    def __init__(self, runs: Sequence[Run], mix: list[str], random: np.random.Generator, base: int) -> None:
        self.runs, self.mix, self.random, self.base = runs, mix, random, base
        self.rates = np.array([run.rate for run in runs])
        self._codes = [_codes(run, mix) for run in runs]
        self._blocks = [Blocks.of(run.starts_s) for run in runs]

    def slots(self) -> float:
        """As the histories show it, or the default where they show no queue; one more or less."""
        nudge = self.random.choice([-1, 0, 1])
        seen = [run.slots for run in self.runs if np.isfinite(run.slots)]
        return float(np.median(seen) + nudge) if seen else float(SLOTS + nudge)

    def works(self, slots: float) -> Floats:
        """(sizes, templates + 1): seconds alone, resampled; the last column is of all templates of the mix together."""
        return np.stack([self._works(place, slots) for place in range(len(self.runs))])

    def _works(self, place: int, slots: float) -> Floats:
        run, codes, blocks = self.runs[place], self._codes[place], self._blocks[place]
        weights = blocks.weights(1, int(self.random.integers(2**31)))[0][blocks.cell(run.starts_s)]
        return _means(run.work_s(max(1.0, slots)), weights, codes, len(self.mix))


def _codes(run: Run, mix: list[str]) -> NDArray[np.int64]:
    """The place of each statement's template in the mix; len(mix) for a rarer one."""
    places = {name: place for place, name in enumerate(mix)}
    return np.array([places.get(name, len(mix)) for name in run.templates], dtype=np.int64)


def _means(work: Floats, weights: Floats, codes: NDArray[np.int64], number: int) -> Floats:
    """By template; where a resample holds none of one, the mean of all its statements."""
    counted = np.bincount(codes, weights, number + 1)
    plain = np.bincount(codes, work, number + 1) / np.maximum(np.bincount(codes, minlength=number + 1), 1)
    means = np.where(counted > 0, np.bincount(codes, work * weights, number + 1) / np.maximum(counted, 1e-12), plain)[:number]
    return np.append(means, means.mean())


def _replayed(base: Run, mix: list[str], drawing: _Drawing, rate: float, off: float, limit: float) -> tuple[Floats, Floats, float]:
    """One draw: how many seconds each statement of `base` waits for a connection and is in the warehouse at `rate`, and the share of the slots
    that they need."""
    slots = max(1.0, drawing.slots())
    works = drawing.works(slots)
    place = float(drawing.random.uniform())
    bounds = [speeds_from(drawing.rates, works[:, column], drawing.base, rate) for column in range(works.shape[1])]
    speed = np.array([one.at(place) for one in bounds])
    speed *= np.exp(off * (drawing.random.standard_normal() + drawing.random.standard_normal(len(speed))) / np.sqrt(2))
    work = base.shared_work_s(slots) / speed[_codes(base, mix)]
    waits, elapsed = np.empty(len(work)), np.empty(len(work))
    for own in base.by_cluster():
        waits[own], elapsed[own] = replay(base.starts_s[own], work[own], slots, limit, base.clients[own])
    return waits, elapsed, float(work.sum() / (slots * len(base.by_cluster()) * max(1.0, float(np.ptp(base.starts_s)))))


def _spread_of_the_largest(runs: Sequence[Run], mix: list[str]) -> float:
    """How far the work at the largest size lay from its best guess, forecast from the others: root mean square of logarithms."""
    slots = float(np.nanmedian([run.slots for run in runs])) if any(np.isfinite(run.slots) for run in runs) else SLOTS
    works = np.stack([_means(run.work_s(slots), np.ones(len(run.starts_s)), _codes(run, mix), len(mix)) for run in runs])
    rates = np.array([run.rate for run in runs])
    offs = []
    for column in range(works.shape[1] - 1):
        bound = speeds(rates[:-1], works[:-1, column], float(rates[-1]))
        offs.append(np.log(works[-2, column] / works[-1, column] / bound.likely))
    return float(np.sqrt(np.mean(np.square(offs))))


def _by_template(base: Run, mix: list[str], elapsed: Floats) -> pd.DataFrame:
    codes = _codes(base, mix)
    rows = []
    for place, name in enumerate([*mix, REST]):
        own = codes == place
        if own.any():
            now = float(np.median(base.elapsed_s[own]))
            found = Range.of(np.median(elapsed[:, own], axis=1))
            rows.append({"template": name, "n": int(own.sum()), "median_now": now, **vars(found), "verdict": _verdict(found, now)})
    return pd.DataFrame(rows)


def _verdict(found: Range, now: float) -> str:
    if found.high < now * (1 - SMALLEST_EFFECT):
        return "faster"
    if found.low > now * (1 + SMALLEST_EFFECT):
        return "slower"
    return "cannot tell"
