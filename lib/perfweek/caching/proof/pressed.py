"""Tiers that truly evict: a synthetic trace made of the log's popularity and sizes, through in-process caches of several instances into a real
redis-server with too little memory, beside what the models of the tiers foretell.

The log of a short load run fits into any Redis, so its replay proves little. Here each key of the log stands for several, its answers are made
larger, and entries live some seconds only; the trace is synthetic and is called so.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from perfweek import evidence
from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.redis_model import replay_redis
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.logged import Logged
from perfweek.caching.proof.server import own_server, second_of, there_is_a_server
from perfweek.caching.redis_memory import REDIS_7_0_DEBIAN, string_bytes
from perfweek.caching.tiers.design import Design, Store
from perfweek.caching.tiers.replay import TIERS, Weights, replay_tiers
from perfweek.files import write_atomic
from perfweek.stats import Estimate, wilson
from perfweek.week import Week

NAME, RESULT = "cache-pressed", "pressed.json"
FRACTIONS = (0.1, 0.3, 0.6)
"""Memory of Redis, as shares of what all entries would take."""
REQUESTS, KEYS, MEAN_BYTES, MOST_BYTES = 20_000, 3_000, 6_000, 60_000
INSTANCES, PROCESS_SHARE, PROCESS_TTL_S, SHARED_TTL_S = 4, 0.05, 1.0, 2.0
_KEY_BYTES = 12
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pressed:
    """The Redis tier at one size: `room` bytes of entries, `asked` reads that the caches before it missed, `evicted` and `expired` entries as the
    server counts them, and its hit ratios."""

    version: str
    room: int
    asked: int
    evicted: int
    expired: int
    measured: float
    predicted: float
    process_measured: float
    process_predicted: float
    seconds: float

    @property
    def difference(self) -> float:
        """Predicted less measured, in shares."""
        return self.predicted - self.measured

    @property
    def interval(self) -> Estimate:
        """Of the measured hit ratio, as if requests were independent of each other: the narrowest that it can be."""
        return wilson(round(self.measured * self.asked), self.asked)


def synthetic_trace(logged: Logged, requests: int = REQUESTS, seed: int = 1) -> tuple[Whole, Whole]:
    """(key, bytes) of each request: drawn by the popularity of the log's keys, each of which stands for as many as make about KEYS; sizes in the
    proportion of the log's, MEAN_BYTES on average, at most MOST_BYTES."""
    reads = logged.reads.groupby("key")["bytes"].agg(["size", "max"])
    drawn = np.random.default_rng(seed)
    copies = max(1, round(KEYS / len(reads)))
    popular = np.repeat(reads["size"].to_numpy(float), copies)
    keys = drawn.choice(popular.size, requests, p=popular / popular.sum())
    sizes = np.repeat(np.maximum(reads["max"].to_numpy(float), 1), copies)
    return keys.astype(np.int64), np.clip(sizes * MEAN_BYTES / sizes.mean(), 1, MOST_BYTES).astype(np.int64)[keys]


def press(keys: Whole, sizes: Whole, fractions: Sequence[float] = FRACTIONS, seed: int = 2) -> list[Pressed]:
    """Replay against a server at each size. Raises MeasurementError where no server starts."""
    first = np.unique(keys, return_index=True)[1]
    every = float(_in_redis(sizes[first], first.size).sum())
    instances = np.random.default_rng(seed).integers(0, INSTANCES, keys.size)
    return [_pressed(keys, sizes, instances, fraction * every, PROCESS_SHARE * float(sizes[first].sum())) for fraction in fractions]


def _in_redis(sizes: Whole, entries: int) -> npt.NDArray[np.float64]:
    return np.asarray(string_bytes(_KEY_BYTES, sizes, entries, expires=True, server=REDIS_7_0_DEBIAN), float)


class InProcess:
    """A cache of one instance: least recently used goes first, an entry ends `PROCESS_TTL_S` after it was put."""

    def __init__(self, capacity: float) -> None:
        self._left = capacity
        self._entries: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def has(self, key: int, now: float) -> bool:
        entry = self._entries.get(key)
        if entry is not None and now < entry[0]:
            self._entries.move_to_end(key)
            return True
        if entry is not None:
            self._left += self._entries.pop(key)[1]
        return False

    def put(self, key: int, size: int, now: float) -> None:
        self._entries[key] = (now + PROCESS_TTL_S, size)
        self._left -= size
        while self._left < 0:
            self._left += self._entries.popitem(last=False)[1][1]


def _pressed(keys: Whole, sizes: Whole, instances: Whole, room: float, process: float) -> Pressed:
    caches, body = [InProcess(process) for _ in range(INSTANCES)], b"x" * MOST_BYTES
    answered, times = np.zeros(keys.size, np.uint8), np.empty(keys.size)
    with own_server() as (client, _):
        _exchange(client, body)
        client.flushall()
        client.config_resetstat()
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] + room))
        started = time.monotonic() - second_of(client)
        for at, (key, size, instance) in enumerate(zip(keys.tolist(), sizes.tolist(), instances.tolist(), strict=True)):
            times[at] = now = time.monotonic() - started
            if caches[instance].has(key, now):
                answered[at] = 1
                continue
            name = f"{key:012d}"
            if client.get(name) is not None:
                answered[at] = 2
            else:
                client.set(name, body[:size], px=int(1000 * SHARED_TTL_S))
            caches[instance].put(key, size, now)
        seconds, stats, version = float(times[-1] - times[0]), client.info("stats"), str(client.info("server")["redis_version"])
    first, second = _foretold(Requests.of(keys, times, sizes), room, process)
    asked = int((answered != 1).sum())
    measured = float((answered == 2).sum()) / max(1, asked)
    counted = int(stats["evicted_keys"]), int(stats["expired_keys"])
    return Pressed(version, int(room), asked, *counted, measured, second, float((answered == 1).mean()), first, seconds)


def _exchange(client: Any, body: bytes) -> None:
    """So that the buffers of the connection are there before memory is counted."""
    client.set("first", body)
    client.get("first")


def _foretold(requests: Requests, room: float, process: float) -> tuple[float, float]:
    """Hit ratios of the caches of the instances and of Redis behind them; which instance was asked is not told to the model."""
    trace = Numbered.of(requests)
    design = Design(Store(process, PROCESS_TTL_S), instances=INSTANCES)
    missed = replay_tiers(trace, design, Weights(trace.sizes)).tiers != TIERS.index("l1")
    stored = np.rint(_in_redis(trace.sizes, trace.keys)).astype(np.int64)
    behind = Requests(requests.keys[missed], None if requests.times is None else requests.times[missed], stored[missed])
    (second,) = replay_redis(Numbered.of(behind), [int(room)], unit="bytes", ttl=Ttl(SHARED_TTL_S))
    return 1 - float(missed.mean()), 1 - second.miss_ratio


def measure_pressed(week: Week, logged: Logged) -> tuple[list[Pressed], str]:
    """As evidence `cache-pressed`, with the evidence file; nothing where there is no server or no trace."""
    if not there_is_a_server() or logged.too_short:
        return [], logged.source
    inputs = {"trace": logged.source, "requests": REQUESTS, "fractions": FRACTIONS}

    def measure(folder: Path) -> None:
        write_atomic(folder / RESULT, json.dumps([asdict(one) for one in press(*synthetic_trace(logged))], indent=2) + "\n")

    found = evidence.collect(week, NAME, inputs, measure).path(RESULT)
    return [Pressed(**row) for row in json.loads(found.read_text())], evidence.relative(week, found)
