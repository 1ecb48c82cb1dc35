"""Whether reads become slower when writes increase."""

import math

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Evidence, Missing, Requests, Statements
from perfweek.stats import Estimate
from perfweek.wording import bracketed, percent

RULE = Rule(
    record="ADR-002",
    id="interference",
    quantity="rise of the reads' p95 when the rate of writes doubles",
    unit="1",
    formula="Theil-Sen slope of p95 of reads on writes, by window, times the mean of writes over the median of p95; with statements: time queued",
    threshold=Threshold("at least", 0.05, 0.05, "J", "reads that slow down by 5 % when writes double want capacity of their own"),
    role="supporting",
    instead="leave reads and writes together: they do not disturb each other",
    fewest=20,
    measure="let the rate of writes vary during the load, or give a log of real traffic under cache.log",
)
WINDOWS, FEWEST_READS = 60, 20


def interference(evidence: Evidence) -> Criterion:
    """The relative rise, with the interval of the Theil-Sen slope over windows of at least a second, at most a minute."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.statements))


def by_window(requests: Requests) -> pd.DataFrame:
    """One row a window with enough reads: writes (count), p95 (ms)."""
    length = min(60.0, max(1.0, requests.seconds / WINDOWS))
    reads = requests.reads
    window = ((reads["time"] - requests.dataset.start) // length).astype(int)
    writes = ((requests.writes["time"] - requests.dataset.start) // length).astype(int).value_counts()
    grouped = reads["duration_ms"].groupby(window)
    table = pd.DataFrame({"reads": grouped.size(), "p95": grouped.quantile(0.95)})
    return table[table["reads"] >= FEWEST_READS].assign(writes=writes.reindex(table.index, fill_value=0))


def _observe(requests: Requests, statements: Statements | Missing) -> Observation | Missing:
    table = by_window(requests)
    if len(table) < RULE.fewest:
        return Missing(f"{len(table)} windows with {FEWEST_READS} reads or more, at least {RULE.fewest} are needed")
    if table["writes"].nunique() < 2 or not table["p95"].median():
        return Missing("the rate of writes never varies, so its effect cannot be told")
    with np.errstate(invalid="ignore"):  # so many ties that there is no interval: said below
        slope, _, low, high = theilslopes(table["p95"], table["writes"], 0.95)
    scale = float(table["writes"].mean() / table["p95"].median())
    value, lower, upper = (float(one) * scale for one in (slope, low, high))
    found = Estimate(value, lower, upper, len(table), "Theil-Sen slope over windows")
    if not math.isfinite(found.low + found.high):
        return Missing("the rate of writes varies too little to tell its effect")
    finding = f"when writes double, the p95 of reads rises by {bracketed(found, '%')}{_queued(statements)}"
    return Observation.of(of_interval(found), requests.kept, "measured", finding)


def _queued(statements: Statements | Missing) -> str:
    """How much of the statements' time is waiting for the warehouse, where that is known."""
    if isinstance(statements, Missing) or not statements.texts["elapsed_ms"].sum():
        return ""
    return f"; statements wait {percent(float(np.nansum(statements.texts['queued_ms']) / statements.texts['elapsed_ms'].sum()))} of their time"
