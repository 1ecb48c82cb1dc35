"""A week of small notebooks, for tests of the runner: each day measures or reads in a second, and can be told to misbehave.

What a day is told stands in a file `<day>.do` beside target.toml: Python run in the middle of the notebook.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from perfweek.report.parameters import PARAMETERS
from perfweek.week import DAYS, Week

IMPORTS = """
from perfweek.report.day import open_day
from perfweek.report.prose import Tile, conclude
"""
MEASURE = """
import time
from pathlib import Path
from perfweek import evidence, facts
from perfweek.stats import Estimate
def measure(folder):
    Path("measuring.mark").write_text("")
    time.sleep(float(Path("seconds").read_text()) if Path("seconds").exists() else 0)
    (folder / "figures.csv").write_text("42")
    Path(f"{day.name}.times").open("a").write("x")
"""
COLLECT = 'measured = evidence.collect(day.week, "load-{day}", {{}}, measure)'
READ = 'measured = evidence.read(day.week, "load-monday")'
TELL = """
Path("measured.mark").write_text("")
told = Path(f"{day.name}.do")
exec(told.read_text() if told.exists() else "")
"""
RECORD = """
source = evidence.relative(day.week, measured.path("figures.csv"))
answer = Estimate(float(measured.path("figures.csv").read_text()), 41.0, 43.0, 10, "counted")
facts.record(day.week, day.name, [facts.Fact("http.latency.p95", answer, source)])
"""
CONCLUDE = 'conclude(["All is well."], [Tile("answer", answer, "ms", source)])'


def small_notebook(day: str) -> nbformat.NotebookNode:
    fields = PARAMETERS[day].model_fields.items()
    parameters = "\n".join(f"{name}: {type(field.default).__name__} = {field.default!r}  # {name}" for name, field in fields)
    opening = IMPORTS + f"day = open_day({day!r}, {', '.join(f'{name}={name}' for name, _ in fields)})"
    measuring = COLLECT.format(day=day) if day in ("monday", "friday") else READ
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"# Is {day} well?"),
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, (opening, MEASURE + measuring, TELL, RECORD)),
        nbformat.v4.new_markdown_cell("## Decide"),
        nbformat.v4.new_code_cell(CONCLUDE),
    ]
    return notebook


@dataclass(frozen=True)
class SmallWeek:
    """A folder with a target and five small notebooks; `start` runs `perfweek run` on it as a user would."""

    root: Path

    @classmethod
    def build(cls, root: Path) -> "SmallWeek":
        (root / "target.toml").write_text('[service]\nname = "small"\n')
        (root / "notebooks").mkdir()
        for number, day in enumerate(DAYS, 1):
            nbformat.write(small_notebook(day), root / "notebooks" / f"{number}_{day}_small.ipynb")
        return cls(root)

    @property
    def week(self) -> Week:
        return Week.open("2026-W48", self.root / "weeks")

    def tell(self, day: str, code: str) -> None:
        (self.root / f"{day}.do").write_text(code)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "perfweek", "run", "--week", "2026-W48", "--notebooks", str(self.root / "notebooks"), *arguments]
        return subprocess.Popen(
            command,
            cwd=self.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def states(self) -> dict[str, str]:
        return {day: entry["status"] for day, entry in self.week.manifest()["days"].items()}

    def times_measured(self, day: str = "monday") -> int:
        counted = self.root / f"{day}.times"
        return len(counted.read_text()) if counted.exists() else 0

    def wait_for(self, path: str) -> None:
        deadline = time.monotonic() + 60
        while not list(self.root.glob(path)):
            assert time.monotonic() < deadline, f"{path} never appeared"
            time.sleep(0.01)

    def processes(self) -> list[psutil.Process]:
        """Every process that works in this folder or names it in its command line."""
        found = []
        for process in psutil.process_iter():
            try:
                if str(self.root) in " ".join(process.cmdline()) or process.cwd() == str(self.root):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def assert_no_process_is_left(self) -> None:
        deadline = time.monotonic() + 20
        while self.processes():
            assert time.monotonic() < deadline, [process.cmdline() for process in self.processes()]
            time.sleep(0.1)
