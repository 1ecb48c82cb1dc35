"""Checklists that are checked by machine where that can be, and left open for people where it cannot: never a tick that nobody saw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from perfweek.decisions.records import record_files
from perfweek.files import write_atomic
from perfweek.progress.papers.so_far import SoFar
from perfweek.project import project_folder
from perfweek.week import DAYS

State = Literal["done", "missing", "ask"]
RECORDS = 5


@dataclass(frozen=True)
class Answer:
    """`done` and `missing` were looked at by machine; `ask` only people know. `what`: what was seen, or whom to ask."""

    state: State
    what: str


@dataclass(frozen=True)
class Item:
    """One box of a list."""

    group: str
    title: str
    look: Callable[[SoFar], Answer]


def answers(items: Sequence[Item], so_far: SoFar) -> list[tuple[Item, Answer]]:
    """Each item with what is true of it now."""
    return [(item, item.look(so_far)) for item in items]


def as_markdown(title: str, found: Sequence[tuple[Item, Answer]]) -> str:
    """Boxes: [x] seen by machine, [ ] missing, and those that only people can tick."""
    lines = [f"# {title}", ""]
    for group in dict.fromkeys(item.group for item, _ in found):
        lines += [f"## {group}", ""]
        for item, answer in [pair for pair in found if pair[0].group == group]:
            mark = "x" if answer.state == "done" else " "
            who = "to be ticked by people: " if answer.state == "ask" else ""
            lines.append(f"- [{mark}] {item.title}: {who}{answer.what}")
        lines.append("")
    return "\n".join(lines)


def as_table(found: Sequence[tuple[Item, Answer]]) -> pd.DataFrame:
    """One row an item: group, item, state, what was seen."""
    words = {"done": "seen", "missing": "missing", "ask": "for people to say"}
    rows = [(item.group, item.title, words[answer.state], answer.what) for item, answer in found]
    return pd.DataFrame(rows, columns=["group", "item", "state", "what was seen"])


def write_lists(so_far: SoFar) -> Path:
    """artifacts/checklists.md: the end of the day, the week's deliverables, its success criteria."""
    parts = [as_markdown(title, answers(items, so_far)) for title, items in (("End of the day", END_OF_DAY), ("The week", (*DELIVERABLES, *SUCCESS)))]
    return write_atomic(so_far.week.artifacts / "checklists.md", "\n".join(parts))


def _fact(metric: str, remedy: str) -> Callable[[SoFar], Answer]:
    def look(so_far: SoFar) -> Answer:
        n = so_far.measured(metric)
        return Answer("done", f"{n} figures of {metric}") if n else Answer("missing", remedy)

    return look


def _labelled(metric: str, label: str, remedy: str) -> Callable[[SoFar], Answer]:
    """A figure of `metric` with a label whose value contains the word."""

    def look(so_far: SoFar) -> Answer:
        rows = so_far.facts[so_far.facts["metric"] == metric]
        n = sum(any(label in str(value) for value in labels.values()) for labels in rows["labels"])
        return Answer("done", f"{n} figures") if n else Answer("missing", remedy)

    return look


def _report(day: str) -> Callable[[SoFar], Answer]:
    def look(so_far: SoFar) -> Answer:
        report = str(so_far.days[day].get("report", ""))
        return Answer("done", report) if so_far.is_complete(day) else Answer("missing", f"perfweek run {day}")

    return look


