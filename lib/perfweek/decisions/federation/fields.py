"""What of the answers clients use, and how differently: from responses that end-to-end tests recorded together with the fields that were read."""

import numpy as np

from perfweek.blocks import Blocks
from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, FieldUse, Missing
from perfweek.wording import bracketed, number

OVER_FETCH = Rule(
    record="ADR-005",
    id="over-fetch",
    quantity="bytes of unused fields, after compression",
    unit="1",
    formula="1 - gzip(used fields) / gzip(answer), over recorded answers; 94 % fewer fields is the best found (Brito and others, SANER 2019)",
    threshold=Threshold("at least", 0.5, 0.5, "J", "half of the bytes unused, and answers of 50 KB, make chosen fields worth it"),
    role="supporting",
    instead="sparse fields (?fields=) on the heaviest route",
    fewest=30,
    measure="record in end-to-end tests which fields of an answer are read (decisions.field_use)",
)
DIVERSITY = Rule(
    record="ADR-005",
    id="field-sets",
    quantity="different field sets that clients use of one resource",
    unit="sets",
    formula="distinct sets of used fields by route, the route with most; a set counts from 1 % of the route's answers on",
    threshold=Threshold("at least", 3, 3, "J", "three shapes of one resource want a query language; fewer want ?fields="),
    role="supporting",
    instead="sparse fields (?fields=), or a backend for the front end",
    fewest=30,
    measure=OVER_FETCH.measure,
)
LARGE_BYTES, RARE = 50_000, 0.01


def over_fetch(evidence: Evidence) -> Criterion:
    """The share of compressed bytes that nobody reads, of answers of 50 KB or more where the 75th percentile is that large."""
    return criterion(OVER_FETCH, evidence.fields, _over_fetch)


def field_sets(evidence: Evidence) -> Criterion:
    """How many shapes clients want of the resource that is wanted in most: a count."""
    return criterion(DIVERSITY, evidence.fields, _diversity)


def _over_fetch(use: FieldUse) -> Observation | Missing:
    frame = use.frame
    places = np.arange(len(frame), dtype=float)
    found = joint.of_sums(Blocks.of(places), places, frame[["used", "sent"]], lambda sums: 1 - sums[..., 0] / sums[..., 1])
    typical = float(frame["sent"].quantile(0.75))
    finding = (
        f"{bracketed(found.estimate, '%')} of the bytes are unused after compression; three answers in four have at most {number(typical / 1000)} KB"
    )
    if typical < LARGE_BYTES:
        found = found.map(lambda share: share * typical / LARGE_BYTES)
        finding += ", too little to matter in full"
    return Observation.of(found, 1.0, "estimated", finding)


def _diversity(use: FieldUse) -> Observation | Missing:
    counts = use.frame.groupby("route")["fields"].value_counts()
    often = counts[counts >= RARE * counts.groupby("route").transform("sum")].groupby("route").size()
    most = str(often.idxmax())
    found = joint.exact(float(often.max()), len(use.frame), "count of recorded answers")
    return Observation.of(found, 1.0, "estimated", f"`{most[:100]}` is wanted in {int(often.max())} shapes")
