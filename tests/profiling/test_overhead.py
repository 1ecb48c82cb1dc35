"""Windows with and without the profiler: when they are, and what their comparison says."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profile_runs import run_of, window_of

from perfweek.load.plan import UNKNOWN, Phase, Plan
from perfweek.profiling import sentences
from perfweek.profiling.overhead import overhead
from perfweek.profiling.schedule import CHANGE_S, SETTLE_S, order, schedule

SERVED = {"GET /": 50}


def plateau(start_s, end_s):
    ramp = Phase("s", "ramp", 0, start_s, 0, 50)
    return Plan((ramp, Phase("s", "plateau", start_s, end_s, 50, 50)), "open", end_s)


def test_pairs_take_turns_in_which_comes_first():
    assert order(3) == (False, True, True, False, False, True)


def test_windows_lie_on_the_plateau_after_it_has_settled():
    found = schedule(plateau(3, 63), windows=8, window_s=3)
    assert (found.begin_s, found.window_s, len(found.on)) == (3 + SETTLE_S, 3, 8)
    assert found.end_s == 63


def test_windows_get_shorter_on_a_short_plateau():
    found = schedule(plateau(3, 23), windows=12, window_s=3)
    assert len(found.on) == 12
    assert found.window_s == pytest.approx((19 / 6 - CHANGE_S) / 2)


def test_windows_get_fewer_where_they_would_be_shorter_than_half_a_second():
    assert schedule(plateau(1, 6), windows=12, window_s=3).on == order(2)


def test_the_load_of_an_unknown_plan_is_taken_to_be_constant():
    found = schedule(UNKNOWN, windows=3, window_s=2)
    assert (found.begin_s, found.window_s, len(found.on)) == (SETTLE_S, 2, 4)


@given(st.floats(0, 100), st.floats(0.1, 1000), st.integers(1, 40), st.floats(0.5, 60))
def test_every_schedule_has_pairs_of_windows_of_half_a_second_or_more(start_s, length_s, windows, window_s):
    found = schedule(plateau(start_s, start_s + length_s), windows, window_s)
    assert len(found.on) % 2 == 0 and sum(found.on) == len(found.on) / 2
    assert 0.5 <= found.window_s <= max(0.5, window_s)
    assert found.begin_s + len(found.on) * found.window_s <= found.end_s + 1e-6


def pairs(ratios, cpu_ratio=1.0):
    """Windows off and on in turn, the response time multiplied by each ratio."""
    windows = []
    for place, ratio in enumerate(ratios):
        off = window_of({}, 1.0, SERVED, on=False, duration_ms=10)
        on = window_of({("f",): 10}, cpu_ratio, SERVED, duration_ms=10 * ratio)
        windows += [off, on] if place % 2 == 0 else [on, off]
    return run_of(windows)


def test_the_cost_is_the_geometric_mean_over_pairs_whichever_comes_first():
    found = overhead(pairs([1.1, 1.1, 1.1], cpu_ratio=1.2))
    assert found.p50.value == pytest.approx(1.1)
    assert found.p95.value == pytest.approx(1.1)
    assert found.cpu.value == pytest.approx(1.2)
    assert found.profiler_cores.value == pytest.approx(0.1)
    assert found.p50.method == "geometric mean and t interval over 3 pairs of windows"


def test_twice_as_slow_and_half_as_slow_cancel():
    found = overhead(pairs([2, 0.5, 2, 0.5]))
    assert found.p50.value == pytest.approx(1)
    assert found.p50.low < 0.5 and found.p50.high > 2


def test_the_interval_covers_the_true_ratio_at_its_rate():
    random = np.random.default_rng(1)
    found = [overhead(pairs(1.1 * np.exp(0.2 * random.standard_normal(6)))).p50 for _ in range(40)]
    assert np.mean([one.low <= 1.1 <= one.high for one in found]) >= 0.85
    assert np.mean([one.low > 1 for one in found]) < 0.9, "an interval that always leaves 1 out would be too narrow"


def test_what_is_more_than_chance_is_named():
    assert "More than chance: the median response time and the 95th percentile." in sentences.overhead_sentence(pairs([1.1, 1.12, 1.11]))
    assert "the profiler may cost nothing" in sentences.overhead_sentence(pairs([1.1, 0.9, 1.0]))


def test_the_profiler_keeps_no_less_than_nothing_of_a_core_busy():
    windows = pairs([1.0, 1.0]).windows
    uneven = [replace(window, slot=replace(window.slot, profiler_cpu_s=used)) for window, used in zip(windows, (0, 0.1, 0.4, 0), strict=True)]
    cores = overhead(run_of(uneven)).profiler_cores
    assert (cores.low, cores.value) == (0, pytest.approx(0.25))


def test_windows_with_few_answers_have_no_ratio():
    windows = [window_of({}, 1.0, {"GET /": 5}, on=False), window_of({("f",): 1}, 1.0, {"GET /": 5})]
    found = overhead(run_of(windows))
    assert math.isnan(found.p95.value) and found.p95.method == "no data"
    assert "CPU time a request 1" in sentences.overhead_sentence(run_of(windows))
