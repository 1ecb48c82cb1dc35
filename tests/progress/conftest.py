"""Runs whose truth is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from perfweek.progress.runs import Run


@pytest.fixture
def frame() -> Callable[..., pd.DataFrame]:
    """Latencies around 100 ms that wander together from second to second (autoregressive, 0.7), as those of a real service do; `between`: by
    how much (standard deviation of the logarithm) the level of one run differs from that of another."""

    def make(
        seed: int,
        factor: float = 1.0,
        seconds: int = 60,
        a_second: int = 40,
        failures: float = 0.0,
        endpoint: str = "GET /a",
        between: float = 0.0,
    ) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        drift = np.full(seconds, random.normal(0, between) if between else 0.0)
        wander = 0.0
        for second in range(1, seconds):
            wander = 0.7 * wander + random.normal(0, 0.05)
            drift[second] += wander
        times = np.sort(random.uniform(0, seconds, seconds * a_second))
        durations = factor * 100 * np.exp(drift[times.astype(int)] + random.normal(0, 0.2, times.size))
        return pd.DataFrame({"endpoint": endpoint, "time": 1e9 + times, "duration_ms": durations, "failed": random.random(times.size) < failures})

    return make


@pytest.fixture
def side(frame: Callable[..., pd.DataFrame]) -> Callable[..., list[Run]]:
    """Runs of one version: four of twenty seconds whose level differs by 3 %."""

    def make(seed: int, runs: int = 4, **known: object) -> list[Run]:
        return [
            Run(f"{seed}-{number}", frame(1000 * seed + number, **{"seconds": 20, "a_second": 20, "between": 0.03} | known)) for number in range(runs)
        ]

    return make
