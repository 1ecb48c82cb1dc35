"""Files of results into arrays: each is sniffed, then read in blocks by a thread for each processor."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from perfweek.errors import EvidenceError
from perfweek.load.reading.kernels.machine import read_points, read_rows
from perfweek.load.reading.mending import CsvShape, mend_csv, mend_json
from perfweek.load.reading.samples import Gatherer, Samples
from perfweek.load.reading.shapes import TAGS, UNUSED, layout_of
from perfweek.load.reading.sniff import NEEDED, Sniffed, sniff
from perfweek.load.reading.stream import REMEDY, Blocks, cut_csv, cut_json
from perfweek.load.reading.worker import BLOCK_BYTES, Worker

_MOST_THREADS = 4
Told = Callable[[int], None]


@dataclass(frozen=True)
class Settings:
    """`keep_url`: keep every request's URL, not only where it has no name. `told` hears how many bytes of all files were read."""

    keep_url: bool = False
    told: Told | None = None
    threads: int = 0
    block_bytes: int = BLOCK_BYTES


@dataclass(frozen=True)
class Found:
    """`samples` of the files of raw results, None where there are none; `summaries`: path and content of the files that are a summary."""

    samples: Samples | None
    summaries: Sequence[tuple[Path, Any]]


def read_files(paths: Sequence[Path], settings: Settings | None = None) -> Found:
    """Read files of k6's CSV or JSON lines, in any mixture, as one run. Raises EvidenceError for a missing file or one of another kind."""
    settings = settings or Settings()
    gatherer, summaries, before = Gatherer(), [], 0
    for path in paths:
        file = sniff(path)
        if file.summary is not None:
            summaries.append((path, file.summary))
        else:
            _read_file(file, settings, before, gatherer)
        before += file.source.size
        file.source.close()
    return Found(gatherer.samples() if gatherer.files else None, summaries)


def read_samples(paths: Sequence[Path], settings: Settings | None = None) -> Samples:
    """Like `read_files`, for raw results only. Raises EvidenceError for a summary too, and where no whole request was found."""
    found = read_files(paths, settings)
    if found.summaries:
        raise EvidenceError("the file is k6's summary: it has no request", str(found.summaries[0][0]), f"{REMEDY} perfweek k6 prints a summary.")
    samples = found.samples
    if samples is None or not len(samples.tag):
        damage = next((file.first_damage for file in samples.files if file.lost), "") if samples else ""
        raise EvidenceError("the k6 results hold no whole request" + (f": {damage}" if damage else ""), ", ".join(map(str, paths)), REMEDY)
    return samples


def _read_file(file: Sniffed, settings: Settings, before: int, gatherer: Gatherer) -> None:
    told = (lambda done: settings.told(before + done)) if settings.told else None  # type: ignore[misc]
    is_csv = file.kind == "csv"
    blocks = Blocks(file.source, file.begun, cut_csv if is_csv else cut_json, told)
    new_worker = partial(_csv_worker if is_csv else _json_worker, file, settings)
    threads = settings.threads or min(_MOST_THREADS, _processors())
    if not settings.threads and file.source.size <= settings.block_bytes:
        threads = 1
    workers = [new_worker() for _ in range(threads)]
    if threads == 1:
        workers[0].run(blocks)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for running in [pool.submit(worker.run, blocks) for worker in workers]:
                running.result()
    decode = _csv_tags if is_csv else _json_tags
    gatherer.add(file.path, file.kind, workers, decode, 2 if is_csv else 1, file.source.damage)


def _csv_worker(file: Sniffed, settings: Settings) -> Worker:
    special = {name: -1 - place for place, name in enumerate(NEEDED)}
    slots = [special.get(name, TAGS.index(name) if name in TAGS else UNUSED) for name in file.columns]
    layout = layout_of(slots, file.delimiter, settings.keep_url)
    fields, places = np.zeros((len(slots), 2), np.int64), np.zeros((len(TAGS), 2), np.int64)

    def kernel(text: np.ndarray, at: int, end: int, worker: Worker) -> None:
        read_rows(text, at, end, layout, worker.metrics, worker.tags, worker.output, worker.sums, worker.info, fields, places)

    shape = CsvShape(file.columns, file.delimiter, file.spreadsheet, settings.keep_url)
    return Worker(kernel, lambda region, torn: mend_csv(region, shape, torn), settings.block_bytes)


def _json_worker(file: Sniffed, settings: Settings) -> Worker:  # noqa: ARG001
    places, marks = np.zeros((len(TAGS), 2), np.int64), np.zeros(6, np.int64)
    url = int(settings.keep_url)

    def kernel(text: np.ndarray, at: int, end: int, worker: Worker) -> None:
        read_points(text, at, end, url, worker.metrics, worker.tags, worker.output, worker.sums, worker.info, places, marks)

    return Worker(kernel, lambda region, torn: mend_json(region, settings.keep_url, torn), settings.block_bytes)


def _csv_tags(text: bytes) -> tuple[str, ...]:
    return tuple(_unquoted(part) for part in text.decode("utf-8", "replace").split("\0")[: len(TAGS)])


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') and len(text) >= 2 else text


def _json_tags(text: bytes) -> tuple[str, ...]:
    return tuple(json.loads(f'"{part}"', strict=False) if "\\" in part else part for part in text.decode("utf-8", "replace").split("\0")[: len(TAGS)])


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
