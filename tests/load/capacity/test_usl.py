"""The scaling law: what was put into data is found again at the stated rate, and nothing is said that the data do not tell."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.load.capacity.usl import NoScaling, Scaling, fit_scaling, law

CONCURRENCY = np.geomspace(0.5, 40, 8)
TRUTH = {"g": 10.0, "a": 0.05}
RUNS = 100


def fitted(b: float, seed: int, error: float = 0.03) -> Scaling:
    """A fit to eight levels whose throughput is off by a few percent."""
    noise = 1 + error * np.random.default_rng(1000 + seed).standard_normal(len(CONCURRENCY))
    scaling = fit_scaling(CONCURRENCY, law(CONCURRENCY, **TRUTH, b=b) * noise, resamples=300, seed=seed)
    assert isinstance(scaling, Scaling)
    return scaling


@pytest.fixture(scope="module")
def falling() -> list[Scaling]:
    return [fitted(0.001, seed) for seed in range(RUNS)]


@pytest.fixture(scope="module")
def never_falling() -> list[Scaling]:
    return [fitted(0.0, seed) for seed in range(RUNS)]


@pytest.mark.parametrize(("parameter", "truth"), [("g", 10.0), ("a", 0.05), ("b", 0.001), ("peak", math.sqrt(0.95 / 0.001))])
def test_intervals_cover_the_truth_at_the_stated_rate(falling, parameter, truth):
    told = [estimate for scaling in falling if not math.isnan((estimate := getattr(scaling, parameter)).value)]
    covered = sum(estimate.low <= truth <= estimate.high for estimate in told) / len(told)
    assert len(told) >= 0.8 * RUNS
    assert covered >= 0.9  # nominal 95 %, less two standard errors of 100 runs


def test_a_service_whose_throughput_never_falls_is_not_said_to(never_falling):
    assert sum(scaling.falls for scaling in never_falling) <= 0.06 * RUNS
    assert all(math.isnan(scaling.peak.value) for scaling in never_falling if not scaling.falls)


def test_a_service_whose_throughput_falls_is_found_out(falling):
    assert sum(scaling.falls for scaling in falling) >= 0.9 * RUNS


def test_data_without_error_give_the_law_back():
    scaling = fit_scaling(CONCURRENCY, law(CONCURRENCY, 10, 0.05, 0.001))
    assert (scaling.g.value, scaling.a.value, scaling.b.value) == (pytest.approx(10), pytest.approx(0.05), pytest.approx(0.001))
    assert scaling.most.value == pytest.approx(float(law(scaling.peak.value, 10, 0.05, 0.001)))


@given(a=st.floats(0, 0.9), b=st.floats(1e-5, 0.01))
def test_the_peak_is_where_throughput_is_largest(a, b):
    peak = math.sqrt((1 - a) / b)
    at_peak, before, beyond = law([peak, 0.99 * peak, 1.01 * peak], 1, a, b)
    assert at_peak >= before and at_peak >= beyond


def test_nothing_is_said_beyond_twice_the_tested_load(falling):
    scaling = falling[0]
    assert scaling.tested == 40
    assert not math.isnan(scaling.throughput(80).value)
    refused = scaling.throughput(80.1)
    assert math.isnan(refused.value) and "beyond 2 times" in refused.method


def test_a_peak_beyond_twice_the_tested_load_is_not_quoted():
    scaling = fit_scaling(CONCURRENCY, law(CONCURRENCY, 10, 0.0, 1e-4))  # its peak is at 100 requests under way
    assert scaling.falls
    assert math.isnan(scaling.peak.value) and "beyond 2 times" in scaling.peak.method


@pytest.mark.parametrize("concurrency", [[1, 2, 3, 4, 5], [1, 1.001, 2, 3, 4, 5], [1, 2, 3, 4, 5, math.nan]])
def test_five_different_levels_are_too_few(concurrency):
    found = fit_scaling(concurrency, [10.0] * len(concurrency))
    assert found == NoScaling("5 of the 6 different concurrencies that a fit needs were measured")


def test_throughput_that_only_falls_is_fitted_or_refused_but_never_a_crash():
    found = fit_scaling([1, 2, 3, 4, 5, 6], [60, 30, 20, 15, 12, 10])
    assert isinstance(found, NoScaling | Scaling)