def _artifact(pattern: str, remedy: str) -> Callable[[SoFar], Answer]:
    def look(so_far: SoFar) -> Answer:
        found = so_far.has_artifact(pattern)
        return (
            Answer("done", ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")) if found else Answer("missing", remedy)
        )

    return look


def _shipped(folder: str, pattern: str, fewest: int, what: str) -> Callable[[SoFar], Answer]:
    def look(_: SoFar) -> Answer:
        found = sorted(Path(project_folder(folder)).glob(pattern)) if (project_folder("runbooks").parent / folder).is_dir() else []
        return Answer("done" if len(found) >= fewest else "missing", f"{len(found)} {what}")

    return look


def _recorded(_: SoFar) -> Answer:
    n = len(record_files(project_folder("runbooks") / "adr"))
    return Answer("done" if n >= RECORDS else "missing", f"{n} records in runbooks/adr")


def _monitoring(so_far: SoFar) -> Answer:
    given = [name for name in ("prometheus", "grafana", "pyroscope") if getattr(so_far.target.monitoring, name)]
    if given:
        return Answer("ask", f"the target names {', '.join(given)}; look whether they show today's data")
    return Answer("missing", "the target names no Prometheus, Grafana or Pyroscope under [monitoring]")


def _decided(so_far: SoFar) -> Answer:
    return (
        Answer("ask", "a person sets each record's status: perfweek adr list") if so_far.is_complete("tuesday") else Answer("missing", "not judged")
    )


def _understood(_: SoFar) -> Answer:
    return Answer("ask", "ask in the review; the training sessions end with checked exercises")


def _dashboard(so_far: SoFar) -> Answer:
    done = [day for day in DAYS if so_far.is_complete(day)]
    return Answer("done", f"{len(done)} reports of this week are published") if done else Answer("missing", "perfweek run monday")


def _kept(so_far: SoFar) -> Answer:
    found = sorted(path.name for path in so_far.week.evidence.glob("profile-*") if path.is_dir())
    return Answer("done", ", ".join(found)) if found else Answer("missing", "no profile in the week's evidence: perfweek run monday")


def _documented(so_far: SoFar) -> Answer:
    return _artifact("bottlenecks.md", "perfweek run monday")(so_far)


def _tomorrow(so_far: SoFar) -> Answer:
    best = [one.candidate.title for one in so_far.ranked[:1]]
    return Answer("ask", f"worth most next: {best[0]}; who takes it?") if best else Answer("ask", "nothing is ranked yet; agree on it")


END_OF_DAY: tuple[Item, ...] = (
    Item("End of day", "Dashboard updated", _dashboard),
    Item("End of day", "Profiling results kept", _kept),
    Item("End of day", "Findings documented", _documented),
    Item("End of day", "Tomorrow planned", _tomorrow),
)
_MONDAY = "perfweek run monday"
DELIVERABLES: tuple[Item, ...] = (
    Item("Documentation", "Five Architecture Decision Records", _recorded),
    Item("Documentation", "Performance baseline report", _report("monday")),
    Item("Documentation", "Database optimization plan", _artifact("wednesday/*.md", "perfweek run wednesday")),
    Item("Documentation", "Caching architecture design", _report("thursday")),
    Item("Documentation", "Team onboarding materials", _shipped("runbooks", "onboarding/*", 3, "files in runbooks/onboarding")),
    Item("Code and configuration", "Profiling infrastructure deployed", _kept),
    Item("Code and configuration", "Load testing suite created", _shipped("k6", "*.js", 5, "scripts in k6")),
    Item("Code and configuration", "Performance monitoring dashboard", _shipped("runbooks", "stack/**/dashboards/*.json", 1, "dashboards")),
    Item("Code and configuration", "Initial optimization scripts", _artifact("wednesday/*.sql", "perfweek run wednesday")),
    Item("Metrics captured", "API latencies, P50", _fact("http.latency.p50", _MONDAY)),
    Item("Metrics captured", "API latencies, P95", _fact("http.latency.p95", _MONDAY)),
    Item("Metrics captured", "API latencies, P99", _fact("http.latency.p99", _MONDAY)),
    Item("Metrics captured", "Database query performance", _fact("warehouse.query.", "perfweek run wednesday")),
    Item("Metrics captured", "Memory usage patterns", _fact("process.rss.", _MONDAY)),
    Item("Metrics captured", "Build times baseline", _labelled("command.duration", "build", "name a build command under [commands]")),
    Item("Metrics captured", "Test execution times", _labelled("command.duration", "test", "name a test command under [commands]")),
)
SUCCESS: tuple[Item, ...] = (
    Item("Success criteria", "All team members understand performance goals", _understood),
    Item("Success criteria", "Monitoring infrastructure operational", _monitoring),
    Item("Success criteria", "Baseline metrics documented", _report("monday")),
    Item("Success criteria", "Architecture decisions finalized", _decided),
    Item("Success criteria", "Week 2 plan created", _artifact("friday/plan.md", "perfweek run friday")),
)
