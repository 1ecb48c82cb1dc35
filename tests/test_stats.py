"""Estimates: quantiles against numpy, intervals against a process whose truth is known, shares and corrections against tables."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.resampling import Sample, resampled_quantiles
from perfweek.stats import (
    benjamini_hochberg,
    block_quantile,
    block_quantiles,
    block_ratio,
    block_seconds,
    block_share,
    identified,
    mean_of_windows,
    ratio_of_windows,
    wilson,
)

latencies = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 60)), min_size=1, max_size=200)


def busy_minute(seed: int, seconds: float = 60, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """100 latencies a second whose logarithm is an AR(1) series with lag-one correlation 0.9 and variance 1: true quantile q = scale * exp(z_q)."""
    random = np.random.default_rng(seed)
    n = int(100 * seconds)
    noise = random.normal(size=n) * math.sqrt(1 - 0.9**2)
    series = np.empty(n)
    series[0] = random.normal()
    for step in range(1, n):
        series[step] = 0.9 * series[step - 1] + noise[step]
    return scale * np.exp(series), np.arange(n) / 100


def drifting(seed: int, seconds: float = 60, a_second: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Independent latencies around a level that wanders from second to second (correlation 0.7): log-normal, true quantile q = exp(SPREAD * z_q)."""
    random = np.random.default_rng(seed)
    level = np.empty(int(seconds) + 1)
    level[0] = random.normal(0, 0.07)
    for second in range(1, len(level)):
        level[second] = 0.7 * level[second - 1] + random.normal(0, 0.05)
    times = np.sort(random.uniform(0, seconds, int(seconds * a_second)))
    return np.exp(level[times.astype(int)] + random.normal(0, 0.2, times.size)), times


