"""What a load run says: each endpoint against the budget, what was dropped, and what the service used of memory and CPU."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from perfweek.load.bounds import unsent
from perfweek.load.latency import EndpointLatency, Verdict, budget_verdict, endpoint_latencies, overall, per_second
from perfweek.load.phases import PhaseLatency, phase_latencies
from perfweek.load.run import LoadRun
from perfweek.load.thresholds import Threshold, thresholds_of
from perfweek.load.throughput import LevelRate, level_rates
from perfweek.stats import Estimate, Ratio, block_ratio, mean_of_windows, ratio_of_windows, wilson


@dataclass(frozen=True)
class Baseline:
    """A load run judged by a budget for the 95th percentile of each endpoint, in ms."""

    run: LoadRun
    budget_ms: float

    @cached_property
    def endpoints(self) -> list[EndpointLatency]:
        """The one that takes most of all response time first."""
        return endpoint_latencies(self.run.plateau, self.unsent)

    @cached_property
    def overall(self) -> EndpointLatency:
        return overall(self.run.plateau, self.unsent)

    @cached_property
    def unsent(self) -> pd.DataFrame:
        """time and endpoint of the requests that dropped iterations would have sent on the plateau."""
        return unsent(self.run.plateau, self.run.plateau_iterations)

    @cached_property
    def phases(self) -> list[PhaseLatency]:
        """Every endpoint in every phase of every scenario."""
        return phase_latencies(self.run)

    @cached_property
    def levels(self) -> list[LevelRate]:
        """What was offered and done on each plateau."""
        return level_rates(self.run)

    @cached_property
    def thresholds(self) -> list[Threshold]:
        """Those of the load script, missed ones first."""
        return thresholds_of(self.run.record, self.run.results)

    @cached_property
    def dropped(self) -> Estimate:
        """Share of the arrivals that could not be started."""
        arrivals, dropped = self.run.arrivals
        return wilson(dropped, arrivals)

    def verdict(self, latency: EndpointLatency) -> Verdict:
        return budget_verdict(latency, self.budget_ms)

    @cached_property
    def thirds(self) -> tuple[float, float, Ratio] | None:
        """Median response time in ms of the first and of the last third of the plateau, and their ratio; None where one has no answer."""
        good = self.run.plateau[~self.run.plateau["failed"]]
        third = pd.cut(good["time"], 3, labels=False) if len(good) else pd.Series(dtype=float)
        first, last = (good[third == place] for place in (0, 2))
        if first.empty or last.empty:
            return None
        ratio = block_ratio((first["duration_ms"], first["time"]), (last["duration_ms"], last["time"]), 0.5)
        return float(first["duration_ms"].median()), float(last["duration_ms"].median()), ratio

    @cached_property
    def seconds(self) -> pd.DataFrame:
        """Each whole second of the plateau for which the service was watched: cpu_s that it used, requests that started."""
        process = self.run.process
        covered = [(phase.start_s, phase.end_s) for phase in self.run.plan.plateaus]
        if len(process) < 2:
            return pd.DataFrame({"cpu_s": [], "requests": []}, dtype=float)
        first, last = process["epoch_s"].iloc[0], process["epoch_s"].iloc[-1]
        start = max(first, min((self.run.origin + begin for begin, _ in covered), default=first))
        end = min(last, max((self.run.origin + finish for _, finish in covered), default=last))
        edges = np.arange(math.ceil(start), math.floor(end) + 1)
        cpu_s = np.diff(np.interp(edges, process["epoch_s"], process["cpu_s"]))
        return pd.DataFrame({"cpu_s": cpu_s, "requests": per_second(self.run.plateau, edges[:-1])})

    @cached_property
    def cores(self) -> Estimate:
        """CPU seconds a second on the plateau."""
        return mean_of_windows(self.seconds["cpu_s"])

    @cached_property
    def cpu_ms_per_request(self) -> Estimate:
        """CPU time of the service over requests started, on the plateau."""
        used = self.seconds
        return ratio_of_windows(1000 * used["cpu_s"], used["requests"])

    @cached_property
    def rss_mib(self) -> Estimate:
        """The largest resident memory that was seen, ramps included; a maximum has no interval."""
        samples = self.run.process["rss_mib"]
        largest = float(samples.max()) if len(samples) else math.nan
        return Estimate(largest, math.nan, math.nan, len(samples), "largest of all samples" if len(samples) else "no data")
