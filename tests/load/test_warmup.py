"""Warm-up found and cut, by plateau; what is level from the start is not cut."""

import math

import numpy as np
import pandas as pd
import pytest

from perfweek.load.plan import Phase, Plan
from perfweek.load.warmup import judged, levels_of, log_quantiles, mser5, without_warmup

ORIGIN = 1_700_000_000.0
TWO_LEVELS = Plan(
    (
        Phase("a", "ramp", 0, 10, 0, 20),
        Phase("a", "plateau", 10, 70, 20, 20),
        Phase("a", "ramp", 70, 80, 20, 40),
        Phase("a", "plateau", 80, 140, 40, 40),
    ),
    "open",
    140,
)


def wandering(seed: int, length: int, correlation: float = 0.8) -> np.ndarray:
    """Log quantiles around one level, each correlated with the one before."""
    random = np.random.default_rng(seed)
    series = np.empty(length)
    series[0] = random.normal(0, 0.07)
    for step in range(1, length):
        series[step] = correlation * series[step - 1] + random.normal(0, 0.07 * math.sqrt(1 - correlation**2))
    return series + random.normal(0, 0.05, length)


@pytest.mark.parametrize("length", [60, 100, 300])
def test_a_series_that_is_level_from_the_start_is_hardly_ever_cut(length):
    kinds = [judged(wandering(seed, length))[0] for seed in range(200)]
    assert kinds.count("flat") >= 0.95 * len(kinds)


@pytest.mark.parametrize("length", [100, 300])
@pytest.mark.parametrize(("amount", "kind"), [(0.7, "warm-up"), (-0.7, "slowdown")])
def test_a_first_part_that_is_slower_or_faster_is_cut_near_its_end(length, amount, kind):
    first = np.arange(length) < length // 4
    found = [judged(wandering(seed, length, 0.5) + amount * first) for seed in range(100)]
    assert [one[0] for one in found].count(kind) >= 90
    cuts = [share for word, share, _ in found if word == kind]
    assert np.quantile(cuts, 0.05) >= 0.2
    assert np.quantile(cuts, 0.9) <= 0.35
    assert np.median([change for word, _, change in found if word == kind]) == pytest.approx(amount, abs=0.1)


def test_a_level_that_keeps_climbing_has_no_steady_state_and_nothing_is_cut():
    found = [judged(wandering(seed, 300, 0.5) + np.linspace(0, 0.6, 300)) for seed in range(50)]
    assert [kind for kind, _, _ in found].count("no steady state") >= 48
    assert {share for kind, share, _ in found if kind == "no steady state"} == {0.0}


def test_a_change_in_the_second_half_is_not_cut_as_a_warm_up():
    kinds = [judged(wandering(seed, 100, 0.3) + 0.8 * (np.arange(100) < 70))[0] for seed in range(50)]
    assert "warm-up" not in kinds
    assert kinds.count("no steady state") >= 45


def test_mser_cuts_whole_batches_of_five_and_leaves_out_the_odd_ones_at_the_start():
    early, late, means = mser5(np.array([9.0, 9.0] + [5.0] * 5 + [1.0, 3.0, 1.0, 3.0, 2.0] * 8))
    assert (early, late, means.tolist()) == (1, 1, [5.0] + [2.0] * 8)


def test_39_observations_are_too_few_to_look_for_a_warm_up():
    assert judged(np.zeros(39))[0] == "too short"
    assert judged(np.zeros(40))[0] == "flat"


def test_the_mix_of_endpoints_is_no_change_of_speed():
    first_slow = pd.DataFrame({"time": np.arange(200) / 10, "endpoint": np.where(np.arange(200) < 100, "slow", "fast")})
    first_slow["duration_ms"] = np.where(first_slow["endpoint"] == "slow", 900.0, 10.0)
    assert log_quantiles(first_slow, 0, 20, 0.5, 1.0) == pytest.approx(np.zeros(20))


def two_levels(slow_from: float, slow_until: float) -> pd.DataFrame:
    random = np.random.default_rng(1)
    times = np.sort(random.uniform(0, 140, 140 * 40))
    slow = (times >= slow_from) & (times < slow_until)
    return pd.DataFrame(
        {
            "time": ORIGIN + times,
            "scenario": "a",
            "endpoint": "GET /a",
            "duration_ms": np.where(slow, 100, 50) * np.exp(random.normal(0, 0.2, times.size)),
            "failed": False,
        }
    )


def test_each_level_is_judged_by_itself_and_its_first_seconds_become_a_phase():
    levels = levels_of(two_levels(80, 90), TWO_LEVELS, ORIGIN)
    assert [(level.kind, level.cut_s) for level in levels] == [("flat", 0), ("warm-up", 12)]  # batches of 3 s
    assert levels[1].change == pytest.approx(2 ** (10 / 12), rel=0.1)  # ten of the twelve seconds were slow
    plan = without_warmup(TWO_LEVELS, levels)
    assert [(phase.kind, phase.start_s, phase.end_s) for phase in plan.phases] == [
        ("ramp", 0, 10),
        ("plateau", 10, 70),
        ("ramp", 70, 80),
        ("warm-up", 80, 92),
        ("plateau", 92, 140),
    ]
    assert (plan.plateaus[1].low, plan.model) == (40, "open")


def test_a_slow_ramp_is_never_taken_for_a_warm_up():
    levels = levels_of(two_levels(70, 80), TWO_LEVELS, ORIGIN)
    assert [level.kind for level in levels] == ["flat", "flat"]
    assert without_warmup(TWO_LEVELS, levels) == TWO_LEVELS


def test_an_unknown_plan_has_no_levels():
    assert levels_of(two_levels(0, 10), Plan((), "unknown", 0), ORIGIN) == ()


def test_a_level_without_answers_is_too_short():
    (first, _) = levels_of(two_levels(0, 0).assign(failed=True), TWO_LEVELS, ORIGIN)
    assert (first.kind, first.cut_s) == ("too short", 0)
