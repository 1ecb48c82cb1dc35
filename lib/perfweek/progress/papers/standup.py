"""The daily stand-up's four lines, filled from facts: wins, focus, blockers, metrics."""

from pathlib import Path

from perfweek.files import write_atomic
from perfweek.progress.papers.so_far import SoFar
from perfweek.week import DAYS

TITLES = ("Performance wins from yesterday", "Today's optimization focus", "Blockers to address", "Metrics update")
_MOST = 4


def standup(so_far: SoFar) -> dict[str, list[str]]:
    """The four lines in the order of TITLES, each with what is known; a line without anything says so."""
    lines = (_wins(so_far), _focus(so_far), _blockers(so_far), _metrics(so_far))
    return {title: found[:_MOST] or ["nothing that was measured"] for title, found in zip(TITLES, lines, strict=True)}


def write_standup(so_far: SoFar) -> Path:
    """artifacts/standup.md, of the week as it is now."""
    return write_atomic(so_far.week.artifacts / "standup.md", as_markdown(so_far))


def as_markdown(so_far: SoFar) -> str:
    """The four lines as a page."""
    parts = [f"# Stand-up, week {so_far.week.name}, {so_far.target.service.name}"]
    for number, (title, found) in enumerate(standup(so_far).items(), start=1):
        parts += ["", f"{number}. **{title}**", *[f"   - {_line(text)}" for text in found]]
    return "\n".join(parts) + "\n"


def _wins(so_far: SoFar) -> list[str]:
    """What Friday found improved, and predictions that came true; before Friday what a day finished."""
    if so_far.is_complete("friday"):
        right = dict.fromkeys(one.change for one in so_far.scored if one.verdict == "inside")
        return [*so_far.verdict("friday")[:1], *[f"as predicted: {change}" for change in right]]
    done = [day for day in DAYS if so_far.is_complete(day)]
    return [f"{done[-1].capitalize()}: {sentence}" for sentence in so_far.verdict(done[-1])[:1]] if done else []


def _focus(so_far: SoFar) -> list[str]:
    """The day that is next, and the change that is worth most."""
    waiting = [day for day in DAYS if not so_far.is_complete(day)]
    best = [one.candidate.title for one in so_far.work[:1]]
    return [*[f"{day.capitalize()}: perfweek run {day}" for day in waiting[:1]], *[f"worth most next: {title}" for title in best]]


def _blockers(so_far: SoFar) -> list[str]:
    """Days that failed, and decisions that wait for a measurement."""
    failed = [f"{day.capitalize()}: {entry.get('error', 'failed')}" for day, entry in so_far.days.items() if entry.get("status") == "failed"]
    stale = [f"{day.capitalize()} is out of date: its evidence changed" for day, entry in so_far.days.items() if entry.get("status") == "stale"]
    return [*failed, *stale, *[f"no data: {one.candidate.title}" for one in so_far.open_measurements]]


def _metrics(so_far: SoFar) -> list[str]:
    """The newest day's key figures."""
    done = [day for day in reversed(DAYS) if so_far.figures(day)]
    return [f"{one.label}: {one.shown} {one.unit} ({one.interval})".replace("  ", " ") for one in so_far.figures(done[0])] if done else []


def _line(text: str) -> str:
    """One line of Markdown that holds no HTML."""
    return " ".join(text.split()).replace("<", "&lt;")
