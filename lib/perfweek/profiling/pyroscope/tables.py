"""Monday's tables about continuous profiles."""

import pandas as pd

from perfweek.profiling.pyroscope.study import Continuous, cpu_per_request
from perfweek.stats import Estimate

FUNCTION_FORMATS = {"own %": ".1f", "from %": ".1f", "to %": ".1f", "own CPU s": ".2f", "with callees %": ".1f"}
ENDPOINT_FORMATS = {"CPU %": ".1f", "from %": ".1f", "to %": ".1f", "CPU ms a request": ".2f", "from ms": ".2f", "to ms": ".2f"}
_NO_DATA = Estimate(float("nan"), float("nan"), float("nan"), 0, "no data")


def cpu_functions(study: Continuous, limit: int = 15) -> pd.DataFrame:
    """The functions with most CPU of their own: share with interval, seconds, and the share with what they call."""
    return pd.DataFrame(
        [
            {
                "function": one.function,
                "own %": 100 * one.own.value,
                "from %": 100 * one.own.low,
                "to %": 100 * one.own.high,
                "own CPU s": one.own_s,
                "with callees %": 100 * one.total.value,
            }
            for one in study.functions[:limit]
        ],
        columns=["function", *FUNCTION_FORMATS],
    )


def cpu_endpoints(study: Continuous, requests: pd.DataFrame) -> pd.DataFrame:
    """One row an endpoint that the service tags: share of the CPU, and milliseconds a request where `requests` (time, endpoint) has it."""
    costs = cpu_per_request(study, requests)
    return pd.DataFrame(
        [
            {
                "endpoint": name,
                "CPU %": 100 * share.value,
                "from %": 100 * share.low,
                "to %": 100 * share.high,
                "CPU ms a request": costs.get(name, _NO_DATA).value,
                "from ms": costs.get(name, _NO_DATA).low,
                "to ms": costs.get(name, _NO_DATA).high,
            }
            for name, share in study.endpoints.items()
        ],
        columns=["endpoint", *ENDPOINT_FORMATS],
    )
