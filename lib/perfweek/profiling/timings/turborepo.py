"""Task times from the run summaries of Turborepo (`turbo run build --summarize` writes .turbo/runs/*.json)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from perfweek.errors import EvidenceError

_REMEDY = "Write it anew: turbo run ... --summarize"


@dataclass(frozen=True)
class Task:
    """One task of a run: `took_s` by the clock, `saved_s` that its cache says it spared (0 on a miss), the tasks that it waited for."""

    name: str
    took_s: float
    saved_s: float
    hit: bool
    exit_code: int
    dependencies: tuple[str, ...]

    @property
    def cold_s(self) -> float:
        """Its time without the cache: as taken on a miss, taken and saved on a hit; NaN for a hit that does not say what it saved."""
        if not self.hit:
            return self.took_s
        return self.took_s + self.saved_s if self.saved_s > 0 else math.nan

    @property
    def warm_s(self) -> float:
        """Its time from the cache; NaN on a miss."""
        return self.took_s if self.hit else math.nan


@dataclass(frozen=True)
class Summary:
    """A run of Turborepo: its tasks, and its wall seconds (NaN where it does not say)."""

    command: str
    tasks: tuple[Task, ...]
    wall_s: float


@dataclass(frozen=True)
class Chain:
    """The chain of tasks that no number of cores makes shorter, first task first, and the seconds that it takes without the cache."""

    tasks: tuple[str, ...]
    seconds: float


def is_turborepo(content: object) -> bool:
    """Whether this JSON has the shape of a run summary."""
    return isinstance(content, Mapping) and "turboVersion" in content and isinstance(content.get("tasks"), list)


def read_turborepo(content: Mapping[str, Any], name: str) -> Summary:
    """The tasks of a parsed summary that were run. Raises EvidenceError where it is damaged, or of a dry run."""
    try:
        tasks = tuple(_task(one) for one in content["tasks"] if one.get("execution"))
        execution = content.get("execution") or {}
        wall_s = _span(execution) if execution.get("endTime") else math.nan
        command = str(execution.get("command", ""))[:300]
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise EvidenceError(f"the Turborepo summary is damaged: {error!r}", name, _REMEDY) from error
    if not tasks:
        raise EvidenceError("the Turborepo summary holds no task that was run", name, _REMEDY)
    return Summary(command, tasks, wall_s)


def critical_path(tasks: Sequence[Task]) -> Chain | None:
    """The longest chain by time without the cache; None where a time is missing, a task failed, or the dependencies run in a circle."""
    known = {task.name: task for task in tasks}
    if not known or any(math.isnan(task.cold_s) or task.exit_code for task in known.values()):
        return None
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    try:
        order = list(TopologicalSorter({name: [one for one in task.dependencies if one in known] for name, task in known.items()}).static_order())
    except CycleError:
        return None
    for name in order:
        waits = [one for one in known[name].dependencies if one in known]
        before[name] = max(waits, key=lambda one: ends[one], default=None)
        ends[name] = known[name].cold_s + (ends[before[name]] if before[name] else 0.0)  # type: ignore[index]
    last: str | None = max(ends, key=lambda one: ends[one])
    chain: list[str] = []
    while last:
        chain.insert(0, last)
        last = before[last]
    return Chain(tuple(chain), max(ends.values()))


def _task(one: Mapping[str, Any]) -> Task:
    cache, execution = one.get("cache") or {}, one["execution"]
    hit = cache.get("status") == "HIT" or bool(cache.get("local") or cache.get("remote"))
    saved_s = float(cache.get("timeSaved") or 0) / 1000 if hit else 0.0
    if not 0 <= saved_s < math.inf:
        raise ValueError(f"timeSaved {saved_s}")
    dependencies = tuple(str(name)[:300] for name in one.get("dependencies") or ())
    code = execution.get("exitCode")
    return Task(str(one["taskId"])[:300], _span(execution), saved_s, hit, 0 if code is None else int(code), dependencies)


def _span(execution: Mapping[str, Any]) -> float:
    seconds = (float(execution["endTime"]) - float(execution["startTime"])) / 1000
    if not 0 <= seconds < math.inf:
        raise ValueError(f"it ends {seconds} s after its start")
    return seconds
