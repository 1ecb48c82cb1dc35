"""The thresholds of the load script: k6's verdict with the value behind it and its interval."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from perfweek.load.reading.results import Results
from perfweek.stats import Estimate, block_quantile, block_share, mean_of_windows, ratio_of_windows, wilson

_KEY = re.compile(r"(?P<metric>[^{:]+)(?:\{(?P<tags>.*)\})?: (?P<expression>.+)")
_EXPRESSION = re.compile(
    r"(?P<what>avg|med|min|max|rate|count|p\(\s*(?P<percent>\d+(?:\.\d+)?)\s*\))\s*(?P<sign><=|>=|===?|!=|<|>)\s*(?P<limit>-?[\d.eE+-]+)"
)
_COUNTED = {"iterations": "done", "dropped_iterations": "dropped"}
_UNKNOWN = Estimate(math.nan, math.nan, math.nan, 0, "not evaluated here: k6's verdict")
_WINDOWS = 20


@dataclass(frozen=True)
class Threshold:
    """`metric` with its tags and `expression` as the script has them, k6's `verdict`, and the value of the whole run, ramps and failures
    included as k6 counts them, in `unit`; the value is NaN where it cannot be had from what is kept of the results.
    `near`: the limit lies within the interval, so another run might end the other way."""

    metric: str
    expression: str
    verdict: Literal["met", "missed"]
    value: Estimate
    unit: str
    near: bool


def thresholds_of(record: Mapping[str, Any], results: Results) -> list[Threshold]:
    """Those in the record of a run ('metric: expression' -> whether it was met), missed ones first; none where it names none."""
    found = [_threshold(key, bool(met), results) for key, met in (record.get("thresholds") or {}).items()]
    return sorted(found, key=lambda threshold: threshold.verdict == "met")


def _threshold(key: str, met: bool, results: Results) -> Threshold:
    known = _KEY.fullmatch(key)
    metric, expression = key.rpartition(": ")[::2]
    parsed = _EXPRESSION.fullmatch(expression.strip())
    value, unit = _UNKNOWN, ""
    if known and parsed:
        value, unit = _value(known["metric"], known["tags"] or "", parsed, results)
    near = parsed is not None and value.low < _number(parsed["limit"]) < value.high
    return Threshold(metric, expression, "met" if met else "missed", value, unit, near)


def _value(metric: str, tags: str, parsed: re.Match[str], results: Results) -> tuple[Estimate, str]:
    table = results.iterations if metric in _COUNTED else results.requests
    rows = _tagged(table, tags)
    if rows is None:
        return _UNKNOWN, ""
    if metric == "http_req_duration":
        return _of_durations(rows, parsed), "ms"
    if metric == "http_req_failed" and parsed["what"] == "rate":
        return block_share(rows["failed"], rows["time"]), "%"
    if metric == "checks" and parsed["what"] == "rate" and not tags and (checks := getattr(results, "checks", {})):
        failed, passed = (sum(counts) for counts in zip(*checks.values(), strict=True))
        return wilson(passed, failed + passed), "%"
    if metric in (*_COUNTED, "http_reqs") and parsed["what"] in ("count", "rate"):
        counts = rows[_COUNTED[metric]] if metric in _COUNTED else pd.Series(1.0, rows.index)
        return _of_counts(rows["time"], counts.to_numpy(dtype=float), parsed["what"])
    return _UNKNOWN, ""


def _tagged(rows: pd.DataFrame, tags: str) -> pd.DataFrame | None:
    """The rows that a submetric counts; None where one of its tags is not kept."""
    for part in filter(None, tags.split(",")):
        tag, colon, text = (piece.strip() for piece in part.partition(":"))
        column = {"name": "endpoint", "expected_response": "failed"}.get(tag, tag)
        if not colon or column not in ("endpoint", "failed", "scenario", "status") or column not in rows:
            return None
        rows = rows[rows["failed"] == (text != "true")] if column == "failed" else rows[rows[column].astype(str) == text]
    return rows


def _of_durations(rows: pd.DataFrame, parsed: re.Match[str]) -> Estimate:
    values, times, what = rows["duration_ms"], rows["time"], parsed["what"]
    if rows.empty:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    if what == "avg":
        window = pd.cut(times, _WINDOWS, labels=False)
        return ratio_of_windows(values.groupby(window).sum(), values.groupby(window).size())
    if what in ("min", "max"):
        return Estimate(float(values.agg(what)), math.nan, math.nan, len(values), f"the {'smallest' if what == 'min' else 'largest'} of all")
    if what == "med" or (parsed["percent"] and float(parsed["percent"]) <= 100):
        return block_quantile(values, times, 0.5 if what == "med" else float(parsed["percent"]) / 100)
    return _UNKNOWN


def _of_counts(times: pd.Series, counts: np.ndarray, what: str) -> tuple[Estimate, str]:
    total = float(counts.sum())
    if what == "count":
        return Estimate(total, total, total, int(total), "count"), ""
    if times.empty:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data"), "1/s"
    seconds = np.floor(times.to_numpy() - float(times.min())).astype(int)
    return mean_of_windows(np.bincount(seconds, weights=counts)[:-1]), "1/s"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
