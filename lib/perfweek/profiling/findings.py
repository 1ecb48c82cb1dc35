"""What Monday leaves behind about the profile: facts."""

import math

from perfweek.facts import Fact
from perfweek.profiling.cost import accounted, function_costs
from perfweek.profiling.endpoints import EndpointCosts
from perfweek.profiling.overhead import overhead
from perfweek.profiling.run import ProfileRun

TOP_FUNCTIONS = 20


def facts_of(run: ProfileRun, endpoints: EndpointCosts) -> list[Fact]:
    """profile.share and profile.cpu of the functions with most samples of their own, profile.cpu of the endpoints, what the profiler costs
    (profile.overhead), and how profile and operating system agree (profile.accounted)."""
    if not run.samples:
        return []
    shares = [Fact("profile.share", one.own, run.source, {"function": one.function}) for one in run.functions[:TOP_FUNCTIONS] if one.own.value]
    costs = [Fact("profile.cpu", one.own, run.source, {"function": one.function}) for one in function_costs(run)[:TOP_FUNCTIONS] if one.own.value > 0]
    by_endpoint = [Fact("profile.cpu", row.cost, run.source, {"endpoint": row.endpoint}) for row in endpoints.rows if not math.isnan(row.cost.value)]
    cost = overhead(run)
    ratios = {"latency_p50": cost.p50, "latency_p95": cost.p95, "cpu": cost.cpu}
    overheads = [Fact("profile.overhead", ratio, run.source, {"of": name}) for name, ratio in ratios.items() if not math.isnan(ratio.value)]
    return [*shares, *costs, *by_endpoint, *overheads, Fact("profile.accounted", accounted(run), run.source)]
