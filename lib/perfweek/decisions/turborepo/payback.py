"""In how many weeks the hours that it saves repay the days of the move."""

import math

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Builds, Evidence, History, Missing
from perfweek.decisions.turborepo.affected import affected_shares
from perfweek.decisions.turborepo.builds import chain_s
from perfweek.stats import Estimate, mean_of_windows
from perfweek.target_decisions import Decisions
from perfweek.wording import bracketed, number

RULE = Rule(
    record="ADR-004",
    id="payback",
    quantity="weeks until the move is repaid",
    unit="weeks",
    formula="days of the move over changes a week times (sum of tasks / workers now - max(affected chain, affected sum / workers) - restore)",
    threshold=Threshold("at most", 12, 12, "J", "a move should be repaid within a quarter"),
    role="necessary",
    instead="filter the pipeline's steps by path and cache their results by lock file",
    fewest=25,
    measure="estimate the move in person-days (decisions.migration_days) and write a run summary without the cache",
)
DAY_S = 8 * 3600.0
LONGEST_WEEKS = 10_000.0


def payback(evidence: Evidence) -> Criterion:
    """From the stated days, the replayed changes and the last run without the cache."""
    known = evidence.known
    if known.migration_days < 0:
        source = evidence.any_dataset.source if evidence.any_dataset else ""
        reason = "nobody has said what the move takes; set decisions.migration_days in target.toml"
        return criterion(RULE, Missing(reason, source), lambda _: Missing(reason))
    return criterion(RULE, evidence.history, lambda history: _observe(history, evidence.builds, known))


def _observe(history: History, builds: Builds | Missing, known: Decisions) -> Observation | Missing:
    if isinstance(builds, Missing):
        return builds
    shares = affected_shares(history, builds)
    cold = [run for run in builds.runs if run.cold and not math.isnan(chain_s(run))]
    if not cold or not len(shares):
        return Missing("no run summary is of a run without the cache")
    weeks = (max(one.time for one in history.log) - min(one.time for one in history.log)) / (7 * 86_400)
    if weeks <= 0:
        return Missing("the changes span no time")
    total, chain = sum(task.cold_s for task in cold[-1].tasks), chain_s(cold[-1])
    now = max(chain, total / known.pipeline_workers)
    after = np.maximum(shares * chain, shares * total / known.pipeline_workers) + known.restore_s * (shares > 0)
    saved = mean_of_windows(now - after)
    a_week = len(shares) / weeks
    value, low, high = (_weeks(known.migration_days, a_week, one) for one in (saved.value, saved.high, saved.low))
    found = Estimate(value, low, high, len(shares), saved.method)
    finding = f"{number(a_week)} changes a week save {number(max(0.0, saved.value))} s each: the move is repaid in {bracketed(found)} weeks"
    return Observation.of(of_interval(found), 1.0, "assumed", finding)


def _weeks(days: float, a_week: float, saved_s: float) -> float:
    return min(LONGEST_WEEKS, days * DAY_S / (a_week * saved_s)) if saved_s > 0 else LONGEST_WEEKS
