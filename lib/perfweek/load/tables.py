"""Monday's tables about load."""

import math

import pandas as pd

from perfweek.load.baseline import Baseline
from perfweek.load.latency import QUANTILES
from perfweek.load.thresholds import Threshold
from perfweek.stats import Estimate, identified
from perfweek.wording import in_percent, interval_text, number, value_text

LATENCY_FORMATS = {"n_eff": ",.0f", "failed %": ".2f"}
QUANTILE_FORMATS = {"n_eff": ",.0f"}
PHASE_FORMATS = {"from s": ".0f", "to s": ".0f", "failed %": ".2f"}


def latency_table(baseline: Baseline) -> pd.DataFrame:
    """One row an endpoint: n, how many independent observations p95 rests on, quantiles in ms, p95 where what failed or was never sent counts
    as slower than any answer, failures, the verdict. p99.9 where an endpoint has enough requests for it; columns that say nothing new are left out.
    """
    rows = [
        {
            "endpoint": latency.endpoint,
            "n": latency.n,
            "n_eff": latency.p95.n_eff,
            "p50 ms": latency.p50.value,
            "p95 ms": latency.p95.value,
            "95 % interval": interval_text(latency.p95),
            "p95 at most, ms": bound_text(latency.upper.p95),
            "p99 ms": latency.p99.value,
            "p99.9 ms": latency.p999.value if identified(0.999, latency.n) else math.nan,
            "failed %": 100 * latency.errors.value,
            "budget": baseline.verdict(latency),
        }
        for latency in baseline.endpoints
    ]
    table = pd.DataFrame(rows)
    unneeded = [] if any(latency.known_share < 1 for latency in baseline.endpoints) else ["p95 at most, ms"]
    unneeded += ["p99.9 ms"] if len(table) and table["p99.9 ms"].isna().all() else []
    return table.drop(columns=unneeded) if len(table) else table


def quantile_table(baseline: Baseline) -> pd.DataFrame:
    """One row an endpoint and quantile, all requests together first: value in ms, interval, n and n_eff, those that n allows; and the upper
    bound where any request has no response time."""
    table = pd.DataFrame(
        [
            {
                "endpoint": latency.endpoint,
                "quantile": f"p{100 * q:g}",
                "ms": estimate.value,
                "95 % interval": interval_text(estimate),
                "at most, ms": bound_text(getattr(latency.upper, name)),
                "n": estimate.n,
                "n_eff": estimate.n_eff,
            }
            for latency in (baseline.overall, *baseline.endpoints)
            for name, q in QUANTILES.items()
            if identified(q, (estimate := getattr(latency, name)).n)
        ]
    )
    return table.drop(columns="at most, ms") if len(table) and baseline.overall.known_share == 1 else table


def phase_table(baseline: Baseline) -> pd.DataFrame:
    """One row a scenario, phase and endpoint, in order of time: requests, quantiles in ms with the interval of p95, failures."""
    return pd.DataFrame(
        [
            {
                "scenario": one.phase.scenario,
                "phase": one.phase.kind,
                "from s": one.phase.start_s,
                "to s": one.phase.end_s,
                "load": _load(one.phase.low, one.phase.high, baseline.run.plan.model),
                "endpoint": one.endpoint,
                "requests": one.requests,
                "p50 ms": one.p50.value,
                "p95 ms": one.p95.value,
                "95 % interval": interval_text(one.p95),
                "p99 ms": one.p99.value,
                "failed %": 100 * one.errors.value,
            }
            for one in baseline.phases
        ]
    )


def threshold_table(baseline: Baseline) -> pd.DataFrame:
    """One row a threshold of the load script, missed ones first: its value with interval, k6's verdict, whether the limit is within the interval."""
    return pd.DataFrame(
        [
            {
                "metric": one.metric,
                "threshold": one.expression,
                "value": _valued(one),
                "95 % interval": interval_text(in_percent(one.value) if one.unit == "%" else one.value),
                "n": one.value.n,
                "verdict": one.verdict,
                "limit within the interval": "yes" if one.near else "no",
            }
            for one in baseline.thresholds
        ]
    )


def bound_text(estimate: Estimate) -> str:
    """An upper bound in ms; 'not known' where more is missing than the quantile leaves out."""
    return number(estimate.value) if math.isfinite(estimate.value) else "not known"


def _valued(threshold: Threshold) -> str:
    if math.isnan(threshold.value.value):
        return threshold.value.method
    return f"{value_text(in_percent(threshold.value) if threshold.unit == '%' else threshold.value)} {threshold.unit}".rstrip()


def _load(low: float, high: float, model: str) -> str:
    unit = "/s" if model == "open" else " callers"
    return f"{number(low)}{unit}" if low == high else f"{number(low)} to {number(high)}{unit}"
