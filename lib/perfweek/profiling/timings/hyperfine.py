"""Command times from the JSON that `hyperfine --export-json` writes: every run, not the mean that it prints."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perfweek.errors import EvidenceError


@dataclass(frozen=True)
class Benchmark:
    """One command of a hyperfine report: wall seconds and exit code of each run (codes are None where the report has none), and the
    mean CPU seconds of a run. It ran its commands one after the other: a slow minute may have hit one of them alone."""

    command: str
    times_s: tuple[float, ...]
    exit_codes: tuple[int | None, ...]
    user_s: float
    system_s: float

    @property
    def failed(self) -> bool:
        return any(code != 0 for code in self.exit_codes)


def is_hyperfine(content: object) -> bool:
    """Whether this JSON has the shape of a hyperfine report."""
    results = content.get("results") if isinstance(content, Mapping) else None
    return isinstance(results, list) and all(isinstance(one, Mapping) and "command" in one for one in results)


def read_hyperfine(content: Mapping[str, Any], name: str) -> list[Benchmark]:
    """The commands of a parsed report. Raises EvidenceError where a time is no number of seconds."""
    try:
        found = [_benchmark(result) for result in content["results"]]
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise EvidenceError(f"the hyperfine report is damaged: {error}", name, "Export it anew: hyperfine --export-json") from error
    if not any(one.times_s for one in found):
        raise EvidenceError("the hyperfine report holds no run", name, "Export it anew: hyperfine --export-json")
    return [one for one in found if one.times_s]


def _benchmark(result: Mapping[str, Any]) -> Benchmark:
    times = tuple(_seconds(value) for value in result.get("times") or ())
    codes = tuple(None if code is None else int(code) for code in result.get("exit_codes") or ())
    return Benchmark(str(result["command"])[:300], times, codes or (0,) * len(times), _mean(result, "user"), _mean(result, "system"))


def _seconds(value: object) -> float:
    seconds = float(value)  # type: ignore[arg-type]
    if isinstance(value, str | bool) or not 0 <= seconds < math.inf:
        raise ValueError(f"{value!r} is no number of seconds")
    return seconds


def _mean(result: Mapping[str, Any], key: str) -> float:
    return math.nan if result.get(key) is None else _seconds(result[key])
