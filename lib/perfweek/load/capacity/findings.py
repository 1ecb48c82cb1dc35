"""What Monday leaves behind about capacity: facts."""

import math

from perfweek.facts import Fact
from perfweek.load.capacity.result import Capacity
from perfweek.load.capacity.usl import Scaling
from perfweek.stats import Estimate


def facts_of(capacity: Capacity) -> list[Fact]:
    """http.capacity.*; none for what was not found, and none at all where the load generator was the limit: they would be its own."""
    if not capacity.cells or capacity.generator.verdict == "the limit":
        return []
    found = {"rate": capacity.highest, "knee": capacity.knee.rate, "throughput": capacity.largest, **_law(capacity.scaling)}
    return [Fact(f"http.capacity.{name}", estimate, capacity.source) for name, estimate in found.items() if not math.isnan(estimate.value)]


def _law(scaling: object) -> dict[str, Estimate]:
    """The parameters that are told: coherency only where its interval leaves zero out."""
    if not isinstance(scaling, Scaling):
        return {}
    coherency = {"coherency": scaling.b} if scaling.falls else {}
    return {"contention": scaling.a, **coherency, "concurrency": scaling.peak}
