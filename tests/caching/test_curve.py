"""What is read off a curve; that curves are exact is tested with the engine."""

import numpy as np

from perfweek.caching.curve import Curve
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.requests import DELETE, READ, Requests


def curve(keys: str, deletes: tuple[int, ...] = ()) -> Curve:
    return exact_curve(Requests.of(list(keys), kinds=[DELETE if place in deletes else READ for place in range(len(keys))]))


def test_the_parts_of_the_misses_that_no_size_takes_away_add_up() -> None:
    found = curve("aabaa", (3,))
    assert (found.first, found.stale, found.writes, found.distinct, found.requests) == (2, 1, 1, 2, 4)
    assert found.floor == 3 / 4


def test_a_trace_of_one_write_and_an_empty_one_have_no_ratio() -> None:
    assert (curve("a", (0,)).requests, curve("a", (0,)).writes) == (0, 1)
    assert np.isnan(curve("a", (0,)).miss_ratio(10))
    assert np.isnan(curve("").miss_ratio(1))


def test_the_size_for_a_miss_ratio_is_the_smallest_that_reaches_it() -> None:
    found = curve("ababb")  # the second a and b find one other key above them, the last b none
    assert (found.miss_ratio(1), found.miss_ratio(2)) == (0.8, 0.4)
    assert (found.size_for(0.8), found.size_for(0.5), found.size_for(0.4)) == (1, 2, 2)
    assert np.isnan(found.size_for(0.39))
