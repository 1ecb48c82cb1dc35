"""What the runner shows while it works: a bar a day with its step and the time left; plain lines where there is no terminal."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

STYLES = {"complete": "green", "failed": "red", "interrupted": "yellow", "pending": "dim"}


class Bars:
    """One line a day: cells done, the step under way, how long it still takes. Use as a context manager.

    `usual_s` is how long each day took the last time, in seconds.
    """

    def __init__(self, console: Console, usual_s: Mapping[str, float]) -> None:
        self._console = console
        self._usual_s = usual_s
        self._bars = Progress(
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[step]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._announced: dict[str, str] = {}

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, day: str, cells: Path, steps: Path) -> None:
        """Bring the day's line up to date from the files that its worker and its notebook write."""
        progress, step = _content(cells), _content(steps)
        label = step.get("label", "starting")
        if not self._console.is_terminal:
            if self._announced.get(day) != label:
                self._announced[day] = label
                self._console.print(f"{day}: {label}{_about(step)}", highlight=False)
            return
        if day not in self._tasks:
            self._tasks[day] = self._bars.add_task(day, total=None, step="", left="")
        bar = self._bars.tasks[self._bars.task_ids.index(self._tasks[day])]
        left_s = self._usual_s.get(day, 0) - (bar.elapsed or 0)
        self._bars.update(
            self._tasks[day],
            total=progress.get("cells"),
            completed=progress.get("done", 0),
            left=f"about {left_s:.0f} s left" if left_s >= 1 else "",
            step=f"{label}{_left(step)}",
        )

    def finish(self, day: str, state: str, remark: str = "") -> None:
        """Replace the day's line by its outcome."""
        if day in self._tasks:
            self._bars.remove_task(self._tasks.pop(day))
        self._console.print(f"[{STYLES.get(state, 'default')}]{day}: {state}[/]", end=" " if remark else "\n")
        if remark:
            self._console.print(remark, markup=False, highlight=False)


def _content(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _about(step: dict[str, Any]) -> str:
    return f" (about {step['expected_s']:.0f} s)" if step.get("expected_s", 0) >= 1 else ""


def _left(step: dict[str, Any]) -> str:
    if not step:
        return ""
    left = step["started"] + step["expected_s"] - time.time()
    return f", {left:.0f} s left" if left >= 1 else ""
