"""Sampled curves against the exact one."""

import numpy as np
import pytest

from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.sampling import fixed_size_curve, sampled, sampled_curve
from perfweek.caching.engine.ttl import Ttl
from perfweek.errors import ParameterError


def zipf(exponent: float, requests: int, keys: int, seed: int = 1) -> np.ndarray:
    weights = np.cumsum(np.arange(1, keys + 1) ** -exponent)
    return np.searchsorted(weights / weights[-1], np.random.default_rng(seed).random(requests))


@pytest.fixture(scope="module")
def trace() -> Requests:
    """A million requests of Zipf 0.8 over 100,000 keys."""
    return Requests.of(zipf(0.8, 1_000_000, 100_000), np.arange(1_000_000) / 10_000, np.full(1_000_000, 100))


def linear(curve) -> np.ndarray:
    return np.linspace(0, curve.distinct, 101)[1:].astype(int)


def test_over_twenty_salts_the_error_at_a_hundredth_is_as_promised(trace: Requests) -> None:
    exact = exact_curve(trace)
    sizes = linear(exact)
    errors = [np.abs(sampled_curve(trace, 0.1, salts=[salt]).curves[0].miss_ratios(sizes) - exact.miss_ratios(sizes)).mean() for salt in range(20)]
    # ten thousand keys in a sample, as with a hundredth of a million
    assert np.median(errors) < 0.0025
    assert max(errors) < 0.01


def test_the_interval_over_the_salts_holds_the_exact_curve(trace: Requests) -> None:
    exact, found = exact_curve(trace), sampled_curve(trace, 0.1)
    estimates = [found.miss_ratio(size) for size in linear(exact)[1:]]
    within = [at.low <= exact.miss_ratio(size) <= at.high for at, size in zip(estimates, linear(exact)[1:], strict=True)]
    assert np.mean(within) > 0.8
    assert all(0 < at.high - at.low < 0.05 for at in estimates)


def test_a_sample_refuses_sizes_of_which_it_holds_fewer_than_a_hundred_keys(trace: Requests) -> None:
    found = sampled_curve(trace, 0.01)
    assert np.isnan(found.miss_ratio(9_999).value) and "refused" in found.miss_ratio(9_999).method
    assert not np.isnan(found.miss_ratio(10_000).value)


def test_a_sample_by_bytes_and_with_a_time_to_live_is_near_the_exact_curve(trace: Requests) -> None:
    for unit, scale in (("objects", 1), ("bytes", 100)):
        exact, found = exact_curve(trace, unit, Ttl(60)), sampled_curve(trace, 0.1, unit, Ttl(60))
        for size in (3_000, 30_000, 90_000):
            assert found.miss_ratio(size * scale).value == pytest.approx(exact.miss_ratio(size * scale), abs=0.01)


def test_a_sample_of_all_keys_is_the_exact_curve(trace: Requests) -> None:
    exact, found = exact_curve(trace), sampled_curve(trace, 1, salts=[5])
    assert (found.curves[0].miss_ratios(linear(exact)) == exact.miss_ratios(linear(exact))).all()
    assert found.objects == exact.distinct


def test_a_sample_of_fixed_size_bounds_its_keys_and_is_near_the_exact_curve(trace: Requests) -> None:
    exact, found = exact_curve(trace), fixed_size_curve(trace, 8192)
    assert found.rate == pytest.approx(8192 / exact.distinct, rel=0.1)
    assert found.objects == pytest.approx(exact.distinct, rel=0.05)
    assert np.abs(found.curves[0].miss_ratios(linear(exact)) - exact.miss_ratios(linear(exact))).mean() < 0.01


@pytest.mark.parametrize("step", [1, 8, 4096, 832_040, 0x9E3779B97F4A7C15])
def test_keys_that_count_upwards_in_any_step_are_sampled_at_the_rate(step: int) -> None:
    keys = np.arange(1_000_000, dtype=np.uint64) * np.uint64(step)
    shares = [sampled(keys, 0.01, salt).size / keys.size for salt in range(10)]
    assert np.mean(shares) == pytest.approx(0.01, rel=0.05) and max(shares) < 0.0115


def test_equal_salts_take_equal_samples_and_other_salts_other_ones() -> None:
    keys = np.arange(100_000, dtype=np.uint64)
    assert sampled(keys, 0.1, 3).tolist() == sampled(keys, 0.1, 3).tolist()
    assert len(set(sampled(keys, 0.1, 3)) & set(sampled(keys, 0.1, 4))) < 2_000


def test_a_rate_that_is_no_share_is_refused(trace: Requests) -> None:
    for rate in (0.0, 1.5):
        with pytest.raises(ParameterError, match="share of the keys"):
            sampled_curve(trace, rate)
    with pytest.raises(ParameterError, match="at least 100"):
        fixed_size_curve(trace, 50)
