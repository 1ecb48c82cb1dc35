"""Each request as the caller saw it beside the same request as the service saw it.

k6 and the access log share no number, but on one clock the service's stretch of time lies inside the caller's. Where that
does not find the partner of nine in ten (two clocks, whole seconds, a log that is a sample), requests are paired by rank: the
slowest with the slowest. That keeps means and quantiles of both sides and says nothing of single requests.
"""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perfweek.blocks import Integers

Flags = NDArray[np.bool_]

COLUMNS = ("endpoint", "time", "client_ms", "service_ms", "database_ms", "request_id", "tier", "key", "items", "bytes")
ENOUGH = 0.9
SLACK_S = 0.001
_LOGGED = {"service_ms": "duration_ms", **{name: name for name in COLUMNS[4:]}}
How = Literal["by time", "by rank", "not at all"]


@dataclass(frozen=True)
class Pairs:
    """`frame`: COLUMNS, one row an answered request of the load's plateau, `time` (epoch seconds) and `client_ms` as the caller saw them,
    the rest from the access log (NaN, or '' for text, where it has none). `how`: by endpoint; `share`: of these requests that have a partner."""

    frame: pd.DataFrame
    how: dict[str, How]
    share: float


def pair(plateau: pd.DataFrame, log: pd.DataFrame, resolution_s: float = 1e-3) -> Pairs:
    """`plateau`: k6's requests (results.REQUEST_COLUMNS); `log`: the access log's rows (access_log.SCHEMA), all of the run or more.

    Failed requests have no partner worth knowing: they are paired, so that they take nobody else's, and then left out.
    """
    parts, how = [], {}
    for name, requests in plateau.groupby("endpoint", sort=True):
        rows = log[log["route"] == name]
        parts.append(_pair(requests.reset_index(drop=True), rows.reset_index(drop=True), resolution_s))
        how[str(name)] = parts[-1].attrs["how"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return Pairs(frame, how, float(frame["service_ms"].notna().mean()) if len(frame) else 0.0)


def _pair(requests: pd.DataFrame, rows: pd.DataFrame, resolution_s: float) -> pd.DataFrame:
    how: How = "by time"
    partner = enclosed(requests, rows) if resolution_s < 1 else np.full(len(requests), -1)
    good = (~requests["failed"]).to_numpy(dtype=bool)
    if not len(rows):
        how = "not at all"
    elif not good.any() or (partner[good] >= 0).mean() < ENOUGH:
        how, partner = "by rank", _by_rank(requests, rows, good)
    found = rows.reindex(partner[good])
    columns = {name: found[logged].to_numpy() for name, logged in _LOGGED.items()}
    frame = requests.loc[good, ["endpoint", "time"]].assign(client_ms=requests.loc[good, "duration_ms"], **columns)
    texts = ["request_id", "tier", "key"]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), "")
    frame.attrs["how"] = how
    return frame[list(COLUMNS)]


def enclosed(requests: pd.DataFrame, rows: pd.DataFrame) -> Integers:
    """For each of `requests` the position in `rows` of the one that lies within its time, the one that it holds most tightly; -1 for none.

    Rows are taken in order of their arrival; each goes to the open request of the same status that ends first.
    """
    partner = np.full(len(requests), -1, dtype=np.int64)
    start = requests["time"].to_numpy(float)
    end = start + requests["duration_ms"].to_numpy(float) / 1000
    status, answered = (frame["status"].to_numpy(int) for frame in (requests, rows))
    arrival = rows["time"].to_numpy(float)
    left = arrival + rows["duration_ms"].to_numpy(float) / 1000
    by_start, waiting = np.argsort(start, kind="stable"), 0
    open_by_status: dict[int, list[tuple[float, int]]] = {}
    for row in np.argsort(arrival, kind="stable"):
        while waiting < len(by_start) and start[by_start[waiting]] <= arrival[row] + SLACK_S:
            one = by_start[waiting]
            heapq.heappush(open_by_status.setdefault(int(status[one]), []), (float(end[one]), int(one)))
            waiting += 1
        chosen = _tightest(open_by_status.get(int(answered[row]), []), float(arrival[row]), float(left[row]))
        if chosen >= 0:
            partner[chosen] = row
    return partner


def _tightest(opened: list[tuple[float, int]], arrival: float, left: float) -> int:
    """Take from the heap (end, request) the first that ends no earlier than `left`; those that ended before `arrival` are dropped."""
    while opened and opened[0][0] < arrival - SLACK_S:
        heapq.heappop(opened)
    fitting = [one for one in opened if one[0] >= left - SLACK_S]
    if not fitting:
        return -1
    chosen = min(fitting)
    opened.remove(chosen)
    heapq.heapify(opened)
    return chosen[1]


def _by_rank(requests: pd.DataFrame, rows: pd.DataFrame, good: Flags) -> Integers:
    """The row at the same rank of service time among those that were answered alike; -1 for failed requests."""
    partner = np.full(len(requests), -1, dtype=np.int64)
    alike = rows["status"].isin(requests["status"][good].unique())
    last = float((requests["time"] + requests["duration_ms"] / 1000).max())
    meanwhile = alike & rows["time"].between(requests["time"].min(), last)
    answered = np.flatnonzero(meanwhile if meanwhile.sum() >= good.sum() / 2 else alike)
    if not len(answered):
        return partner
    ordered = answered[np.argsort(rows["duration_ms"].to_numpy(float)[answered], kind="stable")]
    ranks = requests["duration_ms"][good].rank(method="first").to_numpy() - 1
    place = (ranks + 0.5) * len(ordered) / good.sum()
    partner[good] = ordered[np.minimum(place.astype(np.int64), len(ordered) - 1)]
    return partner
