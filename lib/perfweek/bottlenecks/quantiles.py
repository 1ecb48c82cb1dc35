"""The 95th percentile, and the requests around it, under the weights of a resample."""

from dataclasses import dataclass

import numpy as np

from perfweek.blocks import Floats, Integers

Q = 0.95
BAND = (0.90, 0.99)


@dataclass(frozen=True)
class Left:
    """Some value of each request, in order of size."""

    values: Floats
    order: Integers

    @classmethod
    def of(cls, values: Floats) -> "Left":
        order = np.argsort(values, kind="stable")
        return cls(values[order], order)

    def quantile(self, weight: Floats) -> Floats:
        """The 95th percentile under each row of `weight` (resamples, requests in their own order)."""
        return quantile_drawn(self.values, weight[:, self.order])


def quantile_drawn(ordered: Floats, weight: Floats) -> Floats:
    """The 95th percentile of `ordered` under each row of whole-numbered `weight`, interpolated as numpy does; NaN without any weight."""
    cumulated = np.cumsum(weight, axis=1)
    total = cumulated[:, -1]
    place = np.maximum(Q * (total - 1), 0)
    below = np.floor(place)
    most = len(ordered) - 1
    low, high = (np.minimum((cumulated <= np.minimum(rank, total - 1)[:, None]).sum(axis=1), most) for rank in (below, below + 1))
    return np.where(total > 0, ordered[low] + (ordered[high] - ordered[low]) * (place - below), np.nan)


def in_band(weight: Floats) -> Floats:
    """How much of each request's weight has a rank within BAND; requests are in order of size."""
    cumulated = np.cumsum(weight, axis=1)
    low, high = (edge * cumulated[:, -1:] for edge in BAND)
    return np.clip(np.minimum(cumulated, high) - np.maximum(cumulated - weight, low), 0, None)
