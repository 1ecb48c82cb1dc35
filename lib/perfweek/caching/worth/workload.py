"""What designs are tried on: the requests, what an answer of each tier takes, what a miss costs, and where each of these figures comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.numbering import Ids
from perfweek.caching.engine.requests import Whole
from perfweek.caching.engine.sampling import sampled
from perfweek.caching.tiers.replay import Weights
from perfweek.target import Prices

MONTH_S = 730 * 3600.0
MOST = 2_000_000  # requests that many designs are tried on; of a longer trace a sample of the keys, with caches as much smaller
Milliseconds = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Input:
    """A figure that the worth rests on, in words, and where it comes from: measured, given in target.toml, or assumed."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Workload:
    """Requests with what they cost. `answer_ms`: of each request for each tier that may answer it; `lookup_ms`: what a miss of l2 and l4
    adds. `warehouse_s`: seconds of the warehouse behind each request; `cpu_ms`: of the service for one that no cache answers. `monthly`: how often a
    month repeats these requests. `origin_limit`: requests a second that the origin takes, NaN where unknown.
    `tier_prices`: dollars a gigabyte and month that the target states for l1 and l2. `share`: of the keys that are here. `misses`: the table of
    perfweek.caching.worth.misses."""

    trace: Numbered
    weights: Weights
    routes: npt.NDArray[np.int32]
    route_names: tuple[str, ...]
    locations: npt.NDArray[np.uint16]
    answer_ms: Mapping[str, Milliseconds]
    lookup_ms: Mapping[str, float]
    warehouse_s: npt.NDArray[np.float32]
    cpu_ms: float
    monthly: float
    origin_limit: float
    prices: Prices
    tier_prices: Mapping[str, float]
    inputs: tuple[Input, ...] = ()
    share: float = 1.0
    misses: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def times(self) -> Whole:
        times: Whole = self.trace.requests.needs("times", "the worth of a tier")
        return times

    @property
    def reads(self) -> npt.NDArray[np.bool_]:
        kinds = self.trace.requests.kinds
        return np.ones(len(self.trace.requests), np.bool_) if kinds is None else kinds == 0

    @property
    def keys(self) -> float:
        """Keys that are read."""
        return np.unique(self.trace.ids[self.reads]).size / self.share

    @property
    def largest(self) -> tuple[int, int]:
        """Bytes of all entries that are read, each once: in l1, in l2."""
        asked = np.flatnonzero(self.reads)
        first = asked[np.unique(self.trace.ids[asked], return_index=True)[1]]
        every = [weights[first].sum() if weights is not None else first.size for weights in (self.weights.process, self.weights.shared)]
        return int(every[0] / self.share), int(every[1] / self.share)

    def chosen(self, which: npt.NDArray[np.integer], times: Whole | None = None, ids: Ids | None = None, keys: int = 0) -> "Workload":
        """The requests at `which`, in a new order and as often as they stand there; with new times and key numbers where given."""
        requests = self.trace.requests[which]
        if times is not None:
            requests = replace(requests, times=times)
        numbers = self.trace.ids[which] if ids is None else ids
        sizes = self.trace.sizes[which] if self.trace.sizes.size else self.trace.sizes
        weights = Weights(*(weight if weight is None else weight[which] for weight in (self.weights.process, self.weights.shared)))
        cut: dict[str, Any] = {name: getattr(self, name)[which] for name in ("routes", "locations", "warehouse_s")}
        answers = {tier: values[which] for tier, values in self.answer_ms.items()}
        return replace(self, trace=Numbered(requests, numbers, keys or self.trace.keys, sizes), weights=weights, answer_ms=answers, **cut)

    def for_many(self) -> "Workload":
        """Itself, or where it is long a sample of its keys for trying many designs."""
        if len(self.trace.requests) <= MOST:
            return self
        rate = MOST / len(self.trace.requests)
        part = self.chosen(sampled(self.trace.requests.keys, rate, 1))
        reads = max(1, int(part.reads.sum()))
        return replace(part, share=self.share * rate, monthly=self.monthly * int(self.reads.sum()) / reads)
