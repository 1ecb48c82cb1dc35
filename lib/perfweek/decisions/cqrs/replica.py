"""How busy the primary database would be if reads went to replicas: the cheaper step before a store of their own.

It cannot decide against a store by itself: reads that take 80 % of the time, as a store needs, leave any primary below half with a replica,
and a replica cures contention only, not a model of the wrong shape.
"""

from dataclasses import replace

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.cqrs.staleness import ages_s
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, InputGrade, Missing, Requests
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-002",
    id="replica-load",
    quantity="busy share of the primary with its reads on replicas",
    unit="1",
    formula="U (1 - r + s r): U its busy share now, r the reads' share of the database time, s the share of reads that must stay",
    threshold=Threshold("at least", 0.5, 0.5, "J", "below one half a replica is enough"),
    role="supporting",
    instead="send reads to a replica, or a warehouse of their own, on the same tables",
    fewest=100,
    measure="read the busy share of the primary at peak off its monitoring and set decisions.primary_utilisation",
)


def replica_load(evidence: Evidence) -> Criterion:
    """From the stated busy share and the measured share of reads."""
    busy = evidence.known.primary_utilisation
    if busy < 0:
        reason = "nobody has said how busy the primary is; set decisions.primary_utilisation in target.toml"
        return criterion(RULE, Missing(reason, evidence.any_dataset.source if evidence.any_dataset else ""), lambda _: Missing(reason))
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, busy, evidence.known.lag_s))


def _observe(requests: Requests, busy: float, lag_s: float) -> Observation | Missing:
    frame = requests.frame.loc[requests.reads.index.union(requests.writes.index)]
    if not frame["database_ms"].any():
        return Missing("the access log records no database time")
    is_read = frame["method"].isin(("GET", "HEAD"))
    ages = ages_s(requests)
    sticky = float((ages["age_s"] < lag_s).mean()) if len(ages) else 0.0
    reads = joint.share(requests.blocks, frame["time"], np.where(is_read, frame["database_ms"], 0.0), frame["database_ms"])
    found = reads.map(lambda share: busy * (1 - share + sticky * share))
    found = joint.Drawn(replace(found.estimate, method=f"{reads.estimate.method}; busy share stated"), found.draws)
    grade: InputGrade = "assumed"
    return Observation.of(found, requests.kept, grade, f"with its reads on replicas the primary would be {bracketed(found.estimate, '%')} busy")
