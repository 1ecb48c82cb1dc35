"""Executing a day's notebook through papermill, with word of how far it is, and errors in the user's terms.

papermill's own status is not used: after a timeout or a signal it says "completed" of cells that never ran.
"""

import json
import os
import tempfile
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
from perfweek.report.task import Task
from perfweek.steps import VARIABLE as STEPS_VARIABLE
from perfweek.steps import announce_step
from perfweek.week import Week

ENGINE = "perfweek"


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
