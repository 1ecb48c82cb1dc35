"""What the runner asks of a worker."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfweek.week import Week


@dataclass(frozen=True)
class Task:
    """What a worker is asked: the day, its notebook and checked parameters, the target file, the week, the longest time of a cell."""

    day: str
    notebook: str
    parameters: dict[str, Any]
    target: str
    week: str
    cell_timeout_s: int

    def file(self, week: Week, kind: str) -> Path:
        """The path of one of the day's working files: task, steps, cells, used, result or notebook."""
        return week.root / ".run" / f"{self.day}.{'ipynb' if kind == 'notebook' else kind}"
