"""Runs whose truth is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def run() -> Callable[..., pd.DataFrame]:
    """Latencies around 100 ms that wander together from second to second (autoregressive, 0.7), as those of a real service do."""

    def make(seed: int, factor: float = 1.0, seconds: int = 60, a_second: int = 40, failures: float = 0.0, endpoint: str = "GET /a") -> pd.DataFrame:
        random = np.random.default_rng(seed)
        drift = np.zeros(seconds)
        for second in range(1, seconds):
            drift[second] = 0.7 * drift[second - 1] + random.normal(0, 0.05)
        times = np.sort(random.uniform(0, seconds, seconds * a_second))
        durations = factor * 100 * np.exp(drift[times.astype(int)] + random.normal(0, 0.2, times.size))
        return pd.DataFrame({"endpoint": endpoint, "time": 1e9 + times, "duration_ms": durations, "failed": random.random(times.size) < failures})

    return make
