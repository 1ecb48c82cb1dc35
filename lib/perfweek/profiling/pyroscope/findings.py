"""What Monday leaves behind about continuous profiles: facts."""

import math

import pandas as pd

from perfweek.facts import Fact
from perfweek.profiling.pyroscope.cost import endpoint_costs, function_costs
from perfweek.profiling.pyroscope.study import Continuous

TOP_FUNCTIONS = 20


def facts_of(study: Continuous, requests: pd.DataFrame) -> list[Fact]:
    """profile.share and profile.cpu of the functions with most CPU of their own, profile.cpu of the endpoints; `requests`: time, endpoint.

    All carry their profiler as a label: figures of two profilers do not compare.
    """
    profiler = {"profiler": f"pyroscope {study.record.origin}"}
    top = [one for one in study.functions[:TOP_FUNCTIONS] if one.own.value]
    costs = function_costs(study, requests)
    shares = [Fact("profile.share", one.own, study.source, {"function": one.function, **profiler}) for one in top]
    own = [Fact("profile.cpu", costs[one.function], study.source, {"function": one.function, **profiler}) for one in top if one.function in costs]
    by_endpoint = [
        Fact("profile.cpu", cost, study.source, {"endpoint": name, **profiler})
        for name, cost in endpoint_costs(study, requests).items()
        if not math.isnan(cost.value)
    ]
    return [*shares, *own, *by_endpoint]
