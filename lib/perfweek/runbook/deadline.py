"""A time limit for a step, which also ends a statement or a request that hangs."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from perfweek.errors import RunbookError

_STOPS: list[Callable[[], None]] = []


class OverdueError(BaseException):
    """A step took longer than it may. Not an Exception, so that no retry in a library takes it for one of its own."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise OverdueError in the block when it takes longer than `seconds`. A timer that was running before goes on afterwards.

    The limit is an alarm signal, which also ends a wait for a socket or a process. Only a process's main thread can receive one, so a
    runbook refuses to run in another (RunbookError), and on a system without alarms. What computes in C code hears no signal: `stopped_by`
    says how to end that.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        raise RunbookError("a runbook runs in the main thread of a process on Linux or macOS only", remedy="Give it on the command line.")
    rang: list[bool] = []

    def ring(number: int, frame: FrameType | None) -> None:
        rang.append(True)
        _ring(number, frame)

    watchdog = threading.Timer(seconds, _stop_all)
    watchdog.daemon = True
    watchdog.start()
    handler = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        if rang:  # C code may hear the signal itself, and raise an error of its own instead: DuckDB says "Query interrupted"
            raise OverdueError from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        watchdog.cancel()
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - started)), interval)


@contextmanager
def stopped_by(stop: Callable[[], None]) -> Iterator[None]:
    """In the block, a deadline that passes calls `stop`, from another thread."""
    _STOPS.append(stop)
    try:
        yield
    finally:
        _STOPS.remove(stop)


def _stop_all() -> None:
    for stop in list(_STOPS):
        stop()


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise OverdueError
