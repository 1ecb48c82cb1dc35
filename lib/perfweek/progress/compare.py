"""Two runs compared: per endpoint and quantity an effect with its interval, and a verdict that allows for the number of comparisons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from perfweek.progress.effects import Effect, Run, error_difference, latency_ratio, rate_ratio
from perfweek.stats import CONFIDENCE, benjamini_hochberg

Verdict = Literal["improved", "regressed", "same", "cannot tell"]
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
QUANTITIES = (*QUANTILES, "errors", "throughput")
ERROR_BAND = 0.01
"""A share of failures that moved by less than one in a hundred counts as the same."""
POWER = 0.8


@dataclass(frozen=True)
class Comparison:
    """One quantity of one endpoint. `before` and `after` in the quantity's own unit (ms, a share, 1/s); `p` adjusted for all comparisons
    of the pair; `band` from where to where an effect counts as none; `detectable` the smallest true effect that this pair would have
    shown with 80 % probability (a ratio below 1, or a difference below 0), NaN where that is not known."""

    endpoint: str
    quantity: str
    before: float
    after: float
    effect: Effect
    p: float
    band: tuple[float, float]
    verdict: Verdict
    detectable: float


def compare(before: pd.DataFrame, after: pd.DataFrame, smallest_effect: float, refused: bool = False) -> list[Comparison]:
    """Compare two runs, each a frame with one row a request: endpoint, time (epoch seconds), duration_ms, failed (bool).

    Endpoints in the order of their names, those of one run only included. Latencies are those of successful requests. With
    `refused` (the runs cannot be compared) every verdict is 'cannot tell'.
    """
    endpoints = sorted({*before["endpoint"], *after["endpoint"]})
    found = [
        _measured(endpoint, quantity, before[before["endpoint"] == endpoint], after[after["endpoint"] == endpoint], smallest_effect)
        for endpoint in endpoints
        for quantity in QUANTITIES
    ]
    adjusted = benjamini_hochberg([comparison.effect.p for comparison in found])
    return [_judged(comparison, p, refused) for comparison, p in zip(found, adjusted, strict=True)]


def verdict(effect: Effect, p: float, band: tuple[float, float], lower_is_better: bool = True) -> Verdict:
    """'same' where the whole interval lies within the band, 'improved' or 'regressed' where it lies outside on one side and `p` (adjusted)
    is below 5 %, else 'cannot tell'."""
    if math.isnan(effect.low) or math.isnan(effect.high):
        return "cannot tell"
    if band[0] <= effect.low and effect.high <= band[1]:
        return "same"
    if p < 1 - CONFIDENCE and effect.high < band[0]:
        return "improved" if lower_is_better else "regressed"
    if p < 1 - CONFIDENCE and effect.low > band[1]:
        return "regressed" if lower_is_better else "improved"
    return "cannot tell"


def overall(comparisons: Sequence[Comparison]) -> Verdict:
    """An endpoint's verdict: regressed where any quantity is, else improved where any is, else the same where all are."""
    verdicts = {comparison.verdict for comparison in comparisons}
    for worst in ("regressed", "improved"):
        if worst in verdicts:
            return worst
    return "same" if verdicts == {"same"} else "cannot tell"


def by_endpoint(comparisons: Sequence[Comparison]) -> dict[str, list[Comparison]]:
    endpoints = dict.fromkeys(comparison.endpoint for comparison in comparisons)
    return {endpoint: [comparison for comparison in comparisons if comparison.endpoint == endpoint] for endpoint in endpoints}


def table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row a comparison: endpoint, quantity, monday, friday, effect, low, high, p_adjusted, verdict, detectable."""
    rows = [
        (one.endpoint, one.quantity, one.before, one.after, one.effect.value, one.effect.low, one.effect.high, one.p, one.verdict, one.detectable)
        for one in comparisons
    ]
    names = ["endpoint", "quantity", "monday", "friday", "effect", "low", "high", "p_adjusted", "verdict", "detectable"]
    return pd.DataFrame(rows, columns=names)


def _measured(endpoint: str, quantity: str, before: pd.DataFrame, after: pd.DataFrame, smallest_effect: float) -> Comparison:
    if quantity == "errors":
        effect = error_difference(before["failed"].to_numpy(bool), after["failed"].to_numpy(bool))
        band = (-ERROR_BAND, ERROR_BAND)
    elif quantity == "throughput":
        effect = rate_ratio(before["time"].to_numpy(float), after["time"].to_numpy(float))
        band = (1 - smallest_effect, 1 + smallest_effect)
    else:
        effect = latency_ratio(latencies(before), latencies(after), QUANTILES[quantity])
        band = (1 - smallest_effect, 1 + smallest_effect)
    return Comparison(
        endpoint, quantity, _value(before, quantity), _value(after, quantity), effect, math.nan, band, "cannot tell", detectable(effect, band)
    )


def detectable(effect: Effect, band: tuple[float, float]) -> float:
    """The true effect whose interval would have ended below the band with 80 % probability, given the width of this one."""
    factor = 1 + NormalDist().inv_cdf(POWER) / NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    if effect.kind == "difference":
        return band[0] - factor * (effect.high - effect.low) / 2
    return band[0] * (effect.low / effect.high) ** (factor / 2)


def _judged(comparison: Comparison, p: float, refused: bool) -> Comparison:
    if refused:
        return replace(comparison, p=p)
    lower_is_better = comparison.quantity != "throughput"
    return replace(comparison, p=p, verdict=verdict(comparison.effect, p, comparison.band, lower_is_better))


def latencies(run: pd.DataFrame) -> Run:
    """The response times of the requests that did not fail, ms, and when these started."""
    successful = run[~run["failed"].to_numpy(bool)]
    return successful["duration_ms"].to_numpy(float), successful["time"].to_numpy(float)


def _value(run: pd.DataFrame, quantity: str) -> float:
    if quantity == "errors":
        return float(run["failed"].mean()) if len(run) else math.nan
    if quantity == "throughput":
        return (len(run) - 1) / float(np.ptp(run["time"])) if len(run) > 1 and np.ptp(run["time"]) else math.nan
    durations = latencies(run)[0]
    return float(np.quantile(durations, QUANTILES[quantity])) if durations.size else math.nan
