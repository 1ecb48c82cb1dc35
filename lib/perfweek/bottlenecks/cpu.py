"""CPU time that a request of each endpoint takes outside the database, by group, and how long it waited for a CPU.

A profile's samples stand for the CPU time that the operating system counted meanwhile. A sample with a handler on its stack belongs to
that handler's endpoint; what the application does without one (routing, middleware) is shared by all requests of the window.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from perfweek.bottlenecks.groups import group_of
from perfweek.bottlenecks.parts import CPU_PARTS, UNKNOWN, Cpu
from perfweek.load.run import LoadRun
from perfweek.profiling.cost import counted, per_request, per_window
from perfweek.profiling.handlers import endpoint_frames, endpoint_of
from perfweek.profiling.run import ProfileRun, Window
from perfweek.stats import Estimate, ratio_of_windows

Counts = dict[tuple[str, str], float]
_SHARED = ""


def cpu_by_endpoint(profile: ProfileRun, load: LoadRun) -> dict[str, Cpu]:
    """endpoint -> Cpu for the endpoints whose handler is known; none without a profile or a description of the interface."""
    frames = endpoint_frames(profile.stacks, profile.handlers)
    windows = counted(profile.on)
    counts, wait = [_samples(window, frames) for window in windows], cpu_wait(load)
    return {name: Cpu(ms, wait, profile.source) for name in sorted(set(frames.values())) if (ms := _costs(name, windows, counts))}


def cpu_wait(load: LoadRun) -> Estimate:
    """How long each second of the service's CPU time was ready to run before, in seconds: run-queue waits over CPU time, on the plateau.

    'no data' where the operating system does not count it.
    """
    process = load.process
    if "wait_s" not in process or process["wait_s"].notna().sum() < 2:
        return UNKNOWN
    known = process[process["wait_s"].notna()]
    spans = [(load.origin + phase.start_s, load.origin + phase.end_s) for phase in load.plan.plateaus]
    start, end = (min(begin for begin, _ in spans), max(finish for _, finish in spans)) if spans else (-math.inf, math.inf)
    known = known[known["epoch_s"].between(start, end)]
    return ratio_of_windows(np.diff(known["wait_s"]), np.diff(known["cpu_s"])) if len(known) > 1 else UNKNOWN


def _samples(window: Window, frames: Mapping[str, str]) -> Counts:
    """(endpoint or '', group) -> samples."""
    counts: Counts = {}
    for stack, samples in window.stacks.items():
        key = (endpoint_of(stack, frames), group_of(stack, frames))
        counts[key] = counts.get(key, 0) + samples
    return counts


def _costs(endpoint: str, windows: Sequence[Window], counts: Sequence[Counts]) -> dict[str, Estimate]:
    """CPU-ms a request of `endpoint` by group: its own samples, and of the shared ones as much as its share of the requests."""
    served, ms_a_sample = per_window(windows)
    requests = np.array([window.served.get(endpoint, 0.0) for window in windows])
    if not requests.sum():
        return {}
    own, shared = (np.array([[one.get((name, group), 0) for one in counts] for group in CPU_PARTS[:3]], float) for name in (endpoint, _SHARED))
    used = (own + shared * requests / served) * ms_a_sample
    unseen = 3 * float(ms_a_sample.mean()) / float(requests.sum())  # rule of three: Hanley and Lippman-Hand 1983
    found = {group: per_request(ms, requests) for group, ms in zip(CPU_PARTS[:3], used, strict=True)}
    return {group: one if one.value else replace(one, low=0.0, high=unseen, method="in no sample; rule of three") for group, one in found.items()}
