"""k6's end-of-test summary in its three shapes, and whether it agrees with the raw results."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading.samples import Samples
from perfweek.load.reading.shapes import TAGS

_SELECTED = re.compile(r"(\w+)\s*\{(.*)\}\s*")
_PERCENTILE = re.compile(r"p\((\d+(?:\.\d+)?)\)")
_PRINTED = 1.1e-6  # CSV gives six decimals


@dataclass(frozen=True)
class Threshold:
    metric: str
    expression: str
    met: bool


@dataclass(frozen=True)
class Summary:
    """`shape`: 'handleSummary', 'summary-export' or 'machine-readable'. `metrics`: name -> statistic -> value, with k6's names of both, but
    `rate` for the value of a rate in every shape. `checks`: name, passes, fails."""

    path: Path
    shape: str
    metrics: Mapping[str, Mapping[str, float]]
    thresholds: list[Threshold]
    checks: list[tuple[str, int, int]]


@dataclass(frozen=True)
class Comparison:
    """One statistic of a summary and of the raw results, and whether they agree to the digits that are printed."""

    metric: str
    statistic: str
    summary: float
    raw: float

    @property
    def same(self) -> bool:
        return abs(self.summary - self.raw) <= _PRINTED + 1e-9 * abs(self.summary)


def summary_of(path: Path, content: Mapping[str, Any]) -> Summary:
    """Bring a summary of any shape into one form."""
    found = content.get("metrics")
    if not isinstance(found, dict):
        listed = content["results"]["metrics"]
        metrics = {str(one.get("name")): _numbers(_object(one.get("values"))) for one in listed if isinstance(one, dict)}
        return Summary(path, "machine-readable", metrics, [], _machine_checks(_object(content["results"].get("checks"))))
    shaped = any(isinstance(one, dict) and isinstance(one.get("values"), dict) for one in found.values())
    metrics, thresholds = {}, []
    for name, one in found.items():
        if isinstance(one, dict):
            metrics[name] = _numbers(_object(one.get("values")) if shaped else one)
            thresholds += [Threshold(name, expression, _met(said)) for expression, said in _object(one.get("thresholds")).items()]
    return Summary(path, "handleSummary" if shaped else "summary-export", metrics, thresholds, _checks(_object(content.get("root_group"))))


def compare(summary: Summary, samples: Samples) -> list[Comparison]:
    """Every statistic of the summary that the raw results give too."""
    found = []
    for name, values in summary.metrics.items():
        for statistic, value in values.items():
            raw = _raw(name, statistic, samples)
            if raw is not None:
                found.append(Comparison(name, statistic, value, raw))
    return found


def _met(said: object) -> bool:
    """The old export says true for a threshold that was crossed; the others {"ok": true} for one that was met."""
    return bool(said.get("ok")) if isinstance(said, dict) else not said


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float) and not isinstance(value, bool)}
    if "passes" in numbers and "value" in numbers:
        numbers["rate"] = numbers.pop("value")
    return numbers


def _checks(group: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Checks of a group and the groups in it, which are lists, or objects in the old export."""
    return _counts(group.get("checks")) + [check for one in _members(group.get("groups")) for check in _checks(one)]


def _machine_checks(checks: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    return _counts(checks.get("results"))


def _counts(checks: Any) -> list[tuple[str, int, int]]:
    found = [(str(one.get("name")), one.get("passes", 0), one.get("fails", 0)) for one in _members(checks)]
    return [(name, int(passes), int(fails)) for name, passes, fails in found if isinstance(passes, int | float) and isinstance(fails, int | float)]


def _object(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _members(found: Any) -> list[Mapping[str, Any]]:
    members = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
    return [one for one in members if isinstance(one, dict)]


def _raw(name: str, statistic: str, samples: Samples) -> float | None:
    selected = _SELECTED.fullmatch(name)
    metric = selected[1] if selected else name
    counted = samples.counted.get(metric)
    if selected is None and counted is not None:
        if statistic == "count" and metric in ("http_reqs", "iterations", "dropped_iterations", "data_sent", "data_received"):
            return counted.sum
        if metric in ("http_req_failed", "checks") and statistic in ("passes", "fails", "rate"):
            return {"passes": counted.nonzero, "fails": counted.n - counted.nonzero, "rate": counted.nonzero / counted.n}[statistic]
    if metric == "http_req_duration":
        return _statistic(_selected(samples, selected[2] if selected else ""), statistic)
    if metric in ("iteration_duration", "group_duration") and selected is None:
        return _statistic(samples.values.get(metric), statistic)
    return None


def _selected(samples: Samples, selector: str) -> NDArray[np.float64] | None:
    """Durations of the requests with the tags `name:item,status:200`; None for tags that are not kept."""
    chosen = np.ones(len(samples.tags), bool)
    for condition in filter(None, (part.strip() for part in selector.split(","))):
        tag, _, value = condition.partition(":")
        if tag not in TAGS or tag == "url":
            return None
        chosen &= samples.labels(tag) == value
    return samples.duration_ms[chosen[samples.tag]] if selector.strip() else samples.duration_ms


def _statistic(values: NDArray[np.float64] | None, statistic: str) -> float | None:
    if values is None or not len(values):
        return None
    percentile = _PERCENTILE.fullmatch(statistic)
    if percentile:
        return float(np.percentile(values, float(percentile[1])))
    plain: dict[str, Callable[[NDArray[np.float64]], float]] = {"avg": np.mean, "min": np.min, "max": np.max, "med": np.median, "count": len}
    return float(plain[statistic](values)) if statistic in plain else None
