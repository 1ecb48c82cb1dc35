"""The access log as the parts on keys, invalidation and warming read it: what was asked for, what answered, what was written."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek import evidence
from perfweek.access_log import ASKED, AccessLog, find_access_log, read_access_log
from perfweek.caching.engine.requests import DELETE, READ, Requests
from perfweek.caching.intervals import WINDOWS
from perfweek.caching.measure import is_access_log
from perfweek.caching.trace import READ_METHODS, WRITE_METHODS
from perfweek.stats import Estimate, ratio_of_windows
from perfweek.target import Target
from perfweek.week import Week

COLUMNS = ("time", "method", "route", "key", "url", "digest", "bytes", "tier", "duration_ms", "database_ms", "write")
FEWEST_READS = 100
"""A log with fewer reads says nothing about caches."""
NO_DATA = "No data: there is no access log with reads that have a cache key."


@dataclass(frozen=True)
class Logged:
    """Successful reads with a key and successful writes, in order of arrival. `frame`: COLUMNS; url and digest are '' where the log has none.
    `source`: the evidence file. `damage`: what could not be read, in words."""

    frame: pd.DataFrame
    source: str
    damage: str = ""

    @property
    def reads(self) -> pd.DataFrame:
        return self.frame[~self.frame["write"]]

    @property
    def writes(self) -> pd.DataFrame:
        return self.frame[self.frame["write"]]

    @property
    def seconds(self) -> float:
        """From the first request to the last."""
        return float(np.ptp(self.frame["time"])) if len(self.frame) else 0.0

    @property
    def too_short(self) -> str:
        """Why nothing can be said, in a sentence; '' where something can."""
        count = len(self.reads)
        if not count:
            return NO_DATA
        return f"Cannot tell: {count:,} reads are too few; {FEWEST_READS} at least say something about a cache." if count < FEWEST_READS else ""


def logged_of(log: AccessLog, source: str) -> Logged:
    """Failed requests, reads without a key and other methods are left out; of answers without a body the size of a key's others is taken."""
    frame = log.frame
    write = frame["method"].isin(WRITE_METHODS)
    kept = (frame["status"] < 400) & (write | (frame["method"].isin(READ_METHODS) & (frame["key"] != "")))
    damage = f"{log.dropped:,} of {log.lines:,} lines were dropped, the first: {log.first_dropped}" if log.dropped else ""
    with_all = frame.assign(write=write, **{name: "" for name in ASKED if name not in frame})
    return Logged(with_all.loc[kept, list(COLUMNS)].reset_index(drop=True), source, damage)


def read_logged(week: Week, target: Target) -> Logged:
    """What the service logged under Monday's load, or the file that the target names; nothing where there is neither.

    Raises EvidenceError where Monday was not measured or the log cannot be read, TargetError where a named file does not exist.
    """
    path = find_access_log(week, target)
    if path is None or not is_access_log(path):
        return Logged(pd.DataFrame({name: pd.Series(dtype=bool if name == "write" else object) for name in COLUMNS}), "no access log")
    return logged_of(read_access_log(path, also=ASKED), evidence.relative(week, path))


def requests_of(frame: pd.DataFrame, names: npt.ArrayLike | None = None, windows: int = WINDOWS) -> Requests:
    """Rows of a log as requests to a cache, a write deleting its key; `names`: the keys, instead of the log's. Groups are windows of time."""
    times = frame["time"].to_numpy(float)
    kinds = np.where(frame["write"].to_numpy(bool), DELETE, READ)
    keys = frame["key"].to_numpy() if names is None else names
    return Requests.of(keys, times, frame["bytes"].to_numpy(np.int64), kinds, groups=window_of(times, windows))


def key_lengths(keys: pd.Series) -> npt.NDArray[np.int64]:
    """Bytes of each key."""
    return np.array([len(key.encode("utf-8", "surrogatepass")) for key in keys], np.int64)


def window_of(times: npt.NDArray[np.float64], windows: int = WINDOWS) -> npt.NDArray[np.int64]:
    """The number of the window of each time, of equal windows over all of them."""
    if not times.size:
        return np.zeros(0, np.int64)
    span = float(np.ptp(times)) or 1.0
    return np.minimum((times - times.min()) / span * windows, windows - 1).astype(np.int64)


def share_of_windows(amounts: npt.ArrayLike, times: npt.NDArray[np.float64], windows: int = WINDOWS) -> Estimate:
    """The mean of one amount a request, with a t interval over windows of time; n counts requests."""
    window, values = window_of(times, windows), np.asarray(amounts, float)
    found = ratio_of_windows(np.bincount(window, values, windows), np.bincount(window, minlength=windows))
    return Estimate(found.value, found.low, found.high, values.size, found.method)
