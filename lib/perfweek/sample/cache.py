"""The sample's cache: responses in the process, and behind it, where there is one, in a Redis server.

Cache-aside, filled on a miss. A write makes no entry wrong: what a write can change carries the version of its source
system in its key, and the write raises that version, so that the entries before it are never asked for again.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from perfweek.errors import MeasurementError
from perfweek.sample.settings import Settings

Tier = Literal["l1", "l2", "origin", "none"]
_ENTRY_BYTES = 200  # key, times and the dictionary's own cells: an empty body is not free


@dataclass(frozen=True)
class Answer:
    """The body of a response and how many rows it carries."""

    body: bytes
    items: int

    def packed(self) -> bytes:
        return b"%d\n%b" % (self.items, self.body)

    @classmethod
    def unpacked(cls, data: bytes) -> "Answer":
        items, _, body = data.partition(b"\n")
        return cls(body, int(items))


class Store(Protocol):
    """One tier; any number of threads may use it."""

    def get(self, key: str) -> Answer | None: ...

    def put(self, key: str, answer: Answer) -> None: ...


_TIMEOUT_S = 0.25


class InProcess:
    """Least recently used goes first; an entry counts its body, its key and 200 bytes, and ends `ttl_s` after it was put."""

    def __init__(self, capacity_bytes: float, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.bytes = 0
        self._capacity = capacity_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, Answer]] = OrderedDict()

    def get(self, key: str) -> Answer | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            expires, answer = entry
            if expires <= self._clock():
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return answer

    def put(self, key: str, answer: Answer) -> None:
        size = _size(key, answer)
        with self._lock:
            if key in self._entries:
                self._drop(key)
            if size > self._capacity:
                return
            while self.bytes + size > self._capacity:
                self._drop(next(iter(self._entries)))
            self._entries[key] = (self._clock() + self._ttl_s, answer)
            self.bytes += size

    def _drop(self, key: str) -> None:
        _, answer = self._entries.pop(key)
        self.bytes -= _size(key, answer)


class Shared:
    """A Redis server, or a cluster of which it is a node. When it fails, entries are missing rather than requests: `failures` counts that."""

    def __init__(self, url: str, ttl_s: float, prefix: str) -> None:
        self.failures = 0
        self._ttl_ms = int(ttl_s * 1000)
        self._prefix = prefix
        try:
            self._client = _client(url)
        except (redis.RedisError, ValueError) as error:
            remedy = 'Start it, or switch this tier off in the settings: redis_url = "none"'
            raise MeasurementError(f"Redis does not answer: {type(error).__name__}", url.rpartition("@")[2], remedy) from error

    def get(self, key: str) -> Answer | None:
        try:
            data = self._client.get(self._prefix + key)
        except redis.RedisError:
            self.failures += 1
            return None
        return Answer.unpacked(data) if isinstance(data, bytes) else None

    def put(self, key: str, answer: Answer) -> None:
        try:
            self._client.set(self._prefix + key, answer.packed(), px=self._ttl_ms)
        except redis.RedisError:
            self.failures += 1


def _client(url: str) -> redis.Redis | redis.RedisCluster:
    """Which of the two is asked of the server. A cluster's client looks once more where a key is, so that a failover is followed."""
    alone = redis.Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0))
    if not dict(alone.info("cluster")).get("cluster_enabled"):  # type: ignore[arg-type]  # the stubs know asynchronous answers too
        return alone
    return redis.RedisCluster.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 1))


class Tiers:
    """The tiers in order, nearest first. What a further one knows is put into the nearer ones."""

    def __init__(self, l1: InProcess, l2: Shared | None) -> None:
        self.l1 = l1
        self.l2 = l2

    def get(self, key: str) -> tuple[Answer | None, Tier]:
        """The answer and the tier that had it, or None and 'origin'."""
        answer = self.l1.get(key)
        if answer:
            return answer, "l1"
        answer = self.l2.get(key) if self.l2 else None
        if answer:
            self.l1.put(key, answer)
            return answer, "l2"
        return None, "origin"

    def put(self, key: str, answer: Answer) -> None:
        self.l1.put(key, answer)
        if self.l2:
            self.l2.put(key, answer)


class Versions:
    """How many writes each source system has seen, and all of them together (None). One process writes, so it counts."""

    def __init__(self) -> None:
        self._counts: dict[str | None, int] = {}
        self._lock = threading.Lock()

    def of(self, source_system: str | None) -> int:
        return self._counts.get(source_system, 0)

    def written(self, source_system: str) -> None:
        with self._lock:
            for scope in (source_system, None):
                self._counts[scope] = self._counts.get(scope, 0) + 1


def open_tiers(settings: Settings, redis_url: str, run: str) -> Tiers:
    """The tiers that the settings ask for; `redis_url` is that of the command line, '' for none. Raises MeasurementError.

    Keys in Redis begin with the name of the run: each run starts with an empty tier.
    """
    url = redis_url if settings.l2.redis_url == "auto" else settings.l2.redis_url
    l2 = Shared(url, settings.l2.ttl_s, f"catalogue:{run}:") if url not in {"", "none"} else None
    return Tiers(InProcess(settings.l1.size_mb * 1e6, settings.l1.ttl_s), l2)


def _size(key: str, answer: Answer) -> int:
    return len(key) + len(answer.body) + _ENTRY_BYTES
