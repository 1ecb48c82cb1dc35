"""Monday's tables about continuous profiles, with the columns of those about py-spy's."""

import pandas as pd

from perfweek.profiling.pyroscope.cost import endpoint_costs, function_costs
from perfweek.profiling.pyroscope.study import Continuous
from perfweek.stats import Estimate
from perfweek.wording import interval_text, number, value_text

FUNCTION_FORMATS = {"own %": ".1f", "with callees %": ".1f", "CPU s": ".2f"}
ENDPOINT_FORMATS = {"CPU %": ".1f"}
_FUNCTION_COLUMNS = ("function", "own %", "95 % interval", "with callees %", "CPU s", "CPU ms a request", "its interval")
_ENDPOINT_COLUMNS = ("endpoint", "CPU %", "95 % interval", "requests", "CPU ms a request", "its interval")


def cpu_functions(study: Continuous, requests: pd.DataFrame, limit: int = 15) -> pd.DataFrame:
    """The functions with most CPU of their own: share, that with what they call, seconds, and milliseconds a request of all `requests` (time,
    endpoint)."""
    costs = function_costs(study, requests)
    rows = [
        (
            one.function,
            100 * one.own.value,
            _percents(one.own),
            100 * one.total.value,
            one.own.value * study.samples * study.sample_s,
            *_cost(costs.get(one.function)),
        )
        for one in study.functions[:limit]
    ]
    return pd.DataFrame(rows, columns=list(_FUNCTION_COLUMNS))


def cpu_endpoints(study: Continuous, requests: pd.DataFrame) -> pd.DataFrame:
    """One row an endpoint that the service tags, and one for what it does outside of them: share of the CPU, and milliseconds a request where
    `requests` (time, endpoint) has the endpoint."""
    costs = endpoint_costs(study, requests)
    rows = [
        (name, 100 * share.value, _percents(share), costs[name].n if name in costs else "", *_cost(costs.get(name)))
        for name, share in study.endpoints.items()
    ]
    return pd.DataFrame(rows, columns=list(_ENDPOINT_COLUMNS))


def _percents(share: Estimate) -> str:
    return f"{number(100 * share.low, 1)} to {number(100 * share.high, 1)}"


def _cost(cost: Estimate | None) -> tuple[str, str]:
    return (value_text(cost), interval_text(cost)) if cost else ("", "")
