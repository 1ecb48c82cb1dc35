"""What the training notebooks measure: a small sample of their own, in a folder that is removed again."""

import atexit
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from socket import socket

import httpx
import numpy as np
import pandas as pd

from perfweek.access_log import FILE_NAME, read_access_log
from perfweek.caching.look import Question, look_at
from perfweek.errors import MeasurementError
from perfweek.load.service import running_service
from perfweek.progress.onboarding.exercise import Exercise
from perfweek.target import Service, Target
from perfweek.warehouse.history import FILE, load_history

ROWS = 10_000
PAGES = (5, 10, 20, 40)
_HEALTHY_S = 60
_INTERVAL_S = 0.002
Stacks = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Practice:
    """What a run left behind: `log` as access_log.SCHEMA, `statements` as history.load_history, and `file`, the log itself."""

    log: pd.DataFrame
    statements: pd.DataFrame
    file: Path


def practice(settings: str = "as_found", requests: int = 120, seed: int = 1) -> Practice:
    """Start a small sample with `settings` ('as_found' or 'improved'), ask it the same `requests` in the same order for one seed, stop it.

    A page of each length, single assets of which some are asked for again and again, and searches. Raises MeasurementError where the sample
    does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="perfweek-training-"))
    target = _target(folder, _rows_folder(), settings)
    with running_service(target, target.service.start, folder), httpx.Client(base_url=target.service.url, trust_env=False, timeout=30) as client:
        newest = [row["asset_id"] for row in client.get("/assets", params={"limit": 100}).json()["items"]]
        for address in _addresses(newest, requests, Random(seed)):
            client.get(address, headers={"X-Session": "training"}).raise_for_status()
    log = read_access_log(folder / FILE_NAME).frame.iloc[1:].reset_index(drop=True)
    return Practice(log, load_history(folder / FILE), folder / FILE_NAME)


def clean_up(done: Practice) -> None:
    """Remove what a run left behind."""
    shutil.rmtree(done.file.parent, ignore_errors=True)


@cache
def _rows_folder() -> Path:
    """Where the rows are, built once in a session."""
    folder = Path(tempfile.mkdtemp(prefix="perfweek-training-rows-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [sys.executable, "-m", "perfweek.sample.data", "--folder", str(folder), "--rows", str(ROWS)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        raise MeasurementError("the rows of the training sample were not built", str(folder), _last_lines(built.stderr))
    return folder


def _last_lines(text: str) -> str:
    return " ".join(text.strip().splitlines()[-2:]) or "Free some space there, then run the cell again."


def _target(folder: Path, rows: Path, settings: str) -> Target:
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f'"{sys.executable}" -m perfweek.sample'
    return Target(
        service=Service(
            name="training sample",
            url=f"http://127.0.0.1:{port}",
            start=f'{command} --port {port} --run {{run}} --data "{rows}" --settings {settings}',
            start_timeout_s=_HEALTHY_S,
        ),
        root=folder,
    )


def _addresses(newest: list[int], number: int, random: Random) -> list[str]:
    """A third pages, a third single assets by Zipf's law, a third searches."""
    weights = [1 / rank for rank in range(1, len(newest) + 1)]
    singles = [f"/assets/{asset}" for asset in random.choices(newest, weights, k=number // 3)]
    pages = [f"/assets?limit={PAGES[place % len(PAGES)]}" for place in range(number // 3)]
    searches = [
        f"/search?q={word}" for word in random.choices(["revenue", "churn", "lead", "daily", "account"], k=number - len(singles) - len(pages))
    ]
    addresses = [*singles, *pages, *searches]
    random.shuffle(addresses)
    return addresses


def statements_by_length(done: Practice) -> pd.DataFrame:
    """route, items, statements: means by route and number of items, of requests that asked the warehouse."""
    asked = done.log[done.log["queries"] > 0]
    means = asked.groupby(["route", "items"])["queries"].mean()
    return means.rename("statements").reset_index()


def n_plus_one_exercises(found: Practice, improved: Practice) -> tuple[Exercise, Exercise, Exercise]:
    """Which route, how many more for each item, and how many for a page of 40 once it is mended."""
    slopes = {route: _slope(rows) for route, rows in statements_by_length(found).groupby("route") if len(rows) > 1}
    worst = max(slopes, key=lambda route: slopes[route])
    after = statements_by_length(improved)
    page = after[(after["route"] == worst) & (after["items"] == max(PAGES))]["statements"].mean()
    return (
        Exercise(
            "Which route sends more statements the more items it returns?", str(worst), "look for the route whose statements grow down the table"
        ),
        Exercise(
            "How many more statements for each further item?", slopes[worst], "take two lengths: difference of statements over difference of items"
        ),
        Exercise("How many statements does a page of 40 send once it is mended?", float(page), "read the row of 40 items in the second table"),
    )


def _slope(rows: pd.DataFrame) -> float:
    return float(np.polyfit(rows["items"], rows["statements"], 1)[0])


def sampled(work: Callable[[], object], seconds: float = 2.0) -> Stacks:
    """Stacks (functions from the root to the leaf) of `work`, repeated for `seconds` in a thread and looked at every 2 ms; frames above `work` are
    left out. A sampler inside the process needs no permission; it waits for the interpreter's lock, so what runs outside of Python looks long."""
    stacks: Stacks = Counter()
    end = time.monotonic() + seconds
    worker = threading.Thread(target=_repeated, args=(work, end))
    worker.start()
    while worker.is_alive() and worker.ident is not None:
        frame = sys._current_frames().get(worker.ident)
        names: list[str] = []
        while frame is not None and frame.f_code.co_name != "_repeated":
            names.append(f"{frame.f_code.co_name} ({Path(frame.f_code.co_filename).name}:{frame.f_code.co_firstlineno})")
            frame = frame.f_back
        if names and frame is not None:
            stacks[tuple(reversed(names))] += 1
        time.sleep(_INTERVAL_S)
    worker.join()
    return stacks


def _repeated(work: Callable[[], object], end: float) -> None:
    while time.monotonic() < end:
        work()


def flame_exercises(stacks: Stacks) -> tuple[Exercise, Exercise, Exercise]:
    """The function with most own samples, their share, and what halving it wins of the whole. Raises MeasurementError without a sample."""
    total = sum(stacks.values())
    own: Counter[str] = Counter()
    for stack, samples in stacks.items():
        own[stack[-1]] += samples
    if not own:
        raise MeasurementError("no stack was seen", "the sampled work", "Run the cell again, with more seconds.")
    frame, samples = own.most_common(1)[0]
    leaf = frame.partition(" (")[0]
    share = samples / total
    return (
        Exercise("Which function has the most samples of its own?", leaf, "own samples are where a tower ends: look at the table under the figure"),
        Exercise("What share of all samples are that function's own? (0 to 1)", share, "own samples over all samples", 0.05),
        Exercise(
            "How many times faster is everything if that function takes half as long?",
            1 / (1 - share / 2),
            "Amdahl: 1 / (1 - s + s / 2) with its share s; even if it vanished, 1 / (1 - s) is the most",
            0.03,
        ),
    )


def cache_table(done: Practice, sizes: tuple[int, ...] = (1, 2, 5, 10, 20, 40, 80, 160)) -> pd.DataFrame:
    """size (objects), hit ratio: what a least-recently-used cache of that many answers would have answered of the run's requests."""
    points = look_at(done.file, Question(sizes)).points
    return pd.DataFrame([(size, 1 - misses.value) for size, misses in points], columns=["size", "hit ratio"])


def cache_exercises(table: pd.DataFrame) -> tuple[Exercise, Exercise, Exercise]:
    """The smallest size of the table that comes within one point of the best ratio, the share that no size answers, and whose latency the p95 is."""
    best = float(table["hit ratio"].max())
    enough = float(table.loc[table["hit ratio"] >= best - 0.01, "size"].min())
    reached = "a hit" if best >= 0.95 else "a miss"
    smallest = "Which is the smallest size of the table within one point of the best hit ratio?"
    never = "Which share of the requests does no size answer? (0 to 1)"
    percentile = "With the best size, is the p95 the latency of 'a hit' or of 'a miss'?"
    return (
        Exercise(smallest, enough, "go up until the next step wins nothing", 0.0),
        Exercise(never, 1 - best, "the first request of each key misses, however large the cache", 0.05),
        Exercise(percentile, reached, "it is a hit's only where at least 95 % of the requests hit"),
    )
