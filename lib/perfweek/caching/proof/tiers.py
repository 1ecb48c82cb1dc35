"""The sample's own tiers, in the process and in a real Redis, at three sizes under k6: what the simulation foretells beside what was measured."""

import json
import math
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from perfweek import evidence
from perfweek.access_log import FILE_NAME, read_access_log
from perfweek.caching.configuration.expected import BEHIND
from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.redis_model import replay_redis
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.logged import Logged, key_lengths, logged_of, requests_of
from perfweek.caching.proof.server import own_server
from perfweek.caching.redis_memory import REDIS_7_0_DEBIAN, string_bytes
from perfweek.caching.tiers.design import Design, Store
from perfweek.caching.tiers.replay import TIERS, Weights, replay_tiers
from perfweek.files import write_atomic
from perfweek.load.measure import inputs_of, run_load
from perfweek.load.script import script_of
from perfweek.stats import Estimate, wilson
from perfweek.target import Target
from perfweek.week import Week

NAME, RESULT = "cache-proof", "tiers.json"
SAMPLE = "perfweek.sample"
PROCESS_TTL_S, SHARED_TTL_S = 60.0, 300.0
SHARES = (0.1, 0.3, 1.0)
"""Sizes of the tier in the process, as shares of the bytes of all answers; Redis has twice as much."""
_OVERHEAD = 200  # bytes that the sample counts an entry besides key and body
_PREFIX = 24  # bytes that the sample puts before a key in Redis, about
_LEAST_BYTES, _LEAST_SHARED = 50_000, 1_000_000  # with less, buffers of connections decide in Redis what stays, and not the requests
_BUFFERS = 4_000_000  # bytes that connections may take before the first look
_EVERY_S = 0.05


@dataclass(frozen=True)
class Held:
    """A tier at one size: `capacity` in bytes of entries, `asked` reads, hit ratios measured and predicted."""

    tier: str
    capacity: int
    asked: int
    measured: float
    predicted: float

    @property
    def difference(self) -> float:
        """Predicted less measured, in shares."""
        return round(self.predicted - self.measured, 9) + 0.0  # no -0.0

    @property
    def interval(self) -> Estimate:
        """Of the measured hit ratio, as if requests were independent of each other: the narrowest that it can be."""
        return wilson(round(self.measured * self.asked), self.asked)


def why_not(target: Target) -> str:
    """Why the tiers cannot be checked here; '' where they can. Only the bundled sample takes sizes from perfweek."""
    if not target.service.start:
        return "Not checked: perfweek does not start this service, so it cannot give its caches other sizes."
    if SAMPLE not in target.service.start:
        return "Not checked: only the bundled sample takes the sizes of its caches from perfweek."
    return ""


def measure_tiers(week: Week, target: Target, logged: Logged) -> tuple[list[Held], str]:
    """One short run of the target's load at each size, as evidence `cache-proof`, with the evidence file. Raises MeasurementError."""
    script = script_of(target, "smoke-short")
    sizes = sizes_of(logged)
    inputs = {**inputs_of(target, script, target.service.start), "sizes": sizes}

    def measure(folder: Path) -> None:
        found = [held for number, size in enumerate(sizes) for held in _run(target, folder / f"size-{number + 1}", size)]
        write_atomic(folder / RESULT, json.dumps([asdict(one) for one in found], indent=2) + "\n")

    path = evidence.collect(week, NAME, inputs, measure).path(RESULT)
    return [Held(**row) for row in json.loads(path.read_text())], evidence.relative(week, path)


def sizes_of(logged: Logged) -> list[int]:
    """Bytes of the tier in the process: SHARES of those of every key's entry in the log."""
    entries = logged.reads.groupby("key")["bytes"].max()
    return [max(_LEAST_BYTES, int(share * float((entries + _OVERHEAD).sum()))) for share in SHARES]


def shared_bytes(size: int) -> int:
    """Bytes of the Redis tier behind a tier in the process of that size."""
    return max(_LEAST_SHARED, 2 * size)


def _run(target: Target, folder: Path, size: int) -> list[Held]:
    folder.mkdir()
    settings = folder / "settings.toml"
    settings.write_text(_settings(size))
    with own_server() as (client, url):
        start = f"{target.service.start} --settings {shlex.quote(str(settings))} --redis {shlex.quote(url)}"
        with _room_kept(client, shared_bytes(size)):
            run_load(target, script_of(target, "smoke-short"), start, folder)
    log = target.resolve(target.cache.log, folder) if "{run}" in target.cache.log else folder / FILE_NAME
    return held_of(logged_of(read_access_log(log), str(log)), size, shared_bytes(size))


def _settings(size: int) -> str:
    return (
        'layout = "improved"\nbatch_lists = true\ncached = ["item", "list", "daily", "search"]\n'
        f"[l1]\nsize_mb = {size / 1e6:.9g}\nttl_s = {PROCESS_TTL_S:g}\n[l2]\nttl_s = {SHARED_TTL_S:g}\n"
    )


@contextmanager
def _room_kept(client: Any, room: int) -> Iterator[None]:
    """Keep room for so many bytes of entries: maxmemory counts buffers of connections too, which come and go, so it is set anew every 50 ms."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(_EVERY_S):
            client.config_set("maxmemory", int(int(client.info("memory")["used_memory"]) - _taken(client) + room))

    client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + room + _BUFFERS)
    keeping = threading.Thread(target=keep, daemon=True)
    keeping.start()
    try:
        yield
    finally:
        over.set()
        keeping.join()


def _taken(client: Any) -> float:
    memory = client.memory_stats()
    tables = memory.get("db.0", {})
    return float(memory["dataset.bytes"]) + sum(float(tables.get(f"overhead.hashtable.{name}", 0)) for name in ("main", "expires"))


def held_of(run: Logged, process_bytes: float, redis_bytes: float) -> list[Held]:
    """The tiers of a run whose access log says which of them answered, and the same requests through the simulation."""
    frame = run.frame
    trace = Numbered.of(requests_of(frame))
    lengths = key_lengths(frame["key"])
    in_redis = string_bytes(lengths + _PREFIX, trace.sizes + 4, trace.keys, server=REDIS_7_0_DEBIAN)
    weights = Weights((trace.sizes + lengths + _OVERHEAD).astype(np.int64))
    answered = replay_tiers(trace, Design(Store(process_bytes, PROCESS_TTL_S), tells="nothing"), weights).tiers
    reads = ~frame["write"].to_numpy(bool)
    missed = reads & (answered != TIERS.index("l1"))
    behind = replace(requests_of(frame), sizes=np.rint(in_redis).astype(np.int64))[missed]
    (second,) = replay_redis(Numbered.of(behind), [int(redis_bytes)], unit="bytes", ttl=Ttl(SHARED_TTL_S))
    foretold = {"l1": 1 - missed.sum() / max(1, reads.sum()), "l2": 1 - second.miss_ratio}
    sizes, tiers = {"l1": process_bytes, "l2": redis_bytes}, frame["tier"].to_numpy()[reads]
    return [_held(tier, sizes[tier], tiers, float(foretold[tier])) for tier in ("l1", "l2")]


def _held(tier: str, size: float, answered: np.ndarray, predicted: float) -> Held:
    asked = np.isin(answered, BEHIND[tier])
    measured = float((answered == tier).sum() / asked.sum()) if asked.any() else math.nan
    return Held(tier, int(size), int(asked.sum()), measured, predicted)
