"""The limits of dependencies follow from what was measured; each number here can be worked out by hand or from the distribution."""

import math

import pandas as pd
import pytest
from scipy.stats import binom, poisson

from perfweek.decisions.diagrams.calls import COLUMNS, SERVICE, Observed
from perfweek.progress.onboarding.limits import Assumed, bulkhead, concurrency_limit, fewest_calls, limits_of, open_seconds, probe_waste


def calls(number: int, duration_ms: float = 50.0, a_second: int = 100, failed_every: int = 0, slow: float = 0.0) -> Observed:
    """`a_second` calls a second of the warehouse; one in 500 takes `slow` ms."""
    places = range(number)
    columns = {
        "time": [1000 + place / a_second for place in places],
        "source": SERVICE,
        "target": "warehouse",
        "duration_ms": [slow if slow and place % 500 == 0 else duration_ms for place in places],
        "bytes": 0.0,
        "failed": [bool(failed_every) and place % failed_every == 0 for place in places],
        "batch": False,
        "window": "log",
    }
    return Observed(pd.DataFrame(columns)[list(COLUMNS)], {"warehouse": ("warehouse", "warehouse")})


def test_in_flight_is_arrivals_times_duration() -> None:
    (limits,) = limits_of(calls(6000), 1000, Assumed())
    assert limits.in_flight.value == pytest.approx(100 * 0.05, rel=0.01)
    assert limits.concurrency == poisson.isf(0.001, limits.in_flight.high) >= 13


def test_the_timeout_is_the_p999_where_the_calls_bound_it_and_else_says_that_it_is_not() -> None:
    (limits,) = limits_of(calls(6000, slow=400), 1000, Assumed())
    assert limits.timeout.value == 400 and limits.usable and not limits.capped
    (few,) = limits_of(calls(400), 1000, Assumed())
    assert few.quantile == 0.99 and not few.usable


def test_the_budget_caps_the_timeout_and_the_probe_behind_the_open_time() -> None:
    (limits,) = limits_of(calls(6000, slow=400), 200, Assumed(breakers=4))
    assert limits.capped and limits.open_s == pytest.approx(4 * 0.2 * 19)


def test_bulkhead_tickets_are_rarely_all_in_use() -> None:
    assert bulkhead(16, 0.1) == 6 and binom.sf(5, 16, 0.1) == pytest.approx(0.0033, abs=0.0002)  # with five, one in three hundred finds none
    assert (bulkhead(4, 1.5), bulkhead(4, 0.0)) == (4, 1)
    for busy in (0.02, 0.2, 0.7):
        k = bulkhead(40, busy)
        assert binom.sf(k, 40, busy) <= 0.001 < binom.sf(k - 1, 40, busy)


def test_concurrency_is_the_smallest_that_poisson_rarely_exceeds() -> None:
    for load in (0.1, 3.0, 40.0):
        k = concurrency_limit(load)
        assert poisson.sf(k, load) <= 0.001 < poisson.sf(k - 1, load)
    assert concurrency_limit(0.0) == 1


@pytest.mark.parametrize("usual", [0.0, 0.01, 0.1, 0.3])
def test_a_breaker_with_its_fewest_calls_rarely_opens_by_chance(usual: float) -> None:
    n = fewest_calls(usual)
    assert all(binom.sf(math.ceil(0.5 * count) - 1, count, usual) <= 0.001 for count in range(n, n + 50))
    assert n == 5 or binom.sf(math.ceil(0.5 * (n - 1)) - 1, n - 1, usual) > 0.001


def test_probes_waste_at_most_a_twentieth_of_a_worker() -> None:
    assert probe_waste(42, 0.05, 30) == pytest.approx(0.065, abs=0.001)
    assert probe_waste(42, 0.25, open_seconds(42, 0.25)) == pytest.approx(0.05)


def test_failures_are_counted_and_calls_of_others_are_not() -> None:
    seen = calls(6000, failed_every=100)
    other = seen.calls.assign(source="other:job")
    (limits,) = limits_of(Observed(pd.concat([seen.calls, other]), seen.names), 1000, Assumed())
    assert limits.calls == 6000 and limits.failures.value == pytest.approx(0.01)


def test_without_calls_there_are_no_limits() -> None:
    assert list(limits_of(Observed(pd.DataFrame(columns=list(COLUMNS))), 100, Assumed())) == []
