"""The reference breaker: one probe, calls side by side, and no late report that closes it."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest

from perfweek.progress.onboarding.breaker import BreakerSettings, CircuitBreaker, CircuitOpen


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


SETTINGS = BreakerSettings(window_s=10, fewest_calls=4, bad_share=0.5, slow_s=1.0, open_s=30, lease_s=5)


def fail() -> None:
    raise OSError("down")


def opened() -> tuple[CircuitBreaker, Clock]:
    clock = Clock()
    breaker = CircuitBreaker(SETTINGS, clock)
    for _ in range(4):
        with pytest.raises(OSError):
            breaker.call(fail)
    assert breaker.state == "open"
    return breaker, clock


def test_of_fifty_callers_at_the_end_of_the_open_time_one_is_let_through() -> None:
    breaker, clock = opened()
    clock.now = 30
    at_once, done, admitted = threading.Barrier(50), threading.Event(), []

    def probe() -> None:
        admitted.append(1)
        done.wait(20)
        raise OSError("still down")

    def caller() -> str:
        at_once.wait(20)
        try:
            breaker.call(probe)
        except CircuitOpen:
            return "refused"
        except OSError:
            return "asked"
        return "answered"

    with ThreadPoolExecutor(50) as pool:
        callers = [pool.submit(caller) for _ in range(50)]
        list(islice(as_completed(callers, timeout=20), 49))
        done.set()
        results = [one.result() for one in callers]
    assert len(admitted) == 1 and results.count("asked") == 1 and results.count("refused") == 49
    assert breaker.state == "open"


def test_ten_calls_run_side_by_side() -> None:
    breaker, inside = CircuitBreaker(SETTINGS), threading.Barrier(10)
    with ThreadPoolExecutor(10) as pool:
        calls = [pool.submit(breaker.call, lambda: inside.wait(20)) for _ in range(10)]
        assert sorted(one.result() for one in calls) == list(range(10))  # each waits inside until all ten are


def test_it_opens_at_its_share_of_bad_calls_and_not_before_it_has_seen_enough() -> None:
    breaker = CircuitBreaker(SETTINGS, Clock())
    for outcome in (fail, str, fail):
        with pytest.raises(OSError) if outcome is fail else pytest.MonkeyPatch.context():
            breaker.call(outcome)
    assert breaker.state == "closed"
    breaker.call(str)  # two of four
    assert breaker.state == "open"


def test_slow_answers_are_bad_and_old_ones_are_forgotten() -> None:
    clock = Clock()
    breaker = CircuitBreaker(SETTINGS, clock)

    def slow() -> None:
        clock.now += 1.5

    for _ in range(3):
        breaker.call(slow)
    clock.now += 20
    breaker.call(slow)
    assert breaker.state == "closed"
    for _ in range(3):
        breaker.call(slow)
    assert breaker.state == "open"


def test_a_good_probe_closes_it_a_bad_one_opens_it_again() -> None:
    for outcome, state in ((str, "closed"), (fail, "open")):
        breaker, clock = opened()
        with pytest.raises(CircuitOpen) as refused:
            breaker.call(str)
        assert refused.value.retry_after_s == 30
        clock.now = 30
        assert breaker.state == "half-open"
        with pytest.raises(OSError) if outcome is fail else pytest.MonkeyPatch.context():
            breaker.call(outcome)
        assert breaker.state == state


def test_a_probe_that_never_reports_loses_its_lease_and_its_late_report_counts_for_nothing() -> None:
    breaker, clock = opened()
    clock.now = 30
    hung, ended = threading.Event(), threading.Event()

    def hanging() -> None:
        hung.set()
        ended.wait(20)
        raise OSError("late")

    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(breaker.call, hanging)
        assert hung.wait(20)
        with pytest.raises(CircuitOpen):
            breaker.call(str)
        clock.now = 36
        breaker.call(str)  # the next probe
        assert breaker.state == "closed"
        ended.set()
        with pytest.raises(OSError):
            probe.result()
    assert breaker.state == "closed"
