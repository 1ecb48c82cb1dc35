"""CPU time a request by function: the profile's shares times what the operating system says that the service used.

Shares say nothing of cost: what makes one function slower makes the share of every other smaller. CPU-milliseconds a request compare.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from perfweek.profiling.run import ProfileRun, Window
from perfweek.profiling.shares import Counts, tabulate
from perfweek.stats import Estimate, ratio_of_windows

FARTHEST = 0.2
"""Profile and operating system may disagree by this much on how busy the service was before the report warns."""


@dataclass(frozen=True)
class FunctionCost:
    """CPU-milliseconds a request in a function alone (`own`) and in it with what it called (`total`)."""

    function: str
    own: Estimate
    total: Estimate


def function_costs(run: ProfileRun) -> list[FunctionCost]:
    """Every function, the most expensive one first: share of samples x CPU time / requests over windows, with t intervals."""
    windows = counted(run.on)
    table = tabulate([window.stacks for window in windows])
    requests, ms_a_sample = per_window(windows)
    return [
        FunctionCost(function, per_request(own * ms_a_sample, requests), per_request(total * ms_a_sample, requests))
        for function, own, total in zip(table.functions, table.own, table.total, strict=True)
    ]


def cpu_per_request(run: ProfileRun) -> Estimate:
    """All CPU-milliseconds of the service a request, in the windows with the profiler on."""
    windows = counted(run.on)
    return per_request(np.array([1000 * window.slot.cpu_s for window in windows]), per_window(windows)[0])


def counted(windows: Sequence[Window]) -> list[Window]:
    """The windows in which requests were served."""
    return [window for window in windows if sum(window.served.values())]


def per_window(windows: Sequence[Window]) -> tuple[Counts, Counts]:
    """(requests served, CPU-milliseconds that a sample stands for) of each window: 0 milliseconds where there was no sample."""
    requests = np.array([sum(window.served.values()) for window in windows])
    cpu_ms = np.array([1000 * window.slot.cpu_s for window in windows])
    samples = np.array([window.samples for window in windows], dtype=float)
    return requests, np.divide(cpu_ms, samples, out=np.zeros_like(cpu_ms), where=samples > 0)


def per_request(cpu_ms: Counts, requests: Counts) -> Estimate:
    """CPU-milliseconds a request over windows: never below 0, n the requests."""
    found = ratio_of_windows(cpu_ms, requests)
    return replace(found, low=found.low if math.isnan(found.low) else max(0.0, found.low), n=round(float(requests.sum())))


def accounted(run: ProfileRun) -> Estimate:
    """Busy time as the profile has it (samples / rate) over the CPU time that the operating system has; about 1 where both see the same.

    Above: threads that wait for a CPU or for the GIL look busy. Below: native threads without Python frames, processes that were not
    looked into, or a profiler that fell behind.
    """
    busy_s = [window.samples / run.profile.rate_hz for window in run.on]
    return ratio_of_windows(busy_s, [window.slot.cpu_s for window in run.on])
