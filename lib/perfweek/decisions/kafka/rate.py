"""ADR-001, event-driven architecture with Kafka: are there enough events for a log broker to pay?

A table that serves as a queue in a database the team already runs carried 5,015 messages a second on three small
machines (2minutestreaming, 2025). The rebuttal: two-minute tests do not show what vacuum and a long backlog cost
(kmoppel, 2025-11-13). So the threshold is a range that stays well below it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.stats import Estimate
from perfweek.wording import count

PEAK = Rule(
    record="ADR-001",
    id="peak-write-rate",
    quantity="writes in the busiest second",
    unit="per second",
    formula="largest number of answered writes (POST, PUT, PATCH, DELETE) in a window of one second",
    threshold=Threshold("at least", 3000, 1000, "P", "a log broker begins to pay at 1,000 to 3,000 events a second"),
    role="veto",
    instead="write the event into an outbox table in the transaction of the write and let a worker read it",
    fewest=20,
    waived_by=("consumers", "replays"),
    measure="give an access log of real traffic under cache.log",
)
REPLAYS = 500
BLOCK_S = 10


def peak_write_rate(evidence: Evidence) -> Criterion:
    """Writes in the busiest second, with the range that a repeat of the load would show."""
    return criterion(PEAK, evidence.requests, _observe)


def _observe(requests: Requests) -> Observation | Missing:
    seconds = math.floor(requests.dataset.end - requests.dataset.start)
    if seconds < 1:
        return Missing("the log is shorter than a second")
    offsets = requests.writes["time"].to_numpy() - requests.dataset.start
    peak = busiest_second(np.bincount(offsets[offsets < seconds].astype(int), minlength=seconds))
    finding = f"the busiest second saw {count(int(peak.value), 'write')}, a repeat of the load would see {peak.low:,.0f} to {peak.high:,.0f}"
    return Observation.of(of_interval(peak), requests.kept, requests.mix, finding)


def busiest_second(counts: NDArray[np.int64], *, seed: int = 1) -> Estimate:
    """The largest of the counts by second; n is the number of seconds.

    A maximum cannot be bootstrapped (no resample exceeds it). The interval is that of replays instead: blocks of ten seconds are
    drawn anew, and each of their seconds gets a count of the block's mean and of the dispersion within blocks: Poisson, or
    negative binomial where arrivals come in bursts. Without any write the upper end is 3, the rule of three.
    """
    n = len(counts)
    if not counts.any():
        return Estimate(0.0, 0.0, 3.0, n, "no writes: rule of three")
    block = max(1, min(BLOCK_S, n // 5))
    rates = np.convolve(np.concatenate([counts, counts[: block - 1]]), np.full(block, 1 / block), "valid")
    dispersion = _dispersion(counts, block)
    random = np.random.default_rng(seed)
    peaks = [_replayed_peak(random, random.choice(rates, -(-n // block)), min(block, n), dispersion) for _ in range(REPLAYS)]
    low, high = np.quantile(peaks, (0.025, 0.975))
    value = float(counts.max())
    return Estimate(value, min(float(low), value), max(float(high), value), n, f"{REPLAYS} replays of the rate in blocks of {block} s")


def _dispersion(counts: NDArray[np.int64], block: int) -> float:
    """Variance over mean of the counts within blocks; 1 for Poisson arrivals."""
    whole = counts[: len(counts) // block * block].reshape(-1, block)
    if block < 2 or not whole.any():
        return 1.0
    return float(whole.var(axis=1, ddof=1).mean() / whole.mean())


def _replayed_peak(random: np.random.Generator, rates: NDArray[np.float64], block: int, dispersion: float) -> int:
    expected = np.repeat(rates[rates > 1e-9], block)
    if not expected.size:
        return 0
    if dispersion <= 1:
        return int(random.poisson(expected).max())
    return int(random.negative_binomial(expected / (dispersion - 1), 1 / dispersion).max())
