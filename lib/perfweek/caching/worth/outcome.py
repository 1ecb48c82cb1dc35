"""A design tried on a workload: who answers, how fast, at what cost."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perfweek.caching.tiers.design import Design, Store
from perfweek.caching.tiers.replay import NOT_A_READ, TIERS, Answered, replay_tiers
from perfweek.caching.worth.blocks import WINDOWS, estimate, window_of
from perfweek.caching.worth.prices import PARTS, moving, standing
from perfweek.caching.worth.workload import Workload
from perfweek.stats import Estimate

ORIGIN = TIERS.index("origin")
_LEAST_MS, _STEP = 0.005, 1.02  # bins of 2 % for what is drawn again; values themselves are exact
_BINS = math.ceil(math.log(1e6 / _LEAST_MS) / math.log(_STEP))
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """`tiers`: what answered each request (places in TIERS), a fetch under way counted as the origin's; `ms`: how long that takes, NaN for writes.
    `amounts`: a row a window: reads by tier, warehouse seconds, milliseconds; then reads by response time in bins of 2 %."""

    workload: Workload
    design: Design
    answered: Answered
    tiers: npt.NDArray[np.uint8]
    ms: npt.NDArray[np.float32]
    amounts: Array

    @property
    def n(self) -> int:
        return int(self.amounts[:, : len(TIERS)].sum())

    def share(self, tier: str) -> Estimate:
        """The share of all reads that a tier answers."""
        return self._figure(lambda rows: rows[:, TIERS.index(tier)] / rows[:, : len(TIERS)].sum(axis=1))

    def hit_ratio(self, tier: str) -> Estimate:
        """Of the reads that reach a tier, the share that it answers: what its own counters show."""
        place = TIERS.index(tier)
        return self._figure(lambda rows: rows[:, place] / rows[:, place : len(TIERS)].sum(axis=1))

    def quantile(self, q: float) -> Estimate:
        """The q-quantile of the response times: exact, its interval to 2 %."""
        found = self._figure(lambda rows: _quantile(rows[:, _FIRST_BIN:], q))
        read = self.ms[~np.isnan(self.ms)]
        value = float(np.quantile(read, q)) if read.size else math.nan
        return replace(found, value=value, low=_kept(min, found.low, value), high=_kept(max, found.high, value))

    def mean(self) -> Estimate:
        """The mean response time, ms."""
        return self._figure(lambda rows: rows[:, _MS] / rows[:, : len(TIERS)].sum(axis=1))

    def cost(self) -> dict[str, float]:
        """Dollars a month by part; their sum is `dollars`."""
        fixed = self._standing()
        parts = self._moving(self.amounts.sum(axis=0)[None, :])
        return {part: fixed[part] + float(parts[part][0]) for part in PARTS}

    def dollars(self) -> Estimate:
        """Dollars a month."""
        fixed = sum(self._standing().values())
        return self._figure(lambda rows: fixed + sum(self._moving(rows).values(), np.zeros(len(rows))))

    def less(self, other: "Outcome", figure: str) -> Estimate:
        """How much less this one has than the other, both drawn alike: figure 'p50', 'p95', 'p99', 'mean' (ms), 'origin' (share of the reads),
        'warehouse' (seconds a month) or 'dollars' (a month)."""
        columns = self.amounts.shape[1]
        both = np.hstack([self.amounts, other.amounts])
        found = estimate(both, lambda rows: other.figures(rows[:, columns:], figure) - self.figures(rows[:, :columns], figure), self.n)
        if figure.startswith("p"):
            q = int(figure[1:]) / 100
            value = other.quantile(q).value - self.quantile(q).value
            found = replace(found, value=value, low=_kept(min, found.low, value), high=_kept(max, found.high, value))
        return found

    def figures(self, rows: Array, figure: str) -> Array:
        """A figure of rows of amounts; see `less`."""
        reads = rows[:, : len(TIERS)].sum(axis=1)
        if figure.startswith("p"):
            return _quantile(rows[:, _FIRST_BIN:], int(figure[1:]) / 100)
        if figure == "dollars":
            fixed = sum(self._standing().values())
            return fixed + sum(self._moving(rows).values(), np.zeros(len(rows)))
        if figure == "warehouse":
            return np.asarray(rows[:, _WAREHOUSE] / reads * self._month_reads)
        return np.asarray((rows[:, ORIGIN] if figure == "origin" else rows[:, _MS]) / reads)

    def _standing(self) -> dict[str, float]:
        return standing(self.design, self.workload.prices, self.workload.largest, self.workload.tier_prices)

    @property
    def _month_reads(self) -> float:
        return self.n * self.workload.monthly

    def _moving(self, rows: Array) -> dict[str, Array]:
        reads = rows[:, : len(TIERS)].sum(axis=1)
        scale = self._month_reads / np.maximum(reads, 1)
        missed = max(1, self.n - int(self.amounts[:, 0].sum()))
        writes = (reads - rows[:, 0]) * self.answered.edge_writes / missed
        cells = zip(reads * scale, writes * scale, rows[:, ORIGIN] * self.workload.cpu_ms * scale, rows[:, _WAREHOUSE] * scale, strict=True)
        costs = [moving(*cell, self.design.edge is not None, self.workload.prices) for cell in cells]
        return {part: np.array([cost[part] for cost in costs]) for part in PARTS}

    def _figure(self, figure: Callable[[Array], Array]) -> Estimate:
        with np.errstate(invalid="ignore", divide="ignore"):
            return estimate(self.amounts, figure, self.n)


_WAREHOUSE, _MS, _FIRST_BIN = len(TIERS), len(TIERS) + 1, len(TIERS) + 2


def tried(workload: Workload, design: Design, ages: bool = False) -> Outcome:
    """Replay the workload through the design. Raises ParameterError where the trace lacks what the design needs."""
    answered = replay_tiers(workload.trace, _scaled(design, workload.share), workload.weights, workload.locations, ages)
    tiers = answered.tiers.copy()
    tiers[answered.joined] = ORIGIN
    ms = _response_times(workload, design, tiers)
    return Outcome(workload, design, answered, tiers, ms, _amounts(workload, tiers, ms))


def _scaled(design: Design, share: float) -> Design:
    def smaller(store: Store | None) -> Store | None:
        return replace(store, capacity=store.capacity * share) if store and share < 1 else store

    return replace(design, process=smaller(design.process), shared=smaller(design.shared))


def _response_times(workload: Workload, design: Design, tiers: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What the tier that answers takes, and the look-ups of the tiers before it that are there."""
    ms = np.full(tiers.size, np.nan, np.float32)
    there = {"l4": design.edge, "l1": design.process, "l2": design.shared, "l3": design.results}
    passed = 0.0
    for place, tier in enumerate(TIERS):
        mask = tiers == place
        ms[mask] = workload.answer_ms[tier][mask] + np.float32(passed)
        passed += workload.lookup_ms.get(tier, 0.0) if there.get(tier) else 0.0
    return ms