def independent(seed: int, seconds: float = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return np.exp(random.normal(size=int(40 * seconds))), np.sort(random.uniform(0, seconds, int(40 * seconds)))


SPREAD = math.hypot(0.07, 0.2)
Z = {0.5: 0.0, 0.95: 1.6448536, 0.99: 2.3263479}


def coverage(make, sd: float, seconds: float = 60, block_s: float | None = None, runs: int = 150) -> list[float]:
    """How often the interval of each quantile of Z holds the truth."""
    found = [block_quantiles(*make(seed, seconds), list(Z), block_s=block_s, resamples=200) for seed in range(runs)]
    truths = [math.exp(sd * z) for z in Z.values()]
    return [sum(run[place].low <= truth <= run[place].high for run in found) / runs for place, truth in enumerate(truths)]


@given(latencies, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_value_is_numpys_quantile_and_lies_in_its_interval(sample, q):
    values, times = zip(*sample, strict=True)
    found = block_quantile(values, times, q, resamples=20)
    assert found.value == pytest.approx(np.quantile(values, q))
    assert found.n == len(values)
    assert math.isnan(found.low) or found.low <= found.value <= found.high


@given(latencies, st.floats(0.1, 30), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_resampled_quantiles_equal_those_of_the_resample_written_out(sample, block_s, seed):
    values, times = (np.array(column) for column in zip(*sample, strict=True))
    span = float(np.ptp(times))
    blocks = max(1, round(span / block_s))
    starts = np.random.default_rng(seed).integers(4 * blocks, size=(20, blocks))
    cells = np.minimum((times - times.min()) * (4 * blocks / (span or 1.0)), 4 * blocks - 1).astype(int)
    found = resampled_quantiles(Sample.of(values, times, block_s), (0.0, 0.5, 0.95, 1.0), resamples=20, seed=seed)
    for row, drawn in zip(found, starts, strict=True):
        covered = [(start + step) % (4 * blocks) for start in drawn for step in range(4)]
        written_out = [value for cell in covered for value in values[cells == cell]]
        expected = np.quantile(written_out, (0, 0.5, 0.95, 1)) if written_out else np.full(4, np.nan)
        assert row == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("make", "sd", "least"), [(independent, 1.0, 0.9), (busy_minute, 1.0, 0.86), (drifting, SPREAD, 0.88)])
def test_a_95_percent_interval_holds_the_truth_about_95_times_in_100(make, sd, least):
    median, p95, p99 = coverage(make, sd)
    assert min(median, p95) >= least + 0.02
    assert p99 >= least


def test_intervals_are_no_wider_than_it_takes():
    median, p95, _ = coverage(independent, 1.0, seconds=30)
    assert max(median, p95) < 1
    wide, narrow = block_quantile(*independent(1), 0.5), block_quantile(*independent(1), 0.5, block_s=1.0)
    assert wide.high - wide.low < 1.6 * (narrow.high - narrow.low)


def test_blocks_too_short_for_the_correlation_miss_the_truth_often():
    assert coverage(busy_minute, 1.0, seconds=30, block_s=0.05, runs=60)[0] < 0.75
    assert coverage(drifting, SPREAD, block_s=1.0, runs=60)[0] < 0.75


def test_blocks_are_as_long_as_the_run_allows():
    assert [block_seconds(span) for span in (0, 3, 12, 36, 400)] == [1, 1, 2, 6, 20]


def test_as_many_independent_observations_tell_as_much():
    values, times = independent(2)
    assert block_quantile(values, times, 0.5).n_eff > 0.7 * len(values)
    held, moments = np.repeat(values, 10), np.arange(10 * len(values)) / 40  # each value ten times in a row: a tenth of the observations
    assert block_quantile(held, moments, 0.5).n_eff == pytest.approx(len(values), rel=0.4)


def test_a_quantile_among_requests_without_an_answer_is_infinite():
    values, times = independent(3)
    lost = np.where(np.arange(len(values)) % 10 == 0, np.inf, values)
    median, p95 = block_quantiles(lost, times, (0.5, 0.95))
    assert median.low < median.value < median.high < 2
    assert (p95.value, p95.low) == (math.inf, math.inf)


def test_joint_quantiles_are_the_single_ones_and_never_cross():
    values, times = busy_minute(3)
    joint = block_quantiles(values, times, (0.5, 0.95, 0.99))
    assert joint == [block_quantile(values, times, q) for q in (0.5, 0.95, 0.99)]
    assert joint[0].high < joint[1].low < joint[1].high < joint[2].high


def test_p99_of_298_observations_has_no_bounds_and_of_299_has_them():
    values, times = busy_minute(1, 60)
    assert math.isnan(block_quantile(values[:5960:20], times[:5960:20], 0.99).high)
    bounded = block_quantile(values[:5980:20], times[:5980:20], 0.99)
    assert bounded.n == 299
    assert bounded.low < bounded.value <= bounded.high
    assert not identified(0.999, 2000)
    assert identified(0.5, 5)


def test_a_run_of_three_seconds_has_too_few_blocks_for_an_interval():
    found = block_quantile(*busy_minute(1, 3), 0.5)
    assert math.isnan(found.low)
    assert "too few" in found.method


def test_no_observations_are_no_data():
    found = block_quantile([], [], 0.5)
    assert (math.isnan(found.value), found.n, found.method) == (True, 0, "no data")
    assert math.isnan(block_ratio(([], []), busy_minute(1), 0.5).p)


@pytest.mark.parametrize(("values", "times"), [([1.0, math.nan], [0, 1]), ([1.0], [0, 1]), ([1.0], [math.inf])])
def test_a_latency_that_is_no_number_is_refused(values, times):
    with pytest.raises(ValueError, match="values and times"):
        block_quantile(values, times, 0.5)


def test_the_ratio_of_a_run_at_twice_the_latency_is_two_and_differs_from_one():
    found = block_ratio(busy_minute(1), busy_minute(2, scale=2), 0.5)
    assert found.low < 2 < found.high
    assert found.low > 1
    assert found.p < 0.05
    assert found.n == 12_000


def test_the_p_value_of_two_runs_of_one_process_is_below_five_percent_about_five_times_in_100():
    found = [block_ratio(busy_minute(seed, 30), busy_minute(1000 + seed, 30), 0.95, resamples=200) for seed in range(120)]
    assert sum(ratio.p < 0.05 for ratio in found) <= 15
    assert all((ratio.p < 0.05) == (not ratio.low <= 1 <= ratio.high) for ratio in found if abs(ratio.p - 0.05) > 0.01)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(0, 10, 0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)]
)
def test_wilson_intervals_equal_the_published_ones(successes, n, low, high):
    found = wilson(successes, n)
    assert (found.value, found.n) == (successes / n, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def bursts(seed: int, seconds: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Half of all requests fail in every tenth second or so: 5 % of them."""
    random = np.random.default_rng(seed)
    times = np.sort(random.uniform(0, seconds, 20 * seconds))
    return (random.random(seconds) < 0.1)[times.astype(int)] & (random.random(times.size) < 0.5), times


def test_the_share_of_failures_that_come_in_bursts_lies_in_its_interval_where_that_for_independent_ones_misses_it():
    runs = [bursts(seed) for seed in range(150)]
    blocks, independent_ones = [block_share(*run) for run in runs], [wilson(int(failed.sum()), len(failed)) for failed, _ in runs]
    assert sum(share.low <= 0.05 <= share.high for share in blocks) >= 0.91 * len(runs)
    assert sum(share.low <= 0.05 <= share.high for share in independent_ones) < 0.6 * len(runs)
    assert np.median([share.n_eff for share in blocks]) < 1000


def test_a_share_of_independent_failures_or_of_few_blocks_or_of_none_has_wilsons_interval():
    failed, times = np.arange(1000) % 10 == 0, np.arange(1000) / 20
    assert block_share(failed, times).method == "Wilson interval"  # evenly spread: no burst
    assert block_share(failed[:60], times[:60]) == wilson(6, 60)  # 3 s
    assert block_share(failed & False, times) == wilson(0, 1000)


def test_a_share_of_nothing_is_no_data_and_more_than_all_is_refused():
    assert wilson(0, 0).method == "no data"
    with pytest.raises(ValueError, match="not a share"):
        wilson(3, 2)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(counts):
    found = wilson(*counts)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_benjamini_hochberg_multiplies_by_the_number_of_comparisons_over_the_rank():
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


def test_a_comparison_that_could_not_be_made_does_not_count():
    adjusted = benjamini_hochberg([0.02, math.nan, 0.5])
    assert adjusted[0] == pytest.approx(0.04)
    assert math.isnan(adjusted[1])


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_are_never_smaller_and_keep_their_order(p_values):
    adjusted = benjamini_hochberg(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    assert [adjusted[place] for place in np.argsort(p_values, kind="stable")] == sorted(adjusted)


def test_the_mean_of_five_windows_has_the_textbook_t_interval():
    found = mean_of_windows([10, 12, 14, 16, 18])  # mean 14, standard error sqrt(10 / 5), t(4) = 2.776
    assert found.value == 14
    assert found.high - 14 == pytest.approx(2.776 * math.sqrt(2), rel=0.01)


def test_a_ratio_weighs_windows_by_their_requests():
    found = ratio_of_windows([1.0, 30.0], [1, 10])
    assert found.value == pytest.approx(31 / 11)
    assert ratio_of_windows([2.0, 20.0, 4.0], [1, 10, 2]).low == pytest.approx(2)


def test_one_window_has_no_interval_and_none_is_no_data():
    assert math.isnan(mean_of_windows([3.0]).low)
    assert ratio_of_windows([1.0], [0]).method == "no data"


def test_two_runs_are_resampled_apart_even_where_they_are_alike():
    run = busy_minute(1, 30)
    found = block_ratio(run, run, 0.5)
    assert found.value == 1
    assert found.low < 0.97
    assert found.high > 1.03
