"""Monday's tables about the profile."""

import pandas as pd

from perfweek.profiling.cost import function_costs
from perfweek.profiling.endpoints import EndpointCosts
from perfweek.profiling.run import ProfileRun
from perfweek.wording import interval_text, number, value_text

TOP_FORMATS = {"own %": ".1f", "with callees %": ".1f", "dispersion": ".1f"}


def top_functions(run: ProfileRun, limit: int = 15) -> pd.DataFrame:
    """The functions with most samples of their own: their share and that with what they called, by how much the windows disagree (1: as
    independent samples would), and the CPU time a request that they take on their own."""
    costs = {one.function: one.own for one in function_costs(run)}
    return pd.DataFrame(
        [
            {
                "function": one.function,
                "own %": 100 * one.own.value,
                "95 % interval": f"{number(100 * one.own.low, 1)} to {number(100 * one.own.high, 1)}",
                "with callees %": 100 * one.total.value,
                "dispersion": one.dispersion,
                "CPU ms a request": value_text(costs[one.function]) if one.function in costs else "",
                "its interval": interval_text(costs[one.function]) if one.function in costs else "",
            }
            for one in run.functions[:limit]
        ]
    )


def endpoint_table(costs: EndpointCosts) -> pd.DataFrame:
    """The endpoints by the CPU time of one request; what cannot be told is said. With stacks a last row is what every request costs beside them."""
    rows = [
        {
            "endpoint": row.endpoint,
            "requests": row.requests,
            "CPU ms a request": value_text(row.cost),
            "95 % interval": interval_text(row.cost),
            "how": row.cost.method,
        }
        for row in costs.rows
    ]
    if costs.method == "stacks":
        shown = {"CPU ms a request": value_text(costs.rest), "95 % interval": interval_text(costs.rest), "how": costs.rest.method}
        rows.append({"endpoint": "every request, outside the handlers", "requests": costs.rest.n, **shown})
    return pd.DataFrame(rows)
