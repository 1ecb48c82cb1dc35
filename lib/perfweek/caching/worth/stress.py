"""A design under other circumstances: more keys and traffic, a change in skew, and a start with empty caches."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.outcome import ORIGIN, Outcome, tried
from perfweek.caching.worth.workload import Workload

CHANGED = 0.2  # share of the reads that go elsewhere when the skew changes
TOP = 0.01
_SECOND = 1_000_000


def grown(workload: Workload, times: int) -> Workload:
    """So many times the keys and the traffic: copies of the trace with keys of their own, each begun at another moment of it."""
    requests, span = len(workload.trace.requests), max(int(np.ptp(workload.times)), 1) + 1
    start = int(workload.times[0])
    moved = [(workload.times - start + copy * (span // times)) % span + start for copy in range(times)]
    at = np.concatenate(moved)
    order = np.argsort(at, kind="stable")
    which = np.tile(np.arange(requests), times)[order]
    ids = np.concatenate([workload.trace.ids.astype(np.int64) + copy * workload.trace.keys for copy in range(times)])[order]
    return workload.chosen(which, at[order], ids.astype(np.int32), workload.trace.keys * times)


def flatter(workload: Workload) -> Workload:
    """A fifth of the reads ask for keys drawn evenly from all instead."""
    first = np.unique(workload.trace.ids, return_index=True)[1]
    return _exchanged(workload, first)


def steeper(workload: Workload) -> Workload:
    """A fifth of the reads ask for keys of the most read hundredth instead, as often as these are read."""
    counts = np.bincount(workload.trace.ids[workload.reads], minlength=workload.trace.keys)
    top = np.argsort(-counts, kind="stable")[: max(1, int(TOP * np.count_nonzero(counts)))]
    return _exchanged(workload, np.flatnonzero(np.isin(workload.trace.ids, top) & workload.reads))


def _exchanged(workload: Workload, instead: npt.NDArray[np.integer]) -> Workload:
    spread = np.random.default_rng(1)
    which = np.arange(len(workload.trace.requests))
    changed = workload.reads & (spread.random(which.size) < CHANGED)
    readable = instead[workload.reads[instead]]
    if readable.size:
        which[changed] = spread.choice(readable, int(changed.sum()))
    return workload.chosen(which, workload.times)


def circumstances(workload: Workload, design: Design) -> dict[str, Outcome]:
    """The design as things are and as they might become."""
    part = workload.for_many()
    changed = {
        "as in the log": part,
        "twice the keys and traffic": grown(part, 2),
        "three times the keys and traffic": grown(part, 3),
        "flatter: a fifth of the reads spread evenly": flatter(part),
        "steeper: a fifth more on the top hundredth": steeper(part),
    }
    return {name: tried(one, design) for name, one in changed.items()}


@dataclass(frozen=True)
class ColdStart:
    """Reads a second in production and what of them reaches the origin: `steady` (the second half of the trace), `empty` all of them (every cache
    empty), `deploy`: with l1 emptied halfway (NaN where nothing can be emptied). `limit`: what the origin takes, NaN where unknown."""

    rate: float
    steady: float
    empty: float
    deploy: float
    limit: float

    @property
    def verdict(self) -> str:
        """'safe', 'unsafe' (a start with empty caches overloads the origin: let requests for one key wait for each other, warm up, or admit slowly)
        or 'cannot tell'."""
        if np.isnan(self.limit):
            return "cannot tell"
        return "safe" if self.empty <= self.limit else "unsafe"


def cold_start(workload: Workload, design: Design, rate: float) -> ColdStart:
    """What the first moments ask of the origin: the first hundredth of the trace (a second at least) from empty caches; and one after its middle,
    without l1."""
    whole = tried(workload, design)
    reads = workload.reads
    window = _opening(workload)
    later = reads & (workload.times >= np.median(workload.times))
    missed = whole.tiers == ORIGIN
    return ColdStart(
        rate, rate * _share(missed, later), rate * _share(missed, window & reads), rate * _after_deploy(workload, design), workload.origin_limit
    )


def _opening(workload: Workload) -> npt.NDArray[np.bool_]:
    since = workload.times - workload.times[0]
    return since <= max(_SECOND, int(since[-1]) // 100)


def _after_deploy(workload: Workload, design: Design) -> float:
    """The share that reaches the origin in the opening span after the middle, where l1 starts empty there: the second half alone misses l1, the whole
    trace knows l2."""
    if not design.process or not design.shared:
        return float("nan")
    behind = tried(workload, replace(design, process=None))
    since = workload.times - np.int64(np.median(workload.times))
    opening = (since >= 0) & (since <= max(_SECOND, int(np.ptp(workload.times)) // 100))
    return _share(behind.tiers == ORIGIN, opening & workload.reads)


def _share(of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float:
    return float(of[among].mean()) if among.any() else float("nan")
