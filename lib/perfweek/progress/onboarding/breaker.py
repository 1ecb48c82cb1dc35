"""A reference circuit breaker: to read, to copy, and to hold others against.

It differs from what is usually at hand in three points. The lock is held for the state only, never during a call, so calls run side by side.
When the open time is over, one caller gets the probe, on a lease, and all others are refused until it reports or the lease ends. And what a
call that began before the breaker opened reports no longer counts.

    breaker = CircuitBreaker(BreakerSettings(open_s=30))
    rows = breaker.call(lambda: warehouse.query(text))   # raises CircuitOpen at once while the warehouse is down

M. Nygard, Release It!, 2nd edition 2018, section 5.2; S. Newman, Building Microservices, 2nd edition 2021, chapter 12.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")
State = Literal["closed", "open", "half-open"]


class CircuitOpen(Exception):
    """The call was not made. `retry_after_s`: when it may be worth asking again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the dependency is given {retry_after_s:.1f} s to recover")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class BreakerSettings:
    """Opens where at least `fewest_calls` of the last `window_s` seconds ended and `bad_share` of them failed or took longer than `slow_s`.

    Stays open for `open_s`; then one probe, which has `lease_s` to report. `limits.py` computes values from measurements.
    """

    window_s: float = 10.0
    fewest_calls: int = 20
    bad_share: float = 0.5
    slow_s: float = float("inf")
    open_s: float = 30.0
    lease_s: float = 10.0


@dataclass(frozen=True)
class _Pass:
    """The right to make one call: in which round of the breaker, and whether it is the probe."""

    round: int
    probe: bool
    began: float


class CircuitBreaker:
    """One for each dependency, or for each of its shards: one bad shard must not close the way to the others."""

    def __init__(self, settings: BreakerSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._ended: deque[tuple[float, bool]] = deque()
        self._bad = 0
        self._round = 0
        self._open_until = 0.0
        self._probe_until = 0.0
        self._is_open = False

    @property
    def state(self) -> State:
        with self._lock:
            if not self._is_open:
                return "closed"
            return "open" if self._clock() < self._open_until else "half-open"

    def call(self, function: Callable[[], T]) -> T:
        """What `function` returns. Raises CircuitOpen without calling it, or whatever it raises."""
        permit = self._admitted()
        try:
            result = function()
        except BaseException:
            self._report(permit, bad=True)
            raise
        self._report(permit, bad=self._clock() - permit.began > self._settings.slow_s)
        return result

    def _admitted(self) -> _Pass:
        with self._lock:
            now = self._clock()
            if not self._is_open:
                return _Pass(self._round, False, now)
            wait = max(self._open_until, self._probe_until) - now
            if wait > 0:
                raise CircuitOpen(wait)
            self._probe_until = now + self._settings.lease_s
            return _Pass(self._round, True, now)

    def _report(self, permit: _Pass, *, bad: bool) -> None:
        with self._lock:
            if permit.round != self._round:
                return
            now = self._clock()
            if permit.probe:
                self._turn(now, open_again=bad)
            elif not self._is_open:
                self._count(now, bad)

    def _count(self, now: float, bad: bool) -> None:
        self._ended.append((now, bad))
        self._bad += bad
        while self._ended[0][0] < now - self._settings.window_s:
            self._bad -= self._ended.popleft()[1]
        if len(self._ended) >= self._settings.fewest_calls and self._bad >= self._settings.bad_share * len(self._ended):
            self._turn(now, open_again=True)

    def _turn(self, now: float, *, open_again: bool) -> None:
        """Begin a new round, open or closed."""
        self._round += 1
        self._ended.clear()
        self._bad = 0
        self._is_open = open_again
        self._open_until = now + self._settings.open_s if open_again else 0.0
        self._probe_until = 0.0
