"""From an access log to the requests that a cache would see."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.access_log import AccessLog
from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.requests import DELETE, READ, Requests

READ_METHODS = ("GET", "HEAD")
WRITE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
COLUMNS = ("time", "route", "key", "bytes", "tier", "write")
COSTS = ("session", "duration_ms", "database_ms", "queries")
TENANT = "tenant"
"""A field that a log may have besides: who asked, as text."""
ABSENT = (404, 410)


@dataclass(frozen=True, eq=False)
class Trace:
    """What a cache would see, in order of arrival. `frame`: columns time (epoch seconds), route, key, bytes (of the response), tier (that
    answered), write (True: deletes its key; one without a key changes tables only), and of an access log COSTS, and TENANT where it
    has one. `left_out`: records of the log that
    are neither: failed, reads without a key, of another method. `source`: the evidence file, for no data the one that has no log. `damage`: what of
    the log could not be read, in words; '' for nothing. `absent`: reads of what is not there (404, 410), time and key."""

    frame: pd.DataFrame
    left_out: int
    source: str
    damage: str = ""
    absent: pd.DataFrame | None = None

    @classmethod
    def no_data(cls, source: str) -> "Trace":
        """A trace of nothing: every result made of it says 'no data'."""
        return cls(pd.DataFrame({name: pd.Series(dtype=bool if name == "write" else object) for name in COLUMNS}), 0, source)

    @property
    def reads(self) -> pd.DataFrame:
        return self.frame[~self.writes]

    @property
    def writes(self) -> npt.NDArray[np.bool_]:
        return self.frame["write"].to_numpy(bool)

    @cached_property
    def requests(self) -> Requests:
        """The same for the engine."""
        frame = self.frame
        return Requests.of(frame["key"], frame["time"].to_numpy(float), frame["bytes"].to_numpy(float), np.where(self.writes, DELETE, READ))

    @cached_property
    def numbered(self) -> Numbered:
        return Numbered.of(self.requests)

    @cached_property
    def key_bytes(self) -> npt.NDArray[np.int64]:
        """Bytes of each request's key; 8 of a key that is a number."""
        keys = self.frame["key"]
        if keys.dtype.kind in "iu":
            return np.full(len(keys), 8, np.int64)
        codes, names = pd.factorize(keys)
        return np.array([len(str(name).encode("utf-8", "replace")) for name in names], np.int64)[codes] if len(names) else np.zeros(0, np.int64)

    @property
    def seconds(self) -> float:
        """From the first request to the last."""
        return float(self.frame["time"].max() - self.frame["time"].min()) if len(self.frame) else 0.0


def trace_of(log: AccessLog, source: str) -> Trace:
    """Successful reads of a key, and successful writes to one. A read that no key was given for cannot be cached."""
    frame = log.frame
    write = frame["method"].isin(WRITE_METHODS)
    keyed = (frame["status"] < 400) & (write | ((frame["key"] != "") & frame["method"].isin(READ_METHODS)))
    kept = frame.assign(write=write)[keyed]
    damage = f"{log.dropped:,} of {log.lines:,} lines were damaged and dropped, the first: {log.first_dropped}" if log.dropped else ""
    absent = frame.loc[(frame["key"] != "") & frame["status"].isin(ABSENT) & frame["method"].isin(READ_METHODS), ["time", "key"]]
    columns = [*COLUMNS, *COSTS, *([TENANT] if TENANT in kept else [])]
    return Trace(kept[columns].reset_index(drop=True), len(frame) - len(kept), source, damage, absent.reset_index(drop=True))


def requested(trace: Trace) -> pd.DataFrame:
    """One row a route, most requested first: route, requests, share (of all reads), keys, once (share of the keys that were read one time),
    mean_bytes (a response)."""
    reads = trace.reads
    counts = reads.groupby(["route", "key"], sort=False).size().rename("reads").reset_index()
    by_key = counts.groupby("route")["reads"]
    table = pd.DataFrame(
        {
            "requests": by_key.sum(),
            "share": by_key.sum() / max(1, len(reads)),
            "keys": by_key.size(),
            "once": counts["reads"].eq(1).groupby(counts["route"]).mean(),
            "mean_bytes": reads.groupby("route")["bytes"].mean(),
        }
    )
    return table.sort_values("requests", ascending=False).rename_axis("route").reset_index()


def popularity(trace: Trace) -> npt.NDArray[np.int64]:
    """Reads of each key, the most read first."""
    return np.asarray(trace.reads["key"].value_counts(), np.int64)


def working_set(trace: Trace, windows: int = 60) -> pd.DataFrame:
    """Over time in equal windows: end_s (since the first request), keys (distinct, within the window), so_far (distinct since the start),
    bytes_so_far (the first response of each)."""
    reads = trace.reads
    if reads.empty:
        return pd.DataFrame({"end_s": [], "keys": [], "so_far": [], "bytes_so_far": []})
    since = (reads["time"] - reads["time"].min()).to_numpy(float)
    edges = np.linspace(0, max(since.max(), 1e-9), windows + 1)
    window = np.minimum(np.searchsorted(edges, since, side="right") - 1, windows - 1)
    first = ~reads["key"].duplicated().to_numpy()
    return pd.DataFrame(
        {
            "end_s": edges[1:],
            "keys": reads["key"].groupby(window).nunique().reindex(range(windows), fill_value=0).to_numpy(),
            "so_far": np.cumsum(np.bincount(window[first], minlength=windows)),
            "bytes_so_far": np.cumsum(np.bincount(window[first], weights=reads["bytes"].to_numpy(float)[first], minlength=windows)),
        }
    )
