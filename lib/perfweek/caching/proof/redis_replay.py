"""A trace replayed against a real Redis server under maxmemory, and the same foretold by the model of its eviction."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from perfweek import evidence
from perfweek.caching.engine.lru import Numbered, replay_lru
from perfweek.caching.engine.redis_model import RedisRules, replay_redis
from perfweek.caching.engine.requests import Requests
from perfweek.caching.logged import Logged
from perfweek.caching.proof.server import own_server, second_of, there_is_a_server
from perfweek.caching.redis_memory import REDIS_7_0_DEBIAN, string_bytes
from perfweek.files import write_atomic
from perfweek.week import Week

NAME, RESULT = "cache-redis", "replay.json"
FRACTIONS = (0.1, 0.3, 0.6)
ROOM_BYTES, LEAST_BYTES, MOST_BYTES = 2_000_000, 200, 20_000
"""A server's room in all, and of a value: what clients' buffers take must be little against it."""
MOST_REQUESTS = 200_000
SHORT = 20_000
_SCRIPT = "if redis.call('GET', KEYS[1]) then return 1 end redis.call('SET', KEYS[1], string.rep('x', tonumber(ARGV[1]))) return 0"


@dataclass(frozen=True)
class Replayed:
    """At one size: `maxmemory` in bytes, `entries` that the server held once it was full (mean of the second half), `requests`, and the miss ratios:
    measured, foretold by the model of Redis's eviction for so many entries, and of an exact LRU. `seconds`: the replay took."""

    version: str
    maxmemory: int
    entries: int
    requests: int
    measured: float
    predicted: float
    exact_lru: float
    seconds: float

    @property
    def difference(self) -> float:
        """Predicted less measured, in shares."""
        return self.predicted - self.measured


def replay_against_server(keys: npt.NDArray[np.int64], fractions: Sequence[float] = FRACTIONS) -> list[Replayed]:
    """Each request gets its key, and sets it where it misses; there is room for `fractions` of the keys. The model is given the times at which the
    server was asked: its clock has seconds. Raises MeasurementError where no server starts."""
    return [_replayed(keys, max(1, int(fraction * np.unique(keys).size))) for fraction in fractions]


def _replayed(keys: npt.NDArray[np.int64], room: int) -> Replayed:
    value = int(np.clip(ROOM_BYTES // room, LEAST_BYTES, MOST_BYTES))
    batch = 1 if keys.size <= SHORT else 100
    with own_server() as (client, _):
        version, script = str(client.info()["redis_version"]), client.script_load(_SCRIPT)
        _ask(client, script, np.zeros(batch, np.int64), 1)  # so that the buffers of the connection are there
        client.flushall()
        entry = float(string_bytes(8, value, room, expires=False, server=REDIS_7_0_DEBIAN))
        maxmemory = int(client.info("memory")["used_memory"] + room * entry)
        client.config_set("maxmemory", maxmemory)
        times, held, hits, started = np.empty(keys.size), [], 0, time.monotonic() - second_of(client)
        for start in range(0, keys.size, batch):
            times[start : start + batch] = time.monotonic() - started
            hits += _ask(client, script, keys[start : start + batch], value)
            if start >= keys.size // 2 and (start // batch) % 50 == 0:
                held.append(int(client.dbsize()))
        seconds = float(times[-1] - times[0])
    entries, trace = round(float(np.mean(held))), Numbered.of(Requests.of(keys, times))
    (model,), (exact,) = replay_redis(trace, [entries], RedisRules()), replay_lru(trace, [entries])
    measured = 1 - hits / keys.size
    return Replayed(version, maxmemory, entries, int(keys.size), measured, model.miss_ratio, exact.miss_ratio, seconds)


def _ask(client: Any, script: str, keys: npt.NDArray[np.int64], value: int) -> int:
    """How many of them the server had."""
    pipe = client.pipeline(transaction=False)
    for key in keys:
        pipe.evalsha(script, 1, f"{key:08x}", value)
    return int(sum(pipe.execute()))


def measure_replay(week: Week, logged: Logged) -> tuple[list[Replayed], str]:
    """The log's reads against a server, as evidence `cache-redis`, with the evidence file; nothing where there is no server or no trace."""
    keys = Numbered.of(Requests.of(logged.reads["key"].to_numpy()[:MOST_REQUESTS])).ids.astype(np.int64)
    if not there_is_a_server() or logged.too_short:
        return [], logged.source
    inputs = {"trace": logged.source, "requests": int(keys.size), "fractions": FRACTIONS}

    def measure(folder: Path) -> None:
        write_atomic(folder / RESULT, json.dumps([asdict(one) for one in replay_against_server(keys)], indent=2) + "\n")

    found = evidence.collect(week, NAME, inputs, measure).path(RESULT)
    return [Replayed(**row) for row in json.loads(found.read_text())], evidence.relative(week, found)
