"""Two sides of several runs each compared: per endpoint and quantity an effect with its interval, and a verdict that allows for the number
of comparisons. One run a side tells how these two runs differ, not how two versions do: then no verdict but 'cannot tell'."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import nct
from scipy.stats import t as student

from perfweek.progress.effects import error_difference, rate_ratio
from perfweek.progress.replicates import Effect, RunQuantiles, figure_ratio, quantile_ratio
from perfweek.progress.runs import ALL, FIGURES, Run, endpoints_of, latencies, pooled
from perfweek.stats import CONFIDENCE, benjamini_hochberg, identified

Verdict = Literal["improved", "regressed", "same", "cannot tell"]
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
QUANTITIES = (*QUANTILES, "errors", "throughput")
ERROR_BAND = 0.01
"""A share of failures that moved by less than one in a hundred counts as the same."""
POWER = 0.8
ONE_RUN = "one run a side: how much two runs of the same thing differ is not known"
TOO_FEW = "too few requests for an interval"
UNANSWERED = "what was never sent could change it"
TOO_WIDE = "the interval reaches into what counts as the same"
MANY = "not after the correction for the number of comparisons"
REFUSED = "the runs did not ask the same"


@dataclass(frozen=True)
class Comparison:
    """One quantity of one endpoint. `before` and `after` in the quantity's own unit (ms, a share, 1/s), of all runs of a side together; `p`
    adjusted for all comparisons of the pair; `band` from where to where an effect counts as none; `detectable` the smallest true effect that
    these runs would have shown with 80 % probability (a ratio below 1, or a difference below 0), NaN where that is not known. `unanswered`: factors
    by which requests that were never sent could lower and raise the ratio at most; `reason` says why the data cannot tell."""

    endpoint: str
    quantity: str
    before: float
    after: float
    effect: Effect
    p: float
    band: tuple[float, float]
    verdict: Verdict
    detectable: float
    unanswered: tuple[float, float] = (1.0, 1.0)
    reason: str = ""


Repeated = Sequence[tuple[str, Sequence[float], Sequence[float]]]
"""A figure of FIGURES that was measured apart from the runs, in one session a side: its values before and after. However often it was repeated
there, the machine may have been busier on one of the days, so it is one run a side."""


def compare(before: Sequence[Run], after: Sequence[Run], smallest_effect: float, refused: bool = False, repeated: Repeated = ()) -> list[Comparison]:
    """Compare the runs of two sides. Endpoints in the order of their names, those of one side only included, then the figures of whole runs and
    the `repeated` ones.

    Latencies are those of successful requests. With `refused` (the runs cannot be compared) every verdict is 'cannot tell'.
    """
    found = [_measured(endpoint, quantity, before, after, smallest_effect) for endpoint in endpoints_of([*before, *after]) for quantity in QUANTITIES]
    of_runs = [(quantity, _values(before, quantity), _values(after, quantity)) for quantity in FIGURES]
    found += [_figure(*figure, smallest_effect) for figure in of_runs if figure[1] and figure[2]]
    found += [_session(*figure, smallest_effect) for figure in repeated if figure[1] and figure[2]]
    adjusted = benjamini_hochberg([comparison.effect.p if comparison.effect.replicated else math.nan for comparison in found])
    judged = [_judged(comparison, p, refused) for comparison, p in zip(found, adjusted, strict=True)]
    return [replace(one, detectable=detectable(one.effect, one.band, len(found))) for one in judged]


def verdict(effect: Effect, p: float, band: tuple[float, float], lower_is_better: bool = True) -> Verdict:
    """'same' where the whole interval lies within the band, 'improved' or 'regressed' where it lies outside on one side and `p` (adjusted)
    is below 5 %, else 'cannot tell'; always so for one run a side."""
    if not effect.replicated or math.isnan(effect.low) or math.isnan(effect.high):
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
    """One row a comparison: endpoint, quantity, before, after, effect, low, high, p_adjusted, verdict, detectable, reason."""
    rows = [
        {
            **{name: getattr(one, name) for name in ("endpoint", "quantity", "before", "after")},
            **{"effect": one.effect.value, "low": one.effect.low, "high": one.effect.high, "p_adjusted": one.p},
            **{name: getattr(one, name) for name in ("verdict", "detectable", "reason")},
        }
        for one in comparisons
    ]
    names = ["endpoint", "quantity", "before", "after", "effect", "low", "high", "p_adjusted", "verdict", "detectable", "reason"]
    return pd.DataFrame(rows, columns=names)


def detectable(effect: Effect, band: tuple[float, float], comparisons: int = 1) -> float:
    """The true improvement that would have been called so with 80 % probability, given how much these runs differ: its interval must end
    beyond the band, and its p must survive the correction, at worst for all `comparisons` at once (Bonferroni)."""
    if not effect.replicated or math.isnan(effect.high) or math.isnan(effect.error):
        return math.nan
    error, freedom = effect.error, effect.freedom
    edge = -band[0] if effect.kind == "difference" else -math.log(band[0])
    alpha = 1 - CONFIDENCE
    change = max(edge + _errors_away(alpha, freedom) * error, _errors_away(alpha / comparisons, freedom) * error)
    return -max(change, edge + (effect.high - effect.low) / 2) if effect.kind == "difference" else math.exp(-change)


@lru_cache(maxsize=4096)
def _errors_away(alpha: float, freedom: float) -> float:
    """How many standard errors a true effect must be away for a two-sided t-test at `alpha` to see it with 80 % probability."""
    critical = float(student.ppf(1 - alpha / 2, freedom))
    return float(brentq(lambda away: nct.sf(critical, freedom, away) - POWER, critical / 2, 3 * critical + 3, xtol=1e-3))


def _measured(endpoint: str, quantity: str, before: Sequence[Run], after: Sequence[Run], smallest_effect: float) -> Comparison:
    band, unanswered = (1 - smallest_effect, 1 + smallest_effect), (1.0, 1.0)
    sides = [[run.endpoints[endpoint] for run in side if endpoint in run.endpoints] for side in (before, after)]
    if quantity == "errors":
        effect = error_difference(*([rows["failed"].to_numpy(bool) for rows in side] for side in sides))
        band = (-ERROR_BAND, ERROR_BAND)
    elif quantity == "throughput":
        effect = rate_ratio(*([rows["time"].to_numpy(float) for rows in side] for side in sides))
    else:
        effect = _quantile_effect(endpoint, QUANTILES[quantity], before, after)
        unanswered = _unanswered(endpoint, QUANTILES[quantity], before, after)
    values = (_value(before, endpoint, quantity), _value(after, endpoint, quantity))
    return Comparison(endpoint, quantity, *values, effect, math.nan, band, "cannot tell", math.nan, unanswered)


def _quantile_effect(endpoint: str, q: float, before: Sequence[Run], after: Sequence[Run]) -> Effect:
    sides: list[list[RunQuantiles]] = [[run.quantiles[endpoint] for run in side if endpoint in run.quantiles] for side in (before, after)]
    counts = [sum(run.n for run in side) for side in sides]
    effect = quantile_ratio(sides[0], sides[1], q, sum(counts))
    if all(identified(q, count) for count in counts):
        return effect
    return replace(effect, low=math.nan, high=math.nan, p=math.nan, error=math.nan, method=TOO_FEW)


def _figure(quantity: str, before: Sequence[float], after: Sequence[float], smallest_effect: float) -> Comparison:
    band = (1 - smallest_effect, 1 + smallest_effect)
    means = float(np.mean(before)), float(np.mean(after))
    return Comparison(ALL, quantity, *means, figure_ratio(before, after), math.nan, band, "cannot tell", math.nan)


def _session(quantity: str, before: Sequence[float], after: Sequence[float], smallest_effect: float) -> Comparison:
    """With the interval of what varied within the two sessions, and no verdict."""
    logs = [np.log(np.asarray(side, dtype=float)) for side in (before, after)]
    levels = [[float(np.exp(side.mean()))] for side in logs]
    first, second = (float(np.var(side, ddof=1)) / len(side) if len(side) > 1 else 0.0 for side in logs)
    fewest = min(len(side) for side in logs)
    effect = figure_ratio(levels[0], levels[1], (first, second), sum(map(len, logs)), fewest)
    return Comparison(
        ALL, quantity, levels[0][0], levels[1][0], effect, math.nan, (1 - smallest_effect, 1 + smallest_effect), "cannot tell", math.nan
    )


def _values(runs: Sequence[Run], quantity: str) -> list[float]:
    return [run.figures[quantity] for run in runs if math.isfinite(run.figures.get(quantity, math.nan))]


def _judged(one: Comparison, p: float, refused: bool) -> Comparison:
    if refused:
        return replace(one, p=p, reason=REFUSED)
    lower_is_better = FIGURES[one.quantity].lower_is_better if one.quantity in FIGURES else one.quantity != "throughput"
    effect = one.effect
    found = verdict(effect, p, one.band, lower_is_better)
    low, high = one.unanswered
    if found != "cannot tell" and (low, high) != (1.0, 1.0):
        surely = verdict(replace(effect, low=effect.low * low, high=effect.high * high), p, one.band, lower_is_better)
        return replace(one, p=p, verdict=surely, reason=UNANSWERED if surely == "cannot tell" else "")
    return replace(one, p=p, verdict=found, reason=_reason(one) if found == "cannot tell" else "")


def _reason(one: Comparison) -> str:
    if math.isnan(one.effect.low) and math.isnan(one.effect.value):
        return "measured on one side only" if math.isnan(one.before) != math.isnan(one.after) else TOO_FEW
    if not one.effect.replicated:
        return ONE_RUN
    if math.isnan(one.effect.low):
        return TOO_FEW
    return MANY if one.effect.high < one.band[0] or one.effect.low > one.band[1] else TOO_WIDE


def _unanswered(endpoint: str, q: float, before: Sequence[Run], after: Sequence[Run]) -> tuple[float, float]:
    """How far the ratio falls if what was never sent before were slowest, and rises if what was never sent after were."""
    if not any(len(run.unsent) for run in (*before, *after)):
        return 1.0, 1.0
    seen, most = ([_quantile(side, q) for side in sides] for sides in (_sides(endpoint, before, after, False), _sides(endpoint, before, after, True)))
    return seen[0] / most[0] if most[0] else 1.0, most[1] / seen[1] if seen[1] else 1.0


def _sides(endpoint: str, before: Sequence[Run], after: Sequence[Run], with_unsent: bool) -> list[np.ndarray]:
    found = [np.concatenate([run.upper(endpoint) for run in side] or [np.array([])]) for side in (before, after)]
    return found if with_unsent else [side[np.isfinite(side)] for side in found]


def _quantile(values: np.ndarray, q: float) -> float:
    """Linear interpolation between ranks; infinite where the upper neighbour is."""
    if not len(values):
        return math.nan
    ordered, place = np.sort(values), q * (len(values) - 1)
    low, high = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    return low if low == high else low + (high - low) * (place - math.floor(place))


def _value(runs: Sequence[Run], endpoint: str, quantity: str) -> float:
    rows = pooled(runs, endpoint)
    if quantity == "errors":
        return float(rows["failed"].mean()) if len(rows) else math.nan
    if quantity == "throughput":
        spans = [(len(one), float(np.ptp(one["time"]))) for run in runs if len(one := run.endpoints.get(endpoint, rows.head(0))) > 1]
        seconds = sum(span for _, span in spans)
        return sum(n - 1 for n, _ in spans) / seconds if seconds else math.nan
    durations = latencies(rows)[0] if len(rows) else np.array([])
    return float(np.quantile(durations, QUANTILES[quantity])) if durations.size else math.nan
