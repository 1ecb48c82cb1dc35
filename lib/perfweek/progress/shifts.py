"""How the whole distribution moved: the ratio of each quantile (the shift function: Doksum 1974, Rousselet and Wilcox 2017)."""

from collections.abc import Sequence

import pandas as pd

from perfweek.progress.replicates import QUANTILES, quantile_ratio
from perfweek.progress.runs import Run, endpoints_of
from perfweek.stats import identified


def shifts_of(before: Sequence[Run], after: Sequence[Run]) -> dict[str, pd.DataFrame]:
    """endpoint -> one row a quantile that both sides have enough requests for: quantile, ratio, low, high; endpoints of both sides only."""
    return {name: _shift(name, before, after) for name in endpoints_of([*before, *after]) if _in(name, before) and _in(name, after)}


def _in(name: str, runs: Sequence[Run]) -> bool:
    return any(name in run.quantiles for run in runs)


def _shift(name: str, before: Sequence[Run], after: Sequence[Run]) -> pd.DataFrame:
    sides = [[run.quantiles[name] for run in side if name in run.quantiles] for side in (before, after)]
    fewest = min(sum(run.n for run in side) for side in sides)
    found = [(q, quantile_ratio(sides[0], sides[1], q, fewest)) for q in QUANTILES if identified(q, fewest)]
    return pd.DataFrame([(q, one.value, one.low, one.high) for q, one in found], columns=["quantile", "ratio", "low", "high"])
