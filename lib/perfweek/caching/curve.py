"""The exact miss-ratio curve of a least-recently-used cache: the share of requests that miss, for every size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Unit = Literal["objects", "bytes"]


@dataclass(frozen=True)
class Curve:
    """Misses against size, without loss: `sizes` (ascending, in `unit`) are those at which hits are gained, `hits` the requests
    answered by a cache of that size or a little larger.

    `requests` counts reads. Of these `first` are the first of their key and `stale` the first after a write to it: no size
    answers them. `writes` are not requests. `distinct` keys were read. Of a b a b b the second a and b find one other key above
    them and the last b none: `sizes` 1 and 2, `hits` 1 and 3 of 5 requests.
    """

    sizes: npt.NDArray[np.int64]
    hits: npt.NDArray[np.int64]
    requests: int
    first: int
    stale: int
    writes: int
    distinct: int
    unit: Unit = "objects"

    def miss_ratio(self, size: float) -> float:
        """The share of requests that miss a cache of `size`; NaN where there were no requests."""
        return float(self.miss_ratios(np.array([size]))[0])

    def miss_ratios(self, sizes: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """`miss_ratio` at each of `sizes`."""
        if not self.requests:
            return np.full(np.shape(sizes), np.nan)
        gained = np.concatenate([[0], self.hits])
        return 1 - gained[np.searchsorted(self.sizes, np.asarray(sizes, float), side="right")] / self.requests

    @property
    def floor(self) -> float:
        """The miss ratio of a cache without limit: what no size takes away."""
        return self.miss_ratio(np.inf)

    def size_for(self, miss_ratio: float) -> float:
        """The smallest size whose miss ratio is at most `miss_ratio`; NaN where no size reaches it."""
        ratios = self.miss_ratios(self.sizes)
        reached = np.flatnonzero(ratios <= miss_ratio)
        return float(self.sizes[reached[0]]) if reached.size else np.nan
