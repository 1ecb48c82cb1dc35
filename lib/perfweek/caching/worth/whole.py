"""All that Thursday asks of designs, computed once: the one as designed, what each part of it is worth, and the one that is proposed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfweek.caching.study import Study
from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.designs import designed
from perfweek.caching.worth.front import Front, front_of
from perfweek.caching.worth.inputs import workload_of
from perfweek.caching.worth.marginal import Step, beside_others, in_turn, of_doublings, of_lives
from perfweek.caching.worth.outcome import Outcome, tried
from perfweek.caching.worth.stress import ColdStart, circumstances, cold_start
from perfweek.caching.worth.workload import MONTH_S, Workload
from perfweek.target import Target

INSTANCES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Worth:
    """`bare`: without any cache; `designed`: as the target states it; `proposed`: the cheapest that reaches the target, else the fastest.
    `tiers`: added in turn; `beside`: each to all others. `instances`: the share that l1 answers with so many instances, by chance or by key.
    `operating`: objects that l1 and l2 hold."""

    workload: Workload
    bare: Outcome
    designed: Outcome
    proposed: Outcome
    tiers: Sequence[Step]
    beside: Sequence[Step]
    doublings: Sequence[Step]
    lives: Sequence[Step]
    front: Front
    stressed: Mapping[str, Outcome]
    cold: ColdStart
    instances: Sequence[tuple[int, float, float]]
    operating: Sequence[tuple[str, float]]


def worth_of(study: Study, target: Target, monday: pd.DataFrame, wednesday: pd.DataFrame | None = None) -> Worth | None:
    """None where the log says too little, or the target plans no tier. `monday`, `wednesday`: facts of these days."""
    if study.too_short or not target.cache.tiers:
        return None
    workload = workload_of(study.trace, target, monday, wednesday)
    start = designed(target.cache, float(np.median(workload.answer_ms["origin"][workload.reads])) / 1000)
    goal = target.cache.target_p95_ms or target.service.latency_budget_p95_ms
    front = front_of(workload, start, goal)
    proposed = front.proposed.design
    part = workload.for_many()
    rate = workload.monthly * int(workload.reads.sum()) / MONTH_S
    return Worth(
        workload,
        tried(workload, Design()),
        tried(workload, start, ages=True),
        tried(workload, proposed, ages=True),
        in_turn(part, start),
        beside_others(part, start),
        of_doublings(part, start),
        of_lives(part, start),
        front,
        circumstances(workload, proposed),
        cold_start(workload, proposed, rate),
        _by_instances(part, start),
        _operating(workload, start),
    )


def _by_instances(workload: Workload, start: Design) -> list[tuple[int, float, float]]:
    if not start.process:
        return []
    alone = Design(start.process, instances=1)
    return [
        (
            count,
            tried(workload, replace(alone, instances=count)).share("l1").value,
            tried(workload, replace(alone, instances=count, routing="affinity")).share("l1").value,
        )
        for count in sorted({*INSTANCES, start.instances})
    ]


def _operating(workload: Workload, start: Design) -> list[tuple[str, float]]:
    pairs = zip(("L1", "L2"), (start.process, start.shared), workload.largest, strict=True)
    return [
        (f"{name} as designed", math.inf if math.isinf(store.capacity) else store.capacity / (every / workload.keys))
        for name, store, every in pairs
        if store
    ]
