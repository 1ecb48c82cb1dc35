"""One day in a process of its own: execute its notebook, publish its report, leave a result for the runner.

    python -m perfweek.report.worker TASK.json

The task and the result are files in the week's .run/ folder. papermill's own status is not used: after a timeout or a
signal it says "completed" of cells that never ran. The result is written last, so a worker that is killed leaves none.
"""

import json
import os
import signal
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from perfweek import errors
from perfweek.evidence import USED_VARIABLE
from perfweek.files import write_atomic
from perfweek.report.publish import publish
from perfweek.steps import VARIABLE as STEPS_VARIABLE
from perfweek.steps import announce_step
from perfweek.target import load_target
from perfweek.week import Week

ENGINE = "perfweek"


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


class CountingEngine(NBClientEngine):
    """papermill's engine, telling two files how many cells are done and under which heading it works."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        progress: Path = options.pop("progress")
        headings: Path = options.pop("headings")
        finish_cell = nb_man.cell_complete

        def announce(cell: Any, cell_index: int | None = None, **rest: Any) -> None:
            type(nb_man).cell_start(nb_man, cell, cell_index=cell_index, **rest)
            if cell.cell_type == "markdown":
                announce_step(headings, cell.source.splitlines()[0].lstrip("# "))

        def count(cell: Any, cell_index: int | None = None, **rest: Any) -> None:
            finish_cell(cell, cell_index=cell_index, **rest)
            write_atomic(progress, json.dumps({"done": (cell_index or 0) + 1, "cells": len(nb_man.nb.cells)}))

        nb_man.cell_start, nb_man.cell_complete = announce, count
        super().execute_managed_notebook(nb_man, kernel_name, **options)


papermill_engines.register(ENGINE, CountingEngine)


def kernel_settings(folder: Path) -> Config:
    """Kernels talk over sockets in `folder`: shared default names collide, and ports can be taken in between."""
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "k")}})


def execute(task: Task, week: Week) -> Path:
    """Run the day's notebook and return the executed copy. Raises PerfweekError in the user's terms."""
    executed = task.file(week, "notebook")
    os.environ |= {STEPS_VARIABLE: str(task.file(week, "steps")), USED_VARIABLE: str(task.file(week, "used")), "MPLBACKEND": "agg"}
    with tempfile.TemporaryDirectory(prefix="perfweek-") as sockets:
        os.environ["IPYTHONDIR"] = sockets
        try:
            papermill.execute_notebook(
                task.notebook,
                str(executed),
                parameters=task.parameters,
                engine_name=ENGINE,
                kernel_name="python3",
                progress_bar=False,
                cwd=str(Path(task.target).parent),
                execution_timeout=task.cell_timeout_s,
                config=kernel_settings(Path(sockets)),
                progress=task.file(week, "cells"),
                headings=task.file(week, "steps"),
            )
        except PapermillExecutionError as error:
            raise _explained(error, executed) from error
        except CellTimeoutError as error:
            raise errors.MeasurementError(
                f"a cell of {task.day} took longer than {task.cell_timeout_s} s", str(executed), "Allow more with --cell-timeout."
            ) from error
        except DeadKernelError as error:
            raise errors.MeasurementError(
                f"the kernel of {task.day} died", str(executed), "Often the machine ran out of memory. The same command goes on from here."
            ) from error
    return executed


def _explained(error: PapermillExecutionError, executed: Path) -> errors.PerfweekError:
    """An error of the tree keeps its own words; any other is named with the notebook that shows where it happened."""
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, errors.PerfweekError):
        return kind(error.evalue)
    return errors.PerfweekError(
        f"{error.ename}: {error.evalue}", f"{executed}, cell {error.exec_count}", "Open that notebook to see the cell that failed."
    )


def run_task(path: Path) -> int:
    """Do the task in the file `path`, write its result beside it, return the exit code."""
    task = Task(**json.loads(path.read_text()))
    week = Week.open(task.week, load_target(task.target).weeks)
    result: dict[str, Any]
    try:
        result = {"status": "complete", **asdict(publish(week, task.day, execute(task, week), task.parameters))}
    except errors.PerfweekError as error:
        result = {"status": "failed", "error": str(error)}
    except Exception as error:  # whatever papermill or a library raises must end in an honest result
        traceback.print_exc()
        result = {"status": "failed", "error": f"{type(error).__name__}: {error} (log: .run/{task.day}.log)"}
    write_atomic(task.file(week, "result"), json.dumps(result, default=str))
    return 0 if result["status"] == "complete" else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an orderly end: the kernel is shut down, its folder removed
    sys.exit(run_task(Path(sys.argv[1])))
