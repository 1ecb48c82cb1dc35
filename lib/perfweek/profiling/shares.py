"""The share of each function in the samples, with how far the windows disagree.

Samples of one window follow each other: requests come in runs, and their samples with them, so that an interval for independent samples
(Wilson) is too narrow, by a factor of 1.3 to 1.7 on a real service. The unit is therefore the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from perfweek.profiling.stacks import Stacks, functions_of, merged
from perfweek.stats import Estimate, ratio_of_windows, wilson

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class FunctionShare:
    """A function of a profile: the share of samples taken in it (`own`) and in it or in what it called (`total`). `dispersion`: by how much
    the windows differ in `own`, as a multiple of the variance of independent samples; NaN for one window."""

    function: str
    own: Estimate
    total: Estimate
    dispersion: float


@dataclass(frozen=True)
class Table:
    """Samples by function (rows, the one with most of its own first) and window (columns): `own`, `total`, and `samples` of each window."""

    functions: tuple[str, ...]
    own: Counts
    total: Counts
    samples: Counts


def tabulate(windows: Sequence[Stacks]) -> Table:
    """The table of functions of some windows."""
    own, total = functions_of(merged(windows))
    functions = tuple(sorted(total, key=lambda function: (-own[function], -total[function], function)))
    counted = [functions_of(stacks) for stacks in windows]
    return Table(
        functions,
        np.array([[window[0][function] for window in counted] for function in functions], dtype=float).reshape(len(functions), len(windows)),
        np.array([[window[1][function] for window in counted] for function in functions], dtype=float).reshape(len(functions), len(windows)),
        np.array([sum(stacks.values()) for stacks in windows], dtype=float),
    )


def function_shares(windows: Sequence[Stacks]) -> list[FunctionShare]:
    """Every function of the windows, the one with most samples of its own first."""
    table = tabulate(windows)
    return [
        FunctionShare(function, share(own, table.samples), share(total, table.samples), dispersion(own, table.samples))
        for function, own, total in zip(table.functions, table.own, table.total, strict=True)
    ]


def share(counts: Counts, samples: Counts) -> Estimate:
    """sum(counts) / sum(samples) over windows with its t interval, n the samples; the Wilson interval of one window, which is a lower bound."""
    n = int(samples.sum())
    if np.count_nonzero(samples) < 2:
        found = wilson(int(counts.sum()), n)
        return replace(found, method="one window; Wilson interval, a lower bound of the width")
    found = ratio_of_windows(counts, samples)
    return Estimate(found.value, max(0.0, found.low), min(1.0, found.high), n, found.method)


def dispersion(counts: Counts, samples: Counts) -> float:
    """Pearson's chi-squared over its degrees of freedom: 1 where samples are independent of each other."""
    held = samples > 0
    k, n = counts[held], samples[held]
    if len(n) < 2 or not 0 < k.sum() < n.sum():
        return float("nan")
    expected = k.sum() / n.sum()
    return float(np.sum((k - expected * n) ** 2 / (n * expected * (1 - expected))) / (len(n) - 1))
