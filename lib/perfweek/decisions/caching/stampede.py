"""How many requests for one key miss at once when it expires."""

import numpy as np

from perfweek.decisions import joint
from perfweek.decisions.caching.simulated import simulated
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.target import Cache
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-003",
    id="stampede",
    quantity="concurrent misses of the hottest key",
    unit="requests",
    formula="its reads a second times the time that the origin takes for it (Little's law); the key with most",
    threshold=Threshold("at most", 1, 1, "D", "from one concurrent miss on they must be joined, or the entry renewed early"),
    role="supporting",
    instead="join concurrent misses of a key (single flight)",
    fewest=100,
    measure="log a cache key for every read",
)


def stampede(evidence: Evidence) -> Criterion:
    """The expected number of requests that find the hottest key missing while it is fetched."""
    return criterion(RULE, evidence.requests, lambda requests: _observe(requests, evidence.cache))


def _observe(requests: Requests, cache: Cache) -> Observation | Missing:
    replayed = simulated(requests, cache)
    if isinstance(replayed, Missing):
        return replayed
    if requests.seconds <= 0:
        return Missing("the log is shorter than a second")
    reads = requests.reads[requests.reads["key"] != ""]
    load = replayed.miss_ms / 1000
    by_key = reads.assign(load=load).groupby("key")["load"].sum()
    hottest = by_key.idxmax()
    scale = 1 / requests.seconds
    mine = (reads["key"] == hottest).to_numpy() * load
    cells = requests.blocks.cells
    clock = requests.dataset.start + (np.arange(cells) + 0.5) * requests.seconds / cells
    columns = np.column_stack([np.concatenate([mine, np.zeros(cells)]), np.concatenate([np.zeros(len(mine)), np.full(cells, 1 / scale / cells)])])
    found = joint.of_sums(requests.blocks, np.concatenate([reads["time"], clock]), columns, lambda sums: sums[..., 0] / sums[..., 1])
    finding = f"when the hottest of {len(by_key):,} keys expires, {bracketed(found.estimate)} requests miss it at once"
    return Observation.of(found, requests.kept * replayed.covered, requests.mix, finding)
