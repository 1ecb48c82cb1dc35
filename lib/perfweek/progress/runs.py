"""One run of a load as a comparison takes it, and what of each run is compared beside its response times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.progress.replicates import RunQuantiles

ALL = "all requests"
"""The endpoint of figures that are of the whole run."""


@dataclass(frozen=True)
class Figure:
    """What one figure a run is called, its unit, and whether less of it is better."""

    title: str
    unit: str
    lower_is_better: bool = True


FIGURES: Mapping[str, Figure] = {
    "CPU a request": Figure("CPU time a request", "ms"),
    "memory": Figure("largest resident memory", "MiB"),
    "statements a request": Figure("statements to the warehouse a request", "1"),
    "bytes scanned a request": Figure("bytes that the warehouse scanned a request", "B"),
    "credits a request": Figure("credits a request", "credits"),
    "cache hit ratio": Figure("share of reads that a cache answered", "1", lower_is_better=False),
    "build time": Figure("time of the build command", "s"),
    "test time": Figure("time of the test command", "s"),
}


@dataclass(frozen=True)
class Run:
    """`requests`: one row a request while the load was constant: endpoint, time (epoch seconds), duration_ms, failed. `unsent`: endpoint and
    time of requests that could not be started. `figures`: one value of each of FIGURES that was measured."""

    name: str
    requests: pd.DataFrame
    unsent: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"endpoint": [], "time": []}))
    figures: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def endpoints(self) -> dict[str, pd.DataFrame]:
        """The requests of each endpoint, by name."""
        return {str(name): rows for name, rows in self.requests.groupby("endpoint", observed=True)}

    @cached_property
    def quantiles(self) -> dict[str, RunQuantiles]:
        """Of the answered requests of each endpoint."""
        return {name: RunQuantiles.of(*latencies(rows)) for name, rows in self.endpoints.items()}

    def upper(self, endpoint: str) -> NDArray[np.float64]:
        """The latencies of an endpoint (ms) with what was never sent as slower than any."""
        durations = latencies(self.endpoints[endpoint])[0] if endpoint in self.endpoints else np.array([])
        return np.concatenate([durations, np.full(int((self.unsent["endpoint"] == endpoint).sum()), np.inf)])


def latencies(requests: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The response times of the requests that did not fail (ms), and when these started (epoch seconds)."""
    good = requests[~requests["failed"].to_numpy(bool)]
    return good["duration_ms"].to_numpy(float), good["time"].to_numpy(float)


def endpoints_of(runs: Iterable[Run]) -> list[str]:
    """All of them, by name."""
    return sorted({name for run in runs for name in run.endpoints})


def pooled(runs: Sequence[Run], endpoint: str) -> pd.DataFrame:
    """The requests of an endpoint in all runs of a side."""
    found = [run.endpoints[endpoint] for run in runs if endpoint in run.endpoints]
    return pd.concat(found) if found else pd.DataFrame({"endpoint": [], "time": [], "duration_ms": [], "failed": []})
