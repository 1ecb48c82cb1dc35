"""How many workers bursts of writes need, when callers wait and when work may be deferred: found by replaying the log.

The log's own arrivals and service times go through c workers, first come, first served (Kiefer and Wolfowitz 1955; Lindley 1952 for
one). Formulas that know only the variance of the gaps (Kingman, Allen and Cunneen) are not used: bursts are correlated, and at a load of 48 %
such a replay showed a mean wait of 1,613 ms where the formula said 0.4 ms. The index of dispersion says over which times the bursts last.
"""

import math

import numpy as np

from perfweek.caching.engine.bits import kernel
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.resampling import Floats
from perfweek.stats import Estimate
from perfweek.wording import bracketed, listed, number

RULE = Rule(
    record="ADR-001",
    id="burstiness",
    quantity="workers that waiting callers need, over those that deferred work needs",
    unit="times",
    formula="least c with p99 of the wait within the budget, over the least c with every wait within the deadline; replay of the log",
    threshold=Threshold("at least", 2, 2, "J", "a queue levels the load where callers that wait need twice the workers"),
    role="supporting",
    instead="add workers: bursts do not need a queue",
    fewest=200,
    measure="give an access log of real traffic under cache.log that covers the busiest hour",
)
WINDOWS_S = (0.1, 1.0, 10.0, 60.0)
REPLAYS = 60
MOST_WORKERS = 4096
MOST_WRITES = 20_000


def burstiness(evidence: Evidence) -> Criterion:
    """Workers for synchronous over workers for deferred writes, from replays of the log in resampled blocks of time."""
    known = evidence.known
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, known.wait_budget_ms, known.drain_s))


def dispersion(times: Floats, window_s: float) -> float:
    """Index of dispersion of counts: variance over mean of arrivals a window; 1 for Poisson arrivals, NaN for fewer than ten windows."""
    windows = math.floor(float(np.ptp(times)) / window_s) if times.size else 0
    if windows < 10:
        return math.nan
    counts = np.bincount(((times - times.min()) / window_s).astype(int), minlength=windows)[:windows]
    return float(counts.var(ddof=1) / counts.mean()) if counts.any() else math.nan


@kernel
def _waits(arrivals: Floats, services: Floats, free: Floats, waits: Floats) -> None:
    """The wait of each arrival (seconds, ascending) for the first of the workers that is free; `free` is when each is, all 0 at first."""
    for place in range(arrivals.size):
        first = 0
        for worker in range(1, free.size):
            if free[worker] < free[first]:
                first = worker
        begins = max(arrivals[place], free[first])
        waits[place] = begins - arrivals[place]
        free[first] = begins + services[place]


def waits(arrivals: Floats, services: Floats, workers: int) -> Floats:
    """Seconds that each arrival waits for one of so many workers, first come, first served. `arrivals` ascend, from 0 on."""
    found = np.empty(len(arrivals))
    _waits(np.ascontiguousarray(arrivals, float), np.ascontiguousarray(services, float), np.zeros(workers), found)
    return found


def workers_for(arrivals: Floats, services: Floats, within_s: float, q: float) -> int:
    """The least number of workers with which the `q`-quantile of the waits is at most `within_s`; more workers never wait longer."""
    low, high = 1, 1
    while high < MOST_WORKERS and float(np.quantile(waits(arrivals, services, high), q)) > within_s:
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        if float(np.quantile(waits(arrivals, services, middle), q)) <= within_s:
            high = middle
        else:
            low = middle + 1
    return high


def _observe(requests: Requests, budget_ms: float, drain_s: float) -> Observation | Missing:
    writes = requests.writes.tail(MOST_WRITES)
    if len(writes) < RULE.fewest:
        return Missing(f"{len(writes)} writes, at least {RULE.fewest} are needed for a replay")
    arrivals, services = writes["time"].to_numpy(float) - requests.dataset.start, writes["duration_ms"].to_numpy(float) / 1000
    sync, queued = _both(arrivals, services, budget_ms, drain_s)
    drawn = [_ratio(*_both(*_resampled(arrivals, services, requests.seconds, seed), budget_ms, drain_s)) for seed in range(REPLAYS)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    value = _ratio(sync, queued)
    found = Estimate(value, min(float(low), value), max(float(high), value), len(writes), f"{REPLAYS} replays of the log in blocks of time")
    spread = [f"{number(dispersion(arrivals, window), 1)} at {window:g} s" for window in WINDOWS_S if not math.isnan(dispersion(arrivals, window))]
    finding = f"callers that wait need {sync} workers, deferred work {queued}: {bracketed(found)} times as many; index of dispersion {listed(spread)}"
    return Observation.of(of_interval(found), requests.kept, requests.mix, finding)


def _both(arrivals: Floats, services: Floats, budget_ms: float, drain_s: float) -> tuple[int, int]:
    return workers_for(arrivals, services, budget_ms / 1000, 0.99), workers_for(arrivals, services, drain_s, 1.0)


def _ratio(sync: int, queued: int) -> float:
    return sync / queued


def _resampled(arrivals: Floats, services: Floats, seconds: float, seed: int) -> tuple[Floats, Floats]:
    """The log again from blocks of its own time, drawn anew and laid end to end; bursts shorter than a block stay as they are."""
    block = max(1.0, min(60.0, seconds / 10))
    starts = np.random.default_rng(seed).uniform(0, max(0.0, seconds - block), math.ceil(seconds / block))
    edges = np.searchsorted(arrivals, np.column_stack([starts, starts + block]))
    times = [arrivals[first:last] - start + place * block for place, (start, (first, last)) in enumerate(zip(starts, edges, strict=True))]
    return np.concatenate(times), np.concatenate([services[first:last] for first, last in edges])
