"""Hit ratios that a design leads to expect, tier by tier: what a monitor compares with."""

import numpy as np

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.intervals import WINDOWS
from perfweek.caching.logged import Logged, key_lengths, requests_of, window_of
from perfweek.caching.process_memory import in_process_bytes
from perfweek.caching.redis_memory import string_bytes
from perfweek.caching.tiers.design import Design
from perfweek.caching.tiers.replay import NOT_A_READ, TIERS, Weights, replay_tiers
from perfweek.stats import Estimate, ratio_of_windows

BEHIND = {"l1": ("l1", "l2", "l3", "origin"), "l2": ("l2", "l3", "origin")}
"""What a tier was asked for: what it answered, and what those behind it did."""


def expected_hits(logged: Logged, design: Design) -> dict[str, Estimate]:
    """By level, of the tiers inside the service's reach: answers of the tier over what it was asked for, with an interval over windows of time.
    Entries weigh what they take in the process and in Redis."""
    frame = logged.frame
    trace = Numbered.of(requests_of(frame))
    lengths = key_lengths(frame["key"])
    values = np.maximum(trace.sizes, 1)
    weights = Weights(
        np.rint(in_process_bytes(lengths, values)).astype(np.int64), np.rint(string_bytes(lengths, values, trace.keys)).astype(np.int64)
    )
    tiers = replay_tiers(trace, design, weights).tiers
    window = window_of(frame["time"].to_numpy(float))
    there = [level for level, store in (("l1", design.process), ("l2", design.shared)) if store]
    return {level: _ratio(level, tiers, window) for level in there}


def _ratio(level: str, tiers: np.ndarray, window: np.ndarray) -> Estimate:
    asked = np.isin(tiers, [TIERS.index(one) for one in BEHIND[level]]) & (tiers != NOT_A_READ)
    answered = tiers == TIERS.index(level)
    found = ratio_of_windows(np.bincount(window, answered, WINDOWS), np.bincount(window, asked, WINDOWS))
    return Estimate(found.value, found.low, found.high, int(asked.sum()), found.method)
