"""The week's front page: what is true of each day, its verdict and key figures, and where to read on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, select_autoescape

from perfweek.files import write_atomic
from perfweek.report.output import TEMPLATE, prose
from perfweek.report.page import frame, in_words
from perfweek.report.summary import Summary
from perfweek.week import DAYS, Week

QUESTIONS = {
    "monday": "How fast are we, and where does the time go?",
    "tuesday": "Which architecture decisions does the evidence support?",
    "wednesday": "Which queries cost us, and what would fix them?",
    "thursday": "How big should each cache tier be, and is it worth it?",
    "friday": "Did it work, and what is next?",
}
WORDS = {
    "complete": "complete",
    "failed": "failed: no report",
    "interrupted": "interrupted: no report",
    "running": "running now",
    "pending": "not run yet",
    "stale": "out of date: its evidence changed since",
}


@dataclass(frozen=True)
class Link:
    """A file of the week that exists: what it is called and where it is from reports/."""

    name: str
    address: str


@dataclass(frozen=True)
class DayEntry:
    """One day on the front page. `summary` and `report` only for a day that is complete."""

    name: str
    question: str
    status: str
    word: str
    when: str
    error: str
    summary: Summary | None
    report: Link | None
    files: tuple[Link, ...]


def write_index(week: Week) -> Path:
    """Write reports/index.html from week.json and return it. Only files that exist are linked."""
    manifest = week.manifest()
    days = [day_entry(week, day, manifest.get("days", {}).get(day, {})) for day in DAYS]
    return write_atomic(week.reports / "index.html", _render(week.name, manifest, days))


def _render(name: str, manifest: Mapping[str, Any], days: list[DayEntry]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE), autoescape=select_autoescape(default=True, default_for_string=True), trim_blocks=True
    )
    environment.filters["prose"] = lambda text: environment.filters["safe"](prose(text))
    counts = [sum(entry.status == "complete" for entry in days), len(days)]
    groups = {"Machine": in_words(manifest.get("host", {})), "Versions": in_words(manifest.get("versions", {}))}
    target = str(manifest.get("target", ""))
    return environment.get_template("week.html.j2").render(shell=frame(), week=name, target=target, days=days, counts=counts, facts=groups)


def day_entry(week: Week, day: str, entry: Mapping[str, Any]) -> DayEntry:
    """What the front page says of a day, from its entry in the manifest."""
    status = str(entry.get("status", "pending"))
    report = link(week, entry.get("report", "")) if status == "complete" else None
    files = [link(week, path) for path in (entry.get("notebook", ""), *entry.get("artifacts", ()))] if report else []
    return DayEntry(
        name=day.capitalize(),
        question=QUESTIONS[day],
        status=status if status in WORDS else "pending",
        word=WORDS.get(status, status),
        when=_when(entry),
        error="" if status == "complete" else str(entry.get("error") or ""),
        summary=Summary.from_json(entry["summary"]) if report and entry.get("summary") else None,
        report=report,
        files=tuple(file for file in files if file),
    )


def link(week: Week, path: str) -> Link | None:
    """A link from reports/ to a file of the week; None where there is no such file inside it."""
    file = (week.root / path).resolve()
    if not path or not file.is_file() or not file.is_relative_to(week.root.resolve()):
        return None
    inside = file.relative_to(week.root.resolve()).as_posix()
    return Link(inside, quote(inside.removeprefix("reports/") if inside.startswith("reports/") else f"../{inside}"))


def _when(entry: Mapping[str, Any]) -> str:
    """Such as '24 November 2026, 09:12 UTC, took 41 s'; as much of it as the manifest knows."""
    try:
        at = datetime.fromisoformat(entry.get("finished") or entry.get("started") or "")
    except ValueError:
        return ""
    took = entry.get("seconds")
    told = f", took {duration(took)}" if isinstance(took, int | float) and math.isfinite(took) else ""
    return f"{at.day} {at:%B %Y, %H:%M} UTC{told}"


def duration(seconds: float) -> str:
    """Such as '41 s' or '3 min 20 s'."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
