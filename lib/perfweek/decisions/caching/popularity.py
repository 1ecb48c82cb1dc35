"""How many keys are read once only: a cache that admits them holds what nobody asks for again."""

import math

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.wording import bracketed, number, percent

RULE = Rule(
    record="ADR-003",
    id="once-only",
    quantity="keys that are read once only",
    unit="1",
    formula="keys with one read over all keys of the log; by the time of their first read",
    threshold=Threshold("at most", 0.5, 0.5, "L", "where most keys are read once, a cache should admit a key on its second read only"),
    role="supporting",
    instead="admit a key on its second read",
    fewest=100,
    measure="log a cache key for every read",
)


def once_only(evidence: Evidence) -> Criterion:
    """The share of one-hit wonders, with the slope of popularity and the share of the reads that the top hundredth of the keys takes."""
    return criterion(RULE, evidence.requests, _observe)


def zipf_exponent(counts: joint.Floats) -> float:
    """Slope of log reads on log rank over the keys read at least twice; NaN for fewer than ten."""
    often = np.sort(counts[counts > 1])[::-1]
    if often.size < 10:
        return math.nan
    ranks = np.log(np.arange(1, often.size + 1))
    return float(-np.polyfit(ranks, np.log(often), 1)[0])


def _observe(requests: Requests) -> Observation | Missing:
    reads = requests.reads[requests.reads["key"] != ""]
    if reads.empty:
        return Missing("no answered read carries a cache key")
    keys = reads.groupby("key", sort=False)["time"].agg(["size", "min"])
    once = (keys["size"] == 1).to_numpy(float)
    found = joint.share(requests.blocks, keys["min"], once, np.ones_like(once))
    counts = keys["size"].to_numpy(float)
    top = np.sort(counts)[::-1][: max(1, len(counts) // 100)].sum() / counts.sum()
    exponent = zipf_exponent(counts)
    shape = "" if math.isnan(exponent) else f", popularity falls with rank to the power of {number(exponent, 1)}"
    finding = f"{bracketed(found.estimate, '%')} of the keys are read once; the top hundredth takes {percent(float(top))} of the reads{shape}"
    return Observation.of(found, requests.kept * len(reads) / max(1, len(requests.reads)), requests.mix, finding)
