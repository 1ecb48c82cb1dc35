"""One day in a process of its own: execute its notebook, publish its report, leave a result for the runner.

    python -m perfweek.report.worker TASK.json

The task and the result are files in the week's .run/ folder. The result is written last, so a worker that is killed leaves none.
"""

import json
import signal
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perfweek import errors
from perfweek.files import write_atomic
from perfweek.report.publish import publish
from perfweek.report.task import Task
from perfweek.target import load_target
from perfweek.week import Week


def run_task(path: Path) -> int:
    """Do the task in the file `path`, write its result beside it, return the exit code."""
    task = Task(**json.loads(path.read_text()))
    week = Week.open(task.week, load_target(task.target).weeks)
    sys.modules.setdefault("boto3", None)  # type: ignore[arg-type]  # papermill would load it, for addresses on S3: a third of its start
    from perfweek.report.engine import execute

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
