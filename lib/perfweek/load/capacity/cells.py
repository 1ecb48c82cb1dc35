"""Levels of load as cells: what was asked of the service at each, and what it did.

The first part of a level is cut: the queue that the level before left behind is not its own. A level that the end of the test
cut short is marked, because the requests that were under way then are in no file.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.load.plan import Phase, Plan
from perfweek.stats import Estimate, block_quantiles, mean_of_windows, ratio_of_windows, wilson

ALLOWED = 0.05
"""Share of the arrivals that may be late, which is to be slower than the budget, to fail or to be dropped: it is for the 95th percentile."""
_SETTLE_SHARE, _SETTLE_S = 0.15, 0.5
_BLOCK_S, _FEWEST_BLOCKS, _MOST_BLOCKS = 0.5, 5, 20
_GROWN = 1.5
Verdict = Literal["kept", "missed", "cannot tell"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """One level, its settling cut: seconds since the start of the load, rates by the second, times in ms.

    `offered`: arrivals a second as planned; `arrivals`: those that came, dropped ones included; `throughput`: answers as expected;
    `in_flight`: requests under way on average, and `grew` whether they became more while the load was constant; `late`: share of the
    arrivals that were slower than the budget, failed or dropped; cores: CPU seconds a second of the service and of the load generator,
    NaN where nobody watched.
    """

    offered: float
    start_s: float
    end_s: float
    whole: bool
    arrivals: int
    dropped: int
    throughput: Estimate
    in_flight: Estimate
    grew: bool
    p50: Estimate
    p95: Estimate
    late: Estimate
    service_cores: float
    generator_cores: float

    @property
    def verdict(self) -> Verdict:
        """Whether this level keeps the budget for all requests together, as far as the interval can tell."""
        if self.late.low > ALLOWED:
            return "missed"
        return "kept" if self.late.high <= ALLOWED else "cannot tell"

    @property
    def saturated(self) -> bool:
        """It answers fewer than are asked, and what is under way piles up (or had no room left)."""
        return self.dropped > 0 or (self.grew and self.throughput.value < (1 - ALLOWED) * self.offered)


def cells_of(
    requests: pd.DataFrame,
    iterations: pd.DataFrame,
    plan: Plan,
    origin: float,
    budget_ms: float,
    cpu: Mapping[Literal["service", "generator"], pd.DataFrame],
) -> tuple[Cell, ...]:
    """A cell for each plateau of `plan` that was reached, in order of time; ramps are in none.

    requests: time (epoch seconds, of the start), duration_ms, failed; iterations: time, dropped; `origin`: epoch seconds of the start of
    the load; cpu: epoch_s and cumulative cpu_s of each, empty where it was not watched.
    """
    last = float(requests["time"].max()) - origin if len(requests) else 0.0
    times = requests.assign(start=requests["time"] - origin)
    times["end"] = times["start"] + times["duration_ms"] / 1000
    times["late"] = times["failed"] | (times["duration_ms"] > budget_ms)
    drops = (iterations["time"] - origin).to_numpy().repeat(iterations["dropped"].to_numpy())
    used = {str(who): (table["epoch_s"].to_numpy(float) - origin, table["cpu_s"].to_numpy(float)) for who, table in cpu.items()}
    return tuple(_cell(times, drops, phase, last, used) for phase in plan.plateaus if _window(phase)[0] < last)


def _window(phase: Phase) -> tuple[float, float]:
    return phase.start_s + max(_SETTLE_S, _SETTLE_SHARE * (phase.end_s - phase.start_s)), phase.end_s


def _cell(times: pd.DataFrame, drops: Floats, phase: Phase, last: float, used: Mapping[str, tuple[Floats, Floats]]) -> Cell:
    start, planned_end = _window(phase)
    whole = last >= planned_end - max(_BLOCK_S, 2 / phase.low)
    end = planned_end if whole else min(last, planned_end)
    began = times[(times["start"] >= start) & (times["start"] < end)]
    good = began[~began["failed"]]
    edges = np.linspace(start, end, 1 + max(_FEWEST_BLOCKS, min(_MOST_BLOCKS, round((end - start) / _BLOCK_S))))
    under_way = _under_way(times["start"].to_numpy(), times["end"].to_numpy(), edges)
    answered = _per_block(times["end"][~times["failed"]], edges)
    p50, p95 = block_quantiles(good["duration_ms"], good["start"], (0.5, 0.95), block_s=float(edges[1] - edges[0]))
    arrived, late, dropped = (_per_block(moments, edges) for moments in (began["start"], began["start"][began["late"]], drops))
    third = max(1, len(under_way) // 3)
    return Cell(
        offered=phase.low,
        start_s=start,
        end_s=end,
        whole=whole,
        arrivals=int((arrived + dropped).sum()),
        dropped=int(dropped.sum()),
        throughput=mean_of_windows(answered / np.diff(edges)),
        in_flight=mean_of_windows(under_way),
        grew=bool(under_way[-third:].mean() > _GROWN * under_way[:third].mean() + 1),
        p50=p50,
        p95=p95,
        late=_share(late + dropped, arrived + dropped),
        service_cores=_cores(used.get("service"), start, end),
        generator_cores=_cores(used.get("generator"), start, end),
    )


def _per_block(moments: pd.Series | Floats, edges: Floats) -> Floats:
    return np.histogram(moments, edges)[0].astype(float)


def _share(late: Floats, arrived: Floats) -> Estimate:
    """A share with an interval no narrower than the blocks differ, and none narrower than its counts allow."""
    counted, blocks = wilson(int(late.sum()), int(arrived.sum())), ratio_of_windows(late, arrived)
    low, high = min(counted.low, blocks.low), max(counted.high, blocks.high)
    return Estimate(counted.value, max(low, 0.0), min(high, 1.0), counted.n, f"wider of Wilson and {blocks.method}")


def _under_way(starts: Floats, ends: Floats, edges: Floats) -> Floats:
    """Mean number of requests under way in each interval of `edges`."""
    return np.diff(_seconds_until(starts, edges) - _seconds_until(ends, edges)) / np.diff(edges)


def _seconds_until(moments: Floats, edges: Floats) -> Floats:
    """For each edge the time that has passed since those `moments` that lie before it, summed."""
    ordered = np.sort(moments)
    before = np.searchsorted(ordered, edges)
    return edges * before - np.concatenate([[0.0], np.cumsum(ordered)])[before]


def _cores(watched: tuple[Floats, Floats] | None, start: float, end: float) -> float:
    if watched is None or not len(watched[0]) or watched[0][0] > start or watched[0][-1] < end - 1:
        return math.nan
    first, last = np.interp([start, end], *watched)
    return float(last - first) / (end - start)
