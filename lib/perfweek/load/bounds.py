"""Requests whose response time is not known: what a quantile is where they count.

A refused request has an answer time of 0 ms in k6's files, one that timed out the length of the limit, and an arrival that was dropped
none at all. Left out, they make the slow end look fast. Counted as slower than any answer they give an upper bound of each quantile,
which is infinite beyond the share that was answered: of those quantiles nothing is known.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.stats import Estimate, block_quantiles

_WAITED_MS = 1000.0


def timed_out(requests: pd.DataFrame) -> pd.Series:
    """Whether each request was given up for want of an answer: as the reader of the results says, else by how long it waited."""
    if "timed_out" in requests:
        return requests["timed_out"]
    return (requests["status"] == 0) & (requests["duration_ms"] >= _WAITED_MS)


def refused(requests: pd.DataFrame) -> pd.Series:
    """Whether each request got no answer for another reason: refused, or broken off; its duration says nothing of the service."""
    return (requests["status"] == 0) & ~timed_out(requests)


def unsent(requests: pd.DataFrame, iterations: pd.DataFrame) -> pd.DataFrame:
    """time (epoch seconds) and endpoint of the requests that dropped iterations would have sent.

    `requests` has scenario and endpoint, `iterations` time, scenario, done and dropped. An iteration that was dropped is taken to ask each
    endpoint as often as those of its scenario that ran; the endpoint is '' where none of them did.
    """
    parts = [pd.DataFrame({"time": pd.Series(dtype=float), "endpoint": pd.Series(dtype=str)})]
    for scenario, counts in iterations[iterations["dropped"] > 0].groupby("scenario", observed=True):
        moments = np.repeat(counts["time"].to_numpy(), counts["dropped"].to_numpy(dtype=int))
        asked = requests.loc[requests["scenario"] == scenario, "endpoint"].value_counts()
        asked = asked[asked > 0]
        done = int(iterations.loc[iterations["scenario"] == scenario, "done"].sum()) or int(asked.sum())
        each = asked / done if len(asked) else pd.Series({"": 1.0})
        parts += [pd.DataFrame({"time": _spread(moments, round(len(moments) * share)), "endpoint": name}) for name, share in each.items()]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def upper_quantiles(requests: pd.DataFrame, unsent_times: pd.Series, qs: list[float]) -> list[Estimate]:
    """Quantiles of the response time in ms where requests that failed, and those never sent, are slower than any answer."""
    durations = requests["duration_ms"].where(~requests["failed"], np.inf)
    return block_quantiles(
        np.concatenate([durations.to_numpy(dtype=float), np.full(len(unsent_times), np.inf)]),
        np.concatenate([requests["time"].to_numpy(dtype=float), unsent_times.to_numpy(dtype=float)]),
        qs,
    )


def _spread(moments: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """`count` of the moments, evenly over them, as often as it takes."""
    return moments[((np.arange(count) + 0.5) * len(moments) / max(count, 1)).astype(int)]
