"""How many partitions hold a row that a sample of their rows does not show: the correction of the ends that sampling makes too narrow.

A partition is scanned unless none of its rows lies at or before the limit of a range. A sample of a share f of the rows shows some of the
partitions that hold such rows; others hold them unseen. The sample says how many, by how often it shows one such row, or two:

    some partitions show SHOWN rows or more (they are full of them), others one or two
        Around the full ones lies a zone in which one or two were shown. Where the farthest of the n partitions that show them is d away, it
        reaches d + d / n - 1 (the unbiased estimate of a largest number). If as many show two as a Poisson mean m of the zone lets
        expect, each empty one of the zone holds unseen rows with probability 1 - exp(-m (1 - f) / f). If more show two, or fewer than
        FEW partitions show any, rows may lie together: then of F1 that show one and F2 that show two F1² / (2 F2 + F1 f / (1 - f)) more
        are unseen (Chao and Lin 2012, Austral Ecology 37:504, equation 6; F1 (F1 - 1) / 2 for F2 = 0).
    no partition shows so many
        x rows shown stand for x / f of the table. Where the nearest ten lie in d partitions, R rows lie in R^(log10 d): all together
        for d = 1, each for itself for d = 10; of Z partitions they fill Z (1 - (1 - 1/Z)^that).
    none is shown
        R is read off between the table's exact end and the nearest ten: ranks grow as a power of the distance from the end, whose exponent
        is Hill's estimate (Hill 1975, Annals of Statistics 3:1163); at most 3 / f rows are missed in 95 of 100 cases.

Ranges: exact Poisson limits of what was shown (Garwood 1936), one partition more for where partitions are cut, and at least the partitions
whose values come within three of their own spacings of the limit (a spacing is exponential: it is longer in 5 of 100 cases); at most, the
zone reaches twice as far.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, poisson

Floats = NDArray[np.float64]
SHOWN = 3
"""So many values nearest to each end of a partition are kept: enough to tell one row, two, and more."""
_NEAREST = 10
_UNLIKELY = 0.05
FEW = 5


@dataclass(frozen=True)
class Unseen:
    """How many more partitions than those seen: at least, probably, at most."""

    low: float = 0.0
    likely: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Side:
    """One end of a column in a layout, values turned so that smaller is nearer to that end. `nearest`: the SHOWN smallest sampled values of
    each partition in key order (SHOWN, partitions; infinite where there are fewer); `ordered`: all sampled values, sorted; `homes`: how
    many partitions the ten smallest lie in; `end`: the table's exact end."""

    nearest: Floats
    ordered: Floats
    homes: int
    end: float

    @classmethod
    def of(cls, nearest: Floats, ordered: Floats, end: float) -> "Side":
        first = ordered[: min(_NEAREST, len(ordered))]
        homes = int((nearest[0] <= first[-1]).sum()) if len(first) else 0
        return cls(nearest, ordered, homes, end)

    def seen(self, limit: float) -> NDArray[np.bool_]:
        """The partitions that show a row at or before the limit."""
        return self.nearest[0] <= limit

    def unseen(self, limit: float, share: float) -> Unseen:
        """How many of the others hold one, where `share` of the rows are sampled."""
        empty = int((self.nearest[0] > limit).sum())
        if not empty or share >= 1 or limit < self.end or not len(self.ordered):
            return Unseen()
        full = self.nearest[SHOWN - 1] <= limit
        rows = int(np.searchsorted(self.ordered, limit, side="right"))
        if rows >= _NEAREST and full.any():
            return self._around(full, limit, share)
        least, most = poisson_limits(rows)
        likely = rows if rows else share * self._rank(limit, share)
        seen = self.nearest.shape[1] - empty
        low, probably, high = (max(0.0, self._filled(count / share) - seen) for count in (least, likely, most if rows else 3.0))
        return Unseen(max(0.0, min(low, probably) - 1), min(probably, empty), min(float(empty), high + 1))

    def _around(self, full: NDArray[np.bool_], limit: float, share: float) -> Unseen:
        shown = (self.nearest[: SHOWN - 1] <= limit).sum(axis=0)
        shown[full] = 0
        few = int((shown > 0).sum())
        near = float(self._near(limit))
        if not few:
            return Unseen(high=max(1.0, near))
        away = _distance(full)
        farthest = away[shown > 0].max()
        zone = ~full & (away <= farthest + max(0.0, farthest / few - 1))
        once, twice, empty = (int((shown[zone] == count).sum()) for count in (1, 2, 0))
        wider = int((~full & (shown == 0) & (away <= 2 * farthest)).sum())
        found = _in_zone(once, twice, empty, wider, (1 - share) / share)
        return replace(found, high=max(found.high, near))

    def _near(self, limit: float) -> int:
        """Partitions beyond the limit that come within three of their spacings of it."""
        first, last = self.nearest[0], self.nearest[SHOWN - 1]
        spread = np.isfinite(last) & (first > limit)
        return int((first[spread] - 3 * (last[spread] - first[spread]) / (SHOWN - 1) <= limit).sum())

    def _rank(self, limit: float, share: float) -> float:
        """How many rows of the table lie at or before a limit that no sampled row does: one at least, the end itself."""
        near = self.ordered[: min(_NEAREST, len(self.ordered))] - self.end
        if not math.isfinite(self.end) or near[-1] <= 0 or near[0] <= 0:
            return 1.0
        power = (len(near) - 1) / max(1e-9, float(np.log(near[-1] / near[:-1]).sum())) if len(near) > 1 else 1.0
        return max(1.0, len(near) / share * ((limit - self.end) / near[-1]) ** min(power, 5.0))

    def _filled(self, rows: float) -> float:
        """How many partitions so many of the rows nearest to the end lie in."""
        partitions = self.nearest.shape[1]
        most = min(_NEAREST, len(self.ordered), partitions)
        power = math.log(self.homes) / math.log(most) if most > 1 and self.homes > 0 else 0.0
        apart = max(1.0, rows) ** min(1.0, power) if rows > 0 else 0.0
        return partitions * -math.expm1(apart * math.log1p(-1 / partitions)) if partitions > 1 else min(1.0, apart)


def poisson_limits(count: int) -> tuple[float, float]:
    """The exact 95 % limits of a Poisson mean of which `count` were seen."""
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    return low, float(chi2.ppf(0.975, 2 * count + 2)) / 2


def _distance(full: NDArray[np.bool_]) -> Floats:
    """How many partitions away the next full one is."""
    places = np.flatnonzero(full)
    all_places = np.arange(len(full))
    after = np.searchsorted(places, all_places)
    left = np.abs(all_places - places[np.clip(after - 1, 0, len(places) - 1)])
    right = np.abs(all_places - places[np.clip(after, 0, len(places) - 1)])
    return np.minimum(left, right).astype(float)


def _in_zone(once: int, twice: int, empty: int, wider: int, unsampled: float) -> Unseen:
    """`unsampled`: rows not sampled for each one that is; `wider`: empty partitions of a zone of twice the reach, for the range's upper end."""
    rows, partitions = once + 2 * twice, once + twice + empty
    least, most = poisson_limits(rows)
    low, even = (empty * -math.expm1(-count / partitions * unsampled) for count in (least, rows))
    high = wider * -math.expm1(-most / partitions * unsampled)
    together = once**2 / (2 * twice + once / unsampled) if twice else once * (once - 1) / 2
    alike = once + twice >= FEW and poisson.sf(twice - 1, once * rows / partitions / 2) > _UNLIKELY
    least = max(0.0, low - 1) if alike else 0.0
    return Unseen(least, even if alike else min(even, together), min(float(max(empty, wider)), high + 1))
