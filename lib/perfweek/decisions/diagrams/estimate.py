"""What was seen on each connection, with intervals: rate, p95, share failed, bytes a second."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.blocks import of_sums
from perfweek.decisions.diagrams.calls import LOG
from perfweek.decisions.diagrams.model import Traffic
from perfweek.stats import Estimate, block_quantile, block_share

Connection = tuple[str, str, bool]
_RESAMPLES = 400
_LARGEST = 100_000
"""Rows of one connection that the p95 looks at: an even choice of them, since a million say no more than a hundred thousand."""


def traffic_by_connection(calls: pd.DataFrame) -> Iterator[tuple[Connection, Traffic]]:
    """((source, target, batch), traffic) of every connection of `calls` (calls.COLUMNS), the one with most calls first.

    Rates are over the time from the first to the last call of the connection's input, ramps included; bytes that are not known count for nothing.
    """
    if calls.empty:
        return
    windows = {window: (float(times.min()), _seconds(times)) for window, times in calls.groupby("window")["time"]}
    groups = calls.groupby(["source", "target", "batch"], sort=False)
    for key in groups.size().sort_values(ascending=False, kind="stable").index:
        rows = groups.get_group(key)
        yield key, _traffic(rows, *windows[rows["window"].iloc[0]])


def window_seconds(calls: pd.DataFrame) -> float:
    """How long was looked at: the time of the log, or of the traces where there is no log; at least one second."""
    if calls.empty:
        return 0.0
    of_log = calls[calls["window"] == LOG]
    return _seconds((of_log if len(of_log) else calls)["time"])


def _seconds(times: pd.Series) -> float:
    return max(1.0, float(times.max() - times.min()))


def _traffic(rows: pd.DataFrame, start: float, seconds: float) -> Traffic:
    known = rows["bytes"].notna()
    sample = rows.iloc[:: max(1, math.ceil(len(rows) / _LARGEST))]
    timed = sample[sample["duration_ms"].notna()]
    return Traffic(
        calls=len(rows),
        rate=_a_second(rows["time"], np.ones(len(rows)), start, seconds),
        p95=block_quantile(timed["duration_ms"].astype(float), timed["time"], 0.95, resamples=_RESAMPLES),
        errors=block_share(rows["failed"].astype(bool), rows["time"]),
        bytes_rate=_a_second(rows["time"], rows["bytes"].fillna(0.0).to_numpy(dtype=float), start, seconds),
        bytes_known=bool(known.any()),
    )


def _a_second(times: pd.Series, amounts: NDArray[np.float64], start: float, seconds: float) -> Estimate:
    """Sum of amounts over the time looked at, seconds without a call included; n counts the calls."""
    windows = max(1, min(1000, math.floor(seconds)))
    place = np.minimum((times.to_numpy(dtype=float) - start) * (windows / seconds), windows - 1).astype(int)
    sums = np.bincount(place, weights=amounts, minlength=windows)
    length = seconds / windows
    found = of_sums(
        (np.arange(windows) + 0.5) * length, np.column_stack([sums, np.full(windows, length)]), lambda total: total[..., 0] / total[..., 1]
    )
    return Estimate(found.value, found.low, found.high, len(times), found.method)