def _amounts(workload: Workload, tiers: npt.NDArray[np.uint8], ms: npt.NDArray[np.float32]) -> Array:
    window = window_of(workload.times / 1e6)
    read = tiers != NOT_A_READ
    amounts = np.zeros((WINDOWS, _FIRST_BIN + _BINS))
    np.add.at(amounts, (window[read], tiers[read]), 1)
    asked = tiers == ORIGIN
    amounts[:, _WAREHOUSE] = np.bincount(window[asked], workload.warehouse_s[asked], WINDOWS)
    amounts[:, _MS] = np.bincount(window[read], ms[read], WINDOWS)
    bins = (np.log(np.maximum(ms[read], _LEAST_MS) / _LEAST_MS) / math.log(_STEP)).astype(np.int64).clip(0, _BINS - 1)
    amounts[:, _FIRST_BIN:] = np.bincount(window[read] * _BINS + bins, minlength=WINDOWS * _BINS).reshape(WINDOWS, _BINS)
    return amounts


def _quantile(bins: Array, q: float) -> Array:
    cumulative = np.cumsum(bins, axis=1)
    place = (cumulative < q * cumulative[:, -1:]).sum(axis=1)
    return np.where(cumulative[:, -1] > 0, _LEAST_MS * _STEP ** (place + 0.5), np.nan)


def _kept(bound: Callable[[float, float], float], limit: float, value: float) -> float:
    return limit if math.isnan(limit) else bound(limit, value)
