"""What a day is doing right now, and how long it will take: a bar in JupyterLab, a line for the runner in a batch run."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from perfweek.files import write_atomic

VARIABLE = "PERFWEEK_STEPS"


@contextmanager
def step(label: str, expected_s: float) -> Iterator[None]:
    """Announce `label` for the length of the block; `expected_s` is how long it should take, in seconds.

    With PERFWEEK_STEPS set (the runner sets it) the step is written to that file as JSON, else a bar is drawn.
    """
    announced = os.environ.get(VARIABLE)
    if announced:
        announce_step(Path(announced), label, expected_s)
        yield
        return
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(label, expected_s, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def mention(what: str) -> None:
    """Say something in passing: the runner shows it until the next step, anybody else sees a line."""
    announced = os.environ.get(VARIABLE)
    if announced:
        announce_step(Path(announced), what)
    else:
        tqdm.write(what, file=sys.stderr)


def announce_step(file: Path, label: str, expected_s: float = 0) -> None:
    """Write what is being done now, since when (epoch seconds) and for how long, as JSON."""
    write_atomic(file, json.dumps({"label": label, "started": time.time(), "expected_s": expected_s}))


def _tick(label: str, expected_s: float, done: threading.Event) -> None:
    quiet = False if "ipykernel" in sys.modules else None  # None: only on a terminal; a notebook is none and shows bars all the same
    with tqdm(total=max(1, round(expected_s)), desc=label, unit="s", leave=False, disable=quiet) as bar:
        while not done.wait(1):
            if bar.n < bar.total:
                bar.update()
