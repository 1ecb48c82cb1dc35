"""Answers that were computed although the same had been computed before: by the cache keys of the access log."""

from dataclasses import dataclass

import pandas as pd

KEPT_BY = ("l1", "l2")


@dataclass(frozen=True)
class Again:
    """An endpoint whose answers repeat: of `requests` to it `repeats` asked for what had been answered before in this run, and for
    `again` of them, whose request ids are `ids`, the answer was computed anew. `kept`: whether any answer of it came from a cache."""

    endpoint: str
    requests: int
    repeats: int
    again: int
    kept: bool
    ids: frozenset[str]


def computed_again(log: pd.DataFrame, counted: pd.Series) -> list[Again]:
    """By endpoint, those where any answer was computed again. `log`: all rows of the run (access_log.SCHEMA) in order of arrival;
    `counted`: which of them count (what was answered before the plateau was answered before, too)."""
    reads = log["method"].isin(("GET", "HEAD")) & (log["status"] < 400) & (log["key"] != "") & log["tier"].isin((*KEPT_BY, "origin"))
    seen = log[reads].assign(repeated=log[reads].duplicated(["route", "key"]))
    found = []
    for name, rows in seen[counted[reads]].groupby("route", sort=True):
        repeated = rows[rows["repeated"]]
        again = repeated[repeated["tier"] == "origin"]
        if len(again):
            kept = bool(rows["tier"].isin(KEPT_BY).any())
            found.append(Again(str(name), len(rows), len(repeated), len(again), kept, frozenset(again["request_id"])))
    return found
