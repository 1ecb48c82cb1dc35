"""How fast a template is at a size that was not seen: bounds from the universal scalability law.

Speed at n times the smallest size is n / (1 + a (n - 1) + b n (n - 1)): a is work that cannot be shared out, b the cost of keeping
nodes informed of each other, which in the end makes bigger slower (Gunther 2007, chapter 4). Two sizes do not tell a from b: the
truth lies between all loss being of the first kind and all of the second. Three do, and the law with both is then the slow bound.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Speeds:
    """Speed at the new size over speed at the largest known one that is not above it (or else the smallest): `fast` and `slow` bound it,
    `likely` is the best guess."""

    fast: float
    likely: float
    slow: float

    @classmethod
    def between(cls, fast: float, slow: float) -> "Speeds":
        """Nothing tells where between."""
        return cls(fast, float(np.sqrt(fast * slow)), slow)

    def at(self, place: float) -> float:
        """0: fast, 1/2: likely, 1: slow, by ratio in between."""
        ends = (self.fast, self.likely) if place < 0.5 else (self.likely, self.slow)
        within = 2 * place % 1 if place < 1 else 1.0
        return float(ends[0] ** (1 - within) * ends[1] ** within)


def speeds(sizes: Floats, works: Floats, new: float) -> Speeds:
    """`sizes`: credits an hour, ascending, at least two; `works`: seconds of one template's statement at each; `new`: not one of them."""
    relative = works[0] / works
    if new < sizes[0]:
        return _below(sizes, relative, new)
    if new < sizes[-1]:
        above = int(np.searchsorted(sizes, new))
        step = float(relative[above] / relative[above - 1])
        return Speeds.between(max(step, 1.0), min(step, 1.0))
    return _above(sizes / sizes[0], relative, new / sizes[0])


def speeds_from(sizes: Floats, works: Floats, base: int, new: float) -> Speeds:
    """The same for any `new`, over the speed at `sizes[base]`; a known size's speed is what it was."""
    to_base = float(works[base] / works[base_of(sizes, new)])
    if new in sizes:
        measured = float(works[base] / works[int(np.flatnonzero(sizes == new)[0])])
        return Speeds(measured, measured, measured)
    found = speeds(sizes, works, new)
    return Speeds(*(one * to_base for one in (found.fast, found.likely, found.slow)))


def base_of(sizes: Floats, new: float) -> int:
    """The index of the size from which `speeds` counts."""
    return max(0, int(np.searchsorted(sizes, new)) - 1)


def law(n: float, a: float, b: float) -> float:
    """Speed at n times the size at which it is 1."""
    return n / (1 + a * (n - 1) + b * n * (n - 1))


def _above(n: Floats, relative: Floats, new: float) -> Speeds:
    step = np.log2(relative[-1] / relative[-2]) / np.log2(n[-1] / n[-2])
    as_before = float((new / n[-1]) ** min(step, 1.0))
    shared = _fitted(n, relative, (0,), new)
    fast = max(as_before, shared)
    if len(n) == 2:
        return Speeds.between(fast, min(1.0, _fitted(n, relative, (1,), new), as_before))
    both = min(fast, _fitted(n, relative, (0, 1), new))
    return Speeds(fast, both, min(1.0, both, as_before))


def _below(sizes: Floats, relative: Floats, new: float) -> Speeds:
    """At best as fast as the smallest known size, or faster where bigger was slower; at worst by twice the exponent of proportion, or of the first
    step: what fitted into the memory of the larger size may not fit here."""
    smaller = new / sizes[0]
    step = np.log2(relative[1] / relative[0]) / np.log2(sizes[1] / sizes[0])
    return Speeds.between(max(1.0, float(smaller ** min(step, 1.0))), float(smaller ** (2 * max(step, 1.0))))


def _fitted(n: Floats, relative: Floats, kinds: tuple[int, ...], new: float) -> float:
    """Speed at `new` over that at the largest known size; a gain of more than the size's counts as the size's."""
    loss = np.maximum(n / np.minimum(relative, n) - 1, 0.0)
    found, _ = nnls(np.stack([n - 1, n * (n - 1)], axis=1)[:, kinds], loss)
    ab = np.zeros(2)
    ab[list(kinds)] = found
    return law(new, *ab) / law(float(n[-1]), *ab)
